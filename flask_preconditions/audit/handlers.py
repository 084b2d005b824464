"""The routes of an application, and what can be read off the functions that answer them."""

import dis
import inspect
import re
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import CodeType
from types import ModuleType

from flask import Flask
from werkzeug.routing import Rule

from ..checking import check
from ..checking import check_validators
from ..core import SAFE_METHODS
from ..core import EntityTag
from ..decorators import require_match
from ..exempt import EXEMPT
from ..extension import guard_of
from ..request.plan import MARK
from ..request.plan import Guarded
from ..request.plan import method_of
from .findings import RULES
from .findings import Finding
from .findings import Severity

Function = Callable[..., object]

_CHECKS = {"check", "check_validators"}
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
    def writes(self) -> tuple[str, ...]:
        """Those of the methods that may change something."""
        return tuple(name for name in self.methods if name not in SAFE_METHODS)

    @property
    def shape(self) -> tuple[str | None, str]:
        """What two rules of one URL have in common, whatever they call its variables."""
        return self.rule.subdomain or self.rule.host, _VARIABLE.sub("<>", self.rule.rule)

    @property
    def function(self) -> Function:
        """The function under all its decorators."""
        return chain_of(self.method or self.view)[-1]

    @property
    def reason(self) -> str | None:
        """Why it is not guarded, from ``@unguarded``."""
        places = (self.view, self.method, getattr(self.view, "view_class", None))
        return next((getattr(p, EXEMPT) for p in places if hasattr(p, EXEMPT)), None)

    @property
    def calls_check(self) -> bool:
        """Whether it compares by itself, with :func:`flask_preconditions.check`."""
        names, values = names_in(self.function), globals_in(self.function)
        modules = [vars(value) for value in values if type(value) is ModuleType]
        return (
            any(value in (check, check_validators) for value in values if callable(value))
            or any(
                module.get(name) in (check, check_validators)
                for module in modules
                for name in names & {"check", "check_validators"}
            )
            or ("flask_preconditions" in names and not names.isdisjoint(_CHECKS))
        )

    def location(self) -> tuple[str | None, int | None]:
        """Where it is written: the file below the working directory, and the line."""
        code = getattr(self.function, "__code__", None)
        if code is None:
            return None, None
        path = Path(code.co_filename)
        if not path.is_relative_to(Path.cwd()):
            return None, None
        return path.relative_to(Path.cwd()).as_posix(), code.co_firstlineno

    def finding(
        self, id: str, message: str, severity: Severity | None = None, fix: str | None = None
    ) -> Finding:
        """Make a finding about this handler.

        :param id: the id of its rule.
        """
        rule = RULES[id]
        route = f"{', '.join(self.methods)} {self.rule.rule}"
        return Finding(
            rule,
            message,
            severity or rule.severity,
            fix or rule.fix,
            route,
            self.endpoint,
            *self.location(),
        )

    def sample_path(self, value: str = "1") -> str:
        """Give a path of the route, with one value for every variable."""
        return _VARIABLE.sub(value, self.rule.rule)


def handlers_of(app: Flask) -> list[Handler]:
    """List the handlers of an application in the order of its URL map, without static files."""
    return [
        handler
        for rule in app.url_map.iter_rules()
        if str(rule.endpoint).rpartition(".")[2] != "static"
        for handler in _split(rule, app.view_functions.get(rule.endpoint))
    ]


def _split(rule: Rule, view: Function | None) -> Iterator[Handler]:
    if view is None:
        return
    by_method: dict[Function | None, list[str]] = {}
    for name in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
        by_method.setdefault(method_of(view, name), []).append(name)
    for method, names in by_method.items():
        yield Handler(rule, tuple(names), view, method, guard_of(view, names[0]))


def chain_of(function: Function) -> list[Function]:
    """List a function's decorators from the outermost, and the function itself last."""
    chain = [function]
    while (inner := getattr(chain[-1], "__wrapped__", None)) is not None and inner not in chain:
        chain.append(inner)
    return chain


def inside_guard(handler: Handler) -> list[Function]:
    """List the decorators that run between the guard and the view."""
    return [layer for layer in _between(handler) if not _is_guard(layer)]


def _between(handler: Handler) -> list[Function]:
    layers = chain_of(handler.view)
    # functools.wraps copies the mark outwards, so the guard is the last that carries it.
    marked = _marked(layers)
    inside = layers[marked[-1] + 1 : -1] if marked else []
    if handler.method is None:
        return inside
    layers = chain_of(handler.method)
    if marked:
        return inside + layers[:-1]
    return layers[_marked(layers)[-1] + 1 : -1]


def _marked(layers: list[Function]) -> list[int]:
    return [place for place, layer in enumerate(layers) if MARK in getattr(layer, "__dict__", {})]


def _is_guard(layer: Function) -> bool:
    return module_of(layer) == require_match.__module__


def module_of(function: Function) -> str:
    """Tell the module that a function's code stands in, also of one that was renamed."""
    return str(getattr(function, "__globals__", {}).get("__name__", ""))


def name_of(decorator: Function) -> str:
    """Tell the name of the decorator that made a wrapper."""
    # functools.wraps renames the wrapper, but its code keeps its own name, and with it the
    # names of the functions it was defined in.
    code = getattr(decorator, "__code__", None)
    if code is None:
        return type(decorator).__name__
    *around, own = str(code.co_qualname).split(".<locals>.")
    return ".".join(around) or own


def names_in(function: Function) -> set[str]:
    """List the global names and attributes that a function's code uses."""
    code = getattr(function, "__code__", None)
    return set(_names(code)) if code else set()


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def constants_in(function: Function) -> list[object]:
    """List the constants in a function's code."""
    code = getattr(function, "__code__", None)
    return list(code.co_consts) if code else []


def globals_in(function: Function) -> list[object]:
    """List what the global names in a function's code stand for."""
    code = getattr(function, "__code__", None)
    known = getattr(function, "__globals__", {})
    loads = dis.get_instructions(code) if code else ()
    names = dict.fromkeys(load.argval for load in loads if load.opname == "LOAD_GLOBAL")
    return [known[name] for name in names if name in known]


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
    function = inspect.unwrap(source)
    return any(value is EntityTag for value in globals_in(function)) and any(
        value is True for value in constants_in(function)
    )
