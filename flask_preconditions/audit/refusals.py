"""Error handlers of the application that make answers of their own of refusals."""

import dis
import inspect
from collections.abc import Iterator
from itertools import pairwise

from flask import Flask

from ..exceptions import MalformedCondition
from ..exceptions import PreconditionFailed
from ..exceptions import PreconditionRequired
from ..handlers import handler_for
from .findings import Finding
from .findings import Place
from .findings import listed
from .functions import Function
from .functions import chain_of
from .functions import code_of
from .functions import globals_in
from .functions import module_of
from .functions import names_in
from .handlers import Handler
from .handlers import location_of

_OWN = __name__.partition(".")[0]
_REFUSALS = (PreconditionFailed, PreconditionRequired, MalformedCondition)
_REWRITES = {"data", "set_data", "content_type", "mimetype"}


def find_own_handlers(app: Flask, handlers: list[Handler]) -> Iterator[Finding]:
    """Find the error handlers that Flask gives refusals of guarded views to."""
    found: dict[Function, list[int]] = {}
    for handler in handlers:
        if handler.guarded is None and not handler.calls_check:
            continue
        for refusal in _REFUSALS:
            function = handler_for(app, handler.endpoint, refusal)
            if function is not None and (code := refusal.code) not in found.get(function, []):
                found.setdefault(function, []).append(code or 0)
    for function, codes in found.items():
        lost = _loses(function)
        if not lost:
            continue
        name = getattr(function, "__name__", type(function).__name__)
        answers = listed([str(code) for code in sorted(codes)])
        message = f"{name}() answers {answers} without {listed(lost, most=4)}"
        place = Place(None, name, *location_of(chain_of(function)[-1]))
        yield Finding.of("own-error-handler", message, place)


def _loses(function: Function) -> list[str]:
    """List what an error handler takes from a refusal, as far as its code shows."""
    inner = chain_of(function)[-1]
    if module_of(inner).partition(".")[0] == _OWN or _hands_on(inner):
        return []
    names = names_in(inner)
    if "get_response" in names:
        return ["the problem document"] if names & _REWRITES else []
    if "response" in names:  # that of the refusal
        return []
    kept = "get_headers" in names or "headers" in names
    return ["the problem document", *([] if kept else ["the current tag", "no-store"])]


def _hands_on(function: Function) -> bool:
    """Tell whether an error handler can return the error that it is given, or asks us."""
    if any(str(getattr(v, "__module__", "")).startswith(_OWN) for v in globals_in(function)):
        return True
    code = code_of(function)
    if code is None:
        return True  # what cannot be seen is not blamed
    takes_self = inspect.ismethod(function)
    parameters = code.co_varnames[: code.co_argcount][int(takes_self) :]
    steps = list(dis.get_instructions(code))
    return bool(parameters) and any(
        step.opname == "RETURN_VALUE"
        and before.opname.startswith("LOAD_FAST")
        and before.argval == parameters[0]
        for before, step in pairwise(steps)
    )
