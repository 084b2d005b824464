"""The routes of an application, and the functions that answer them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import CodeType
from types import ModuleType
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from ..checking import check
from ..checking import check_validators
from ..config import Policy
from ..core import SAFE_METHODS
from ..core import EntityTag
from ..decorators import require_match
from ..exempt import EXEMPT
from ..extension import guard_of
from ..extension import host_of
from ..extension import method_decorators_of
from ..placement import Placement
from ..request.layers import method_of
from ..request.layers import named_methods
from ..request.plan import MARK
from ..request.plan import Guarded
from ..request.plan import current_state
from .findings import Finding
from .findings import Place
from .functions import Function
from .functions import chain_of
from .functions import code_of
from .functions import constants_in
from .functions import globals_in
from .functions import is_hiding
from .functions import module_of
from .functions import names_in
from .rules import Severity

_CHECKS = {"check": check, "check_validators": check_validators}
_VARIABLE = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Handler:
    """A function, with the methods that it answers on a route.

    :param view: what Flask calls.
    :param method: the method of a class-based view; ``None`` where ``view`` is a function.
    :param guarded: its guard, if it has one.
    """

    rule: Rule
    methods: tuple[str, ...]
    view: Function
    method: Function | None
    guarded: Guarded | None

    @property
    def endpoint(self) -> str:
        """The name of the view."""
        return str(self.rule.endpoint)

    @property
    def scopes(self) -> list[str | None]:
        """The blueprints that the view belongs to, from the outermost, and ``None`` first."""
        parts = self.endpoint.split(".")[:-1]
        return [None, *(".".join(parts[: n + 1]) for n in range(len(parts)))]

    @property
    def view_class(self) -> type | None:
        """The class of a class-based view."""
        return getattr(self.view, "view_class", None)

    @property
    def writes(self) -> tuple[str, ...]:
        """Those of the methods that may change something."""
        return tuple(name for name in self.methods if name not in SAFE_METHODS)

    @property
    def shape(self) -> tuple[str, str]:
        """What two rules of one URL have in common, whatever they call its variables."""
        return host_of(self.rule), _VARIABLE.sub("<>", self.rule.rule)

    @property
    def layers(self) -> list[Function]:
        """The decorators from the outermost, and the function itself last."""
        if self.method is None:
            return chain_of(self.view)
        kept = method_decorators_of(self.view, self.methods[0])
        return [*chain_of(self.view)[:-1], *reversed(kept), *chain_of(self.method)]

    @property
    def function(self) -> Function:
        """The function under all its decorators."""
        return chain_of(self.method or self.view)[-1]

    @property
    def guard_as_written(self) -> str:
        """The guard as the line of a program, such as ``@require_match(Article)``."""
        source: Any = self.guarded and self.guarded.source
        if (model := getattr(source, "model", None)) is not None:
            etag, load = getattr(source, "etag", None), model.__name__
        else:
            etag, load = getattr(source, "etag", None), getattr(source, "load", None)
            load = json.dumps(load) if isinstance(load, str) else getattr(load, "__name__", "load")
            load = "rows(…)" if hasattr(source, "select") else load
        told = f", etag={json.dumps(etag)}" if isinstance(etag, str) else ", etag=…" if etag else ""
        return f"@require_match({load}{told})"

    def policy_in(self, app: Flask) -> Policy:
        """The policy of the view: the application's, its blueprints' and its own."""
        with app.app_context():
            policy = current_state().policy.at(app, self.endpoint)
        return policy.override(self.guarded.options if self.guarded else {})

    def route_as_written(self, method: str) -> str:
        """The decorator of a route at this URL, such as ``@app.get("/docs/<id>")``."""
        blueprint = self.endpoint.rpartition(".")[0].rpartition(".")[2]
        return f'@{blueprint or "app"}.{method.lower()}("{self.rule.rule}")'

    @property
    def reason(self) -> str | None:
        """Why it is not guarded, from ``@unguarded``."""
        places = (*chain_of(self.view), *chain_of(self.method or self.view), self.view_class)
        return next((getattr(p, EXEMPT) for p in places if hasattr(p, EXEMPT)), None)

    @property
    def calls_check(self) -> bool:
        """Whether it compares by itself, with ``check()`` or ``check_validators()``."""
        names, values = names_in(self.function), globals_in(self.function)
        modules = [vars(value) for value in values if type(value) is ModuleType]
        called = [module.get(name) for module in modules for name in names & _CHECKS.keys()]
        return any(
            value is known for value in (*values, *called) for known in _CHECKS.values()
        ) or ("flask_preconditions" in names and not names.isdisjoint(_CHECKS))

    @property
    def place(self) -> Place:
        """The route, and where its function is written."""
        route = f"{', '.join(self.methods)} {self.rule.rule}"
        return Place(route, self.endpoint, *location_of(self.function))

    def finding(
        self,
        id: str,
        message: str,
        severity: Severity | None = None,
        fix: str | None = None,
        at: Placement | None = None,
    ) -> Finding:
        """Make a finding about this handler.

        :param id: the id of its rule.
        :param at: the line to change, where it is not the function's.
        """
        place = self.place
        if at is not None:
            place = Place(place.route, place.endpoint, *located(at.path, at.line))
        return Finding.of(id, message, place, severity=severity, fix=fix)

    def sample_path(self, value: str = "1") -> str:
        """Give a path of the route, with one value for every variable."""
        return _VARIABLE.sub(value, self.rule.rule)


def location_of(function: Function) -> tuple[str, int] | tuple[None, None]:
    """Tell where a function is written: the file below the working directory, and the line."""
    code: CodeType | None = code_of(function)
    return (None, None) if code is None else located(code.co_filename, code.co_firstlineno)


def located(path: str, line: int) -> tuple[str, int] | tuple[None, None]:
    """Give a place below the working directory, from there; others are not the user's."""
    if not Path(path).is_relative_to(Path.cwd()):
        return None, None
    return Path(path).relative_to(Path.cwd()).as_posix(), line


