"""The API as its own signatures and docstrings tell it.

The source is read and not run: to show the guards for models, no SQLAlchemy is needed.
"""

import ast
import re
import sys
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from .errors import BlockError

_FIELD = re.compile(r"^:(param|raises|return)(?: ([\w.]+))?: *", re.MULTILINE)
_ROLE = re.compile(r":\w+:`~?\.?([^`<]+?)(?: <[^>]+>)?`")
_LONGEST_LINE = 72

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a name is defined."""

    module: str
    node: Definition


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
    place = _find(module, name)
    if place is None:
        raise BlockError(f"{module} has no {name}")
    text = ast.get_docstring(place.node)
    if not text:
        raise BlockError(f"{path} has no docstring")
    body, *fields = _FIELD.split(text)
    parts = list(zip(fields[::3], fields[1::3], fields[2::3], strict=True))
    return Entry(
        signature=_signature(name, place),
        paragraphs=[_flow(part) for part in body.strip().split("\n\n")],
        parameters=[(name, _flow(said)) for kind, name, said in parts if kind == "param"],
        raises=[(name, _flow(said)) for kind, name, said in parts if kind == "raises"],
        returns=next((_flow(said) for kind, _, said in parts if kind == "return"), ""),
    )


@cache
def _parse(module: str) -> tuple[ast.Module, bool]:
    """Read a module, and tell whether it is a package."""
    file = _file_of(module)
    if file is None:
        raise BlockError(f"there is no module {module}")
    return ast.parse(file.read_text(encoding="utf-8")), file.stem == "__init__"


@cache
def _file_of(module: str) -> Path | None:
    above, _, name = module.rpartition(".")
    loaded = sys.modules.get(module)
    if loaded is None and (package := above and _file_of(above)):
        # The import system would run what stands above to find what lies within it.
        places = [package.parent / name / "__init__.py", package.parent / f"{name}.py"]
        return next((place for place in places if place.is_file()), None)
    spec = None if loaded or above else find_spec(module)
    file = loaded.__file__ if loaded else spec and spec.origin
    return Path(file) if file else None


def _find(module: str, name: str) -> _Place | None:
    """Find where a name is defined, through the imports that lead there."""
    first, *rest = name.split(".")
    place = _find_first(module, first)
    for part in rest:
        inner = place and isinstance(place.node, ast.ClassDef) and _last(place.node.body, part)
        place = _Place(place.module, inner) if place and inner else None
    return place


def _find_first(module: str, name: str) -> _Place | None:
    tree, is_package = _parse(module)
    if found := _last(tree.body, name):
        return _Place(module, found)
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        for alias in node.names:
            if (alias.asname or alias.name) == name:
                return _find_first(_absolute(node, module, is_package), alias.name)
    return None


def _absolute(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    kept = parts[: len(parts) - node.level + (1 if is_package else 0)]
    return ".".join([*kept, *filter(None, [node.module])])


def _last(body: list[ast.stmt], name: str) -> Definition | None:
    # Of overloads, the last is the one that runs and tells what it does.
    found = [node for node in body if isinstance(node, Definition) and node.name == name]
    return found[-1] if found else None


def _signature(name: str, place: _Place) -> str:
    found = place.node
    if not isinstance(found, ast.ClassDef):
        parameters = _parameters(found.args, is_method="." in name)
    elif _is_exception(place):  # raised by the package and caught by its users
        return ""
    else:
        init = _last(found.body, "__init__")
        parameters = (
            _parameters(init.args, is_method=True)
            if isinstance(init, ast.FunctionDef)
            else _fields(found)
        )
    flat = f"{name}({', '.join(parameters)})"
    if len(flat) <= _LONGEST_LINE:
        return flat
    return f"{name}(\n" + "".join(f"    {part},\n" for part in parameters) + ")"


def _is_exception(place: _Place) -> bool:
    for base in place.node.bases if isinstance(place.node, ast.ClassDef) else ():
        name = base.id if isinstance(base, ast.Name) else getattr(base, "attr", "")
        if name.endswith("Exception"):
            return True
        above = _find_first(place.module, name)
        if above and _is_exception(above):
            return True
    return False


def _parameters(args: ast.arguments, *, is_method: bool) -> list[str]:
    positional = [*args.posonlyargs, *args.args]
    given = [None] * (len(positional) - len(args.defaults)) + args.defaults
    parts = [_parameter(each.arg, value) for each, value in zip(positional, given, strict=True)]
    if args.posonlyargs:
        parts.insert(len(args.posonlyargs), "/")
    if is_method:
        del parts[0]
    if args.vararg:
        parts.append(f"*{args.vararg.arg}")
    elif args.kwonlyargs:
        parts.append("*")
    parts += [
        _parameter(each.arg, value)
        for each, value in zip(args.kwonlyargs, args.kw_defaults, strict=True)
    ]
    return [*parts, f"**{args.kwarg.arg}"] if args.kwarg else parts


def _fields(found: ast.ClassDef) -> list[str]:
    """List the fields of a dataclass."""
    return [
        _parameter(node.target.id, _field_default(node.value))
        for node in found.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]


def _field_default(value: ast.expr | None) -> ast.expr | None:
    if (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id == "field"
    ):
        given = {each.arg: each.value for each in value.keywords}
        return given.get("default") or given.get("default_factory")
    return value


def _parameter(name: str, default: ast.expr | None) -> str:
    if default is None:
        return name
    # A mark of the package's own means "not given", and its name means nothing to a reader.
    is_mark = isinstance(default, ast.Name) and default.id.startswith("_")
    return f"{name}={'…' if is_mark else ast.unparse(default)}"


def _flow(text: str) -> str:
    """Make one line of Markdown of a piece of reST."""
    return _ROLE.sub(r"`\1`", " ".join(text.split())).replace("``", "`")
