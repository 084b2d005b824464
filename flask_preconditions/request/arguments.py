"""Whether a view takes what it is given, where Python only says that an argument is unexpected."""

import inspect
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a view could not be called.

    :param message: what does not fit.
    :param fix: the line to write instead.
    :param is_at_guard: whether that line is the guard's, and not the view's.
    """

    message: str
    fix: str
    is_at_guard: bool = False

    def __str__(self) -> str:
        """Give the message with its fix below it."""
        return f"{self.message}\n    {self.fix}"


def explain_arguments(
    view: Callable[..., object],
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
    keyword: str | None,
) -> Misfit | None:
    """Say which line to change so that a view takes what it is given.

    :param keyword: under which the view gets the target.
    :return: ``None`` where the view takes it all, so that the error is one of its own.
    """
    # The wrapper of a decorator is what was called, whatever it wraps.
    signature = inspect.signature(view, follow_wrapped=False)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        own = Misfit(f"{_name_of(view)}(): {error}", f"def {_name_of(view)}(…):")
    else:
        return None
    return misfit_of(view, signature, list(kwargs), keyword, len(args)) or own


def misfit_of(
    view: Callable[..., object],
    signature: inspect.Signature,
    given: Collection[str],
    keyword: str | None = None,
    places: int = 0,
    added: str | None = None,
) -> Misfit | None:
    """Find out whether a view takes what it is given by name.

    :param given: the names, those of the URL's values and ``keyword``.
    :param keyword: the one under which it gets the target.
    :param places: how many arguments it gets by position.
    :param added: one more name that it gets if it asks for it.
    """
    parameters = list(signature.parameters.values())
    required = [
        p.name
        for p in parameters[places:]
        if p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    ]
    missing = [name for name in required if name not in given and name != added]
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
    takes = {p.name for p in parameters if p.kind is not p.POSITIONAL_ONLY}
    unknown = [] if takes_any else [name for name in given if name not in takes]
    name = _name_of(view)
    asks = f"def {name}({', '.join([*map(str, signature.parameters), *unknown])}):"
    if keyword in unknown:
        message = f"into={keyword!r}, but {name}() takes no {keyword}"
        if len(missing) == 1:
            return Misfit(message, f"into={missing[0]!r}", is_at_guard=True)
        return Misfit(message, asks)
    if unknown:
        return Misfit(f"the URL gives {' and '.join(unknown)}, and {name}() does not take it", asks)
    if missing:
        return Misfit(
            f"{name}() asks for {missing[0]!r}, which neither the URL nor into= gives",
            f"into={missing[0]!r}  # for the target; the values of the URL go by its own names",
            is_at_guard=True,
        )
    return None


def _name_of(view: object) -> str:
    return getattr(view, "__name__", repr(view))
