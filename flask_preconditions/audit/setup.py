"""Mistakes of the set-up: what is certainly wrong, and can be told without reading any code.

They are looked for apart from the rest, since they cost little: routes, signatures and
settings are compared, and nothing is loaded.
"""

import difflib
import inspect
import linecache
import re
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from types import FunctionType

from flask import Flask
from flask.views import MethodView

from ..config import AUDIT_ALLOW
from ..config import Policy
from ..exceptions import SetupError
from ..extension import unfinished
from ..placement import Placement
from ..placement import placement_of
from ..request.arguments import misfit_of
from ..request.targets import constants_of
from .findings import Finding
from .findings import Place
from .findings import listed
from .functions import has_parameter
from .handlers import Handler
from .handlers import handlers_of
from .handlers import inside_guard
from .handlers import located
from .handlers import outside_guard

_PREFIX = "PRECONDITIONS_"


def find_mistakes(app: Flask, handlers: Sequence[Handler] | None = None) -> list[Finding]:
    """Find what is certainly wrong with how an application is set up.

    :param handlers: its handlers, where they are listed already.
    """
    handlers = handlers_of(app) if handlers is None else handlers
    return [
        *_find_misplaced(handlers),
        *_find_unknown_arguments(app, handlers),
        *_find_ignored_values(handlers),
        *_find_unfinished(app, handlers),
        *_find_missing_session(app, handlers),
        *_find_misspelt(app),
        *_find_late(app),
    ]


def _find_misplaced(handlers: Sequence[Handler]) -> Iterator[Finding]:
    for handler in handlers:
        placed = None if handler.guarded else placement_of(handler.function)
        if placed is None or handler.reason:
            continue
        verb = handler.methods[0] if len(handler.methods) == 1 else "route"
        route = handler.route_as_written(verb)
        line = route.partition("(")[0]
        guard = _written(placed)
        message = (
            f"the guard of {handler.endpoint} never runs: move {guard} "
            f"({Path(placed.path).name}:{placed.line}) below {line}"
        )
        fix = f"{route}  # move {guard} below this line"
        place = Place(handler.place.route, handler.endpoint, *located(placed.path, placed.line))
        yield Finding.of("misplaced-guard", message, place, fix=fix)


def _written(placed: Placement) -> str:
    """Tell what a guard is called where it is written."""
    match = re.match(r"\s*(@[\w.]+)", linecache.getline(placed.path, placed.line))
    return match[1] if match else "@require_match"


def _find_unknown_arguments(app: Flask, handlers: Sequence[Handler]) -> Iterator[Finding]:
    for handler in handlers:
        # A decorator, or a preprocessor of the application's, may take and add arguments.
        if handler.guarded is None or inside_guard(handler):
            continue
        into, function = handler.guarded.into, handler.function
        if not isinstance(function, FunctionType):
            continue
        if not is_called_as_routed(app, handler) and (
            into is None or has_parameter(function, into)
        ):
            continue
        misfit = misfit_of(
            function,
            inspect.signature(function),
            [*sorted(handler.rule.arguments), *filter(None, [into])],
            into,
            places=0 if handler.method is None else 1,  # self
            added=handler.guarded.source.noun,
        )
        if misfit is not None:
            place = handler.guarded.place if misfit.is_at_guard else None
            yield handler.finding("unknown-argument", misfit.message, fix=misfit.fix, at=place)


def is_called_as_routed(app: Flask, handler: Handler) -> bool:
    """Tell whether nothing stands before a view that may take values of the URL, or add some."""
    view_class = handler.view_class
    dispatch = getattr(view_class, "dispatch_request", None)
    is_plain = view_class is None or dispatch in (handler.method, MethodView.dispatch_request)
    preprocessed = any(scope in app.url_value_preprocessors for scope in handler.scopes)
    return is_plain and not preprocessed and not outside_guard(handler)


def _find_ignored_values(handlers: Sequence[Handler]) -> Iterator[Finding]:
    for handler in handlers:
        check_route = getattr(handler.guarded and handler.guarded.source, "check_route", None)
        if check_route is None:
            continue
        try:
            check_route(frozenset(handler.rule.arguments), constants_of(handler.rule))
        except SetupError as error:
            yield handler.finding("ignored-url-value", " ".join(error.message.split()))


def _find_unfinished(app: Flask, handlers: Sequence[Handler]) -> Iterator[Finding]:
    state = app.extensions.get("preconditions")
    if getattr(state, "is_set_up", False) or not any(handler.guarded for handler in handlers):
        return
    for extension in unfinished:
        given = "session" if extension.policy is None else "policy"
        message = f"Preconditions({given}=…) is there, and no init_app() has given it this app"
        line = extension.place
        places = [Place(None, None, *located(line.path, line.line))] if line else []
        yield Finding.of("unfinished-setup", message, *places)


def _find_missing_session(app: Flask, handlers: Sequence[Handler]) -> Iterator[Finding]:
    state = app.extensions.get("preconditions")
    provided = inspect.getattr_static(app.extensions.get("sqlalchemy"), "session", None)
    if getattr(state, "session", None) is not None or provided is not None:
        return
    if not getattr(state, "is_set_up", False) and any(e.session for e in unfinished):
        return  # which is what is told
    waiting = [h for h in handlers if h.guarded and _waits_for_session(h.guarded.source)]
    if waiting:
        routes = listed([str(handler.place.route) for handler in waiting])
        message = f"nobody said which session loads the models of {routes}"
        yield Finding.of("missing-session", message, *(handler.place for handler in waiting))


def _waits_for_session(source: object) -> bool:
    is_of_rows = type(source).__module__.startswith(f"{__package__.rpartition('.')[0]}.sqlalchemy")
    return is_of_rows and getattr(source, "session", ...) is None


def _settings() -> dict[str, str]:
    """Give the fields of the policy by the names of their settings."""
    return {
        _PREFIX + option.name.upper(): option.name
        for option in fields(Policy)
        if not option.metadata.get("per_view_only")
    }


def _find_misspelt(app: Flask) -> Iterator[Finding]:
    known = [*_settings(), AUDIT_ALLOW]
    for key in app.config:
        if key.startswith(_PREFIX):
            continue  # one of these that is unknown is an error of Preconditions(app)
        close = difflib.get_close_matches(key, known, n=1, cutoff=0.95)
        if not close and key.startswith(("PRECONDITION_", "FLASK_PRECONDITION")):
            close = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
        if close:
            message = f"{key} is read by nobody; did you mean {close[0]}?"
            fix = f'app.config["{close[0]}"] = {app.config[key]!r}'
            yield Finding.of("misspelt-setting", message, fix=fix)


def _find_late(app: Flask) -> Iterator[Finding]:
    state = app.extensions.get("preconditions")
    if state is None:
        return
    try:
        current = Policy.from_config(app.config, state.policy)
    except SetupError as error:
        yield Finding.of("late-setting", f"it was set after Preconditions(app): {error.message}")
        return
    late = [
        key
        for key, name in _settings().items()
        if getattr(current, name) != getattr(state.policy, name)
    ]
    if late:
        message = f"{listed(late)} was set after Preconditions(app), which did not see it"
        yield Finding.of("late-setting", message)