def handlers_of(app: Flask) -> list[Handler]:
    """List the handlers of an application in the order of its URL map, without static files."""
    return [
        handler
        for rule in app.url_map.iter_rules()
        for handler in _split(rule, app.view_functions.get(rule.endpoint))
        if not _is_static(handler)
    ]


def _is_static(handler: Handler) -> bool:
    """Tell whether a handler is Flask's own for static files."""
    is_named = handler.endpoint.rpartition(".")[2] == "static"
    return is_named and module_of(handler.view).partition(".")[0] == "flask"


def _split(rule: Rule, view: Function | None) -> Iterator[Handler]:
    if view is None:
        return
    by_method: dict[Function | None, list[str]] = {}
    for name in named_methods(rule):
        by_method.setdefault(method_of(view, name), []).append(name)
    for method, names in by_method.items():
        guarded = guard_of(view, names[0]) or _hidden_guard(view) or _hidden_guard(method)
        yield Handler(rule, tuple(names), view, method, guarded)


def _hidden_guard(view: Function | None) -> Guarded | None:
    """Find a guard below a decorator that does not pass its mark on."""
    marked = (vars_of(layer).get(MARK) for layer in (chain_of(view) if view else ()))
    return next((guarded for guarded in marked if isinstance(guarded, Guarded)), None)


def vars_of(function: Function) -> dict[str, object]:
    """Give the attributes of a function's own."""
    return getattr(function, "__dict__", {})


def hides_guard(handler: Handler) -> Function | None:
    """Find the decorator outside a guard that does not say what it wraps."""
    layers = handler.layers
    marked = _marked(layers)
    return next((f for f in layers[: marked[0]] if is_hiding(f)), None) if marked else None


def guard_place(handler: Handler) -> int | None:
    """Tell which of a handler's layers is the guard."""
    marked = _marked(handler.layers)
    # functools.wraps copies the mark outwards, so the guard is the last that carries it.
    return marked[-1] if marked else None


def inside_guard(handler: Handler) -> list[Function]:
    """List the decorators that run between the guard and the view."""
    place = guard_place(handler)
    if place is None:
        return []
    return [layer for layer in handler.layers[place + 1 : -1] if not _is_guard(layer)]


def outside_guard(handler: Handler) -> list[Function]:
    """List the decorators that run before the guard."""
    place = guard_place(handler)
    return handler.layers[: place or 0]


def _marked(layers: list[Function]) -> list[int]:
    return [place for place, layer in enumerate(layers) if MARK in vars_of(layer)]


def _is_guard(layer: Function) -> bool:
    return module_of(layer) == require_match.__module__


def makes_weak_tags(source: object) -> bool:
    """Tell whether a tag source is written to make weak tags.

    Only what the code shows: a function that calls ``EntityTag`` with ``True``, or a
    partial of it. What a loader's target really holds, only a request can show.
    """
    if isinstance(source, partial):
        return source.func is EntityTag and bool(
            source.keywords.get("weak") or any(value is True for value in source.args[1:])
        )
    if not callable(source):
        return False
    function = chain_of(source)[-1]
    return any(value is EntityTag for value in globals_in(function)) and any(
        value is True for value in constants_in(function)
    )
