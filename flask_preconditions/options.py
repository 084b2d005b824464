"""Options that are given by keyword: their names, and the functions among them."""

import difflib
import inspect
from collections.abc import Callable
from collections.abc import Iterable
from functools import wraps
from typing import Any
from typing import TypeVar
from typing import cast

from .exceptions import SetupError

F = TypeVar("F", bound=Callable[..., Any])


def knows_its_options(function: F) -> F:
    """Let a function tell the nearest name where a keyword is misspelt.

    What is wrong with the others is told at the caller's line, without the frames below it.
    """
    kinds = inspect.signature(function).parameters.values()
    known = [p.name for p in kinds if p.kind is p.KEYWORD_ONLY]

    @wraps(function)
    def checked(*args: Any, **options: Any) -> Any:
        refuse_unknown(function.__name__, options, known)
        try:
            return function(*args, **options)
        except SetupError as error:
            raise error.with_traceback(None)  # noqa: B904  # the same one, not the cause of another

    return cast(F, checked)


def refuse_unknown(caller: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse an option that a function does not have.

    :param caller: the name of the function.
    :raises SetupError: with the nearest name that it has.
    """
    for name in given:
        if name not in known:
            [close] = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
            raise SetupError(f"{caller}() takes no {name}=; did you mean {close}=?")


def check_call(option: str, function: Callable[..., object], given: str = "the target") -> None:
    """See that a function can be called with one argument.

    :param given: what it will be called with.
    :raises SetupError: when it takes another number of them.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # one without a signature to read
        return
    try:
        signature.bind(given)
    except TypeError:
        name = getattr(function, "__name__", repr(function))
        takes = ", ".join(signature.parameters) or "no argument"
        raise SetupError(f"{option}= is called with {given}, and {name}() takes {takes}") from None
