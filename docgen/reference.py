"""The API as its own signatures and docstrings tell it."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from .errors import BlockError

_FIELD = re.compile(r"^:(param|raises|return)(?: ([\w.]+))?: *", re.MULTILINE)
_ROLE = re.compile(r":\w+:`~?\.?([^`<]+?)(?: <[^>]+>)?`")
# A default without a form of its own shows its place in memory, another one in each build.
_ADDRESS = re.compile(r"<.*? at 0x[0-9a-f]+>")
_LONGEST_LINE = 72


@dataclass(frozen=True, slots=True)
class Entry:
    """A name of the API; texts are Markdown.

    :param signature: how it is called; empty for what is not.
    :param paragraphs: what it does.
    :param parameters: names and what they mean.
    :param raises: exceptions and when they come.
    :param returns: what comes back, where that needs a word.
    """

    signature: str
    paragraphs: list[str]
    parameters: list[tuple[str, str]]
    raises: list[tuple[str, str]]
    returns: str


def describe_name(path: str) -> Entry:
    """Describe a name of a package.

    :param path: module and name, such as ``flask_preconditions:Match.confirm``.
    :raises BlockError: when there is no such name, or it has no docstring.
    """
    module, _, name = path.partition(":")
    found: Any = import_module(module)
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise BlockError(f"{module} has no {name}") from None
    text = inspect.getdoc(found)
    if not text:
        raise BlockError(f"{path} has no docstring")
    body, *fields = _FIELD.split(text)
    parts = list(zip(fields[::3], fields[1::3], fields[2::3], strict=True))
    is_called = callable(found) and not _is_exception(found)
    return Entry(
        signature=_signature(name, found) if is_called else "",
        paragraphs=[_flow(part) for part in body.strip().split("\n\n")],
        parameters=[(name, _flow(said)) for kind, name, said in parts if kind == "param"],
        raises=[(name, _flow(said)) for kind, name, said in parts if kind == "raises"],
        returns=next((_flow(said) for kind, _, said in parts if kind == "return"), ""),
    )


def _is_exception(found: object) -> bool:
    # Exceptions are raised by the package and caught by its users.
    return isinstance(found, type) and issubclass(found, Exception)


def _flow(text: str) -> str:
    """Make one line of Markdown of a piece of reST."""
    return _ROLE.sub(r"`\1`", " ".join(text.split())).replace("``", "`")


def _signature(name: str, function: Callable[..., object]) -> str:
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name != "self"
    ]
    # A marker such as * or / has a place but no parameter: let the signature write them.
    inside = _ADDRESS.sub("…", str(inspect.Signature(parameters))[1:-1])
    flat = f"{name}({inside})"
    if len(flat) <= _LONGEST_LINE:
        return flat
    return f"{name}(\n" + "".join(f"    {part},\n" for part in inside.split(", ")) + ")"
