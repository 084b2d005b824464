"""Why a view could not be called, where Python only says that an argument is unexpected."""

import inspect
from collections.abc import Callable
from collections.abc import Mapping


def explain_arguments(
    view: Callable[..., object],
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
    keyword: str | None,
) -> str | None:
    """Say which line to change so that a view takes what it is given.

    :param keyword: under which the view gets the target.
    :return: ``None`` where the view takes it all, so that the error is one of its own.
    """
    # The wrapper of a decorator is what was called, whatever it wraps.
    signature = inspect.signature(view, follow_wrapped=False)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        problem = str(error)
    else:
        return None
    name = getattr(view, "__name__", repr(view))
    parameters = list(signature.parameters.values())
    missing = [
        p.name
        for p in parameters[len(args) :]
        if p.default is p.empty
        and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
        and p.name not in kwargs
    ]
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
    unknown = [] if takes_any else [n for n in kwargs if n not in signature.parameters]
    if keyword in unknown:
        meant = f"; write into={missing[0]!r}" if len(missing) == 1 else f": add {keyword} to it"
        return f"into={keyword!r}, but {name}() takes no {keyword}{meant}"
    if unknown:
        taken = [p.name for p in parameters]
        return (
            f"the URL gives {unknown[0]}, and {name}() does not take it; write "
            f"def {name}({', '.join([*taken, *unknown])}):"
        )
    if missing:
        return (
            f"{name}() asks for {missing[0]!r}, which neither the URL nor into= gives; call the "
            f"parameter as the URL does, or write into={missing[0]!r} for the target"
        )
    return f"{name}(): {problem}"
