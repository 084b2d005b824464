"""What a client can read of a resource before it writes, and whether the two agree."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType
from types import MethodType
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter
from werkzeug.routing import RequestRedirect

from ..request.plan import absolute
from .findings import Finding
from .findings import listed
from .functions import constants_in
from .functions import is_alike
from .functions import names_in
from .functions import takes_value
from .handlers import Handler
from .handlers import makes_weak_tags
from .rules import Severity
from .setup import is_called_as_routed


def find_shadowed(app: Flask, handlers: list[Handler]) -> Iterator[Finding]:
    """Find guarded views in place of which another one answers."""
    if app.url_map.host_matching:
        return
    for handler in handlers:
        if handler.guarded is None or handler.rule.subdomain:
            continue
        adapter = app.url_map.bind("localhost")
        for method in handler.methods:
            answering = [
                endpoint
                for value in ("1", "x", "1.5", "00000000-0000-4000-8000-000000000000")
                if (endpoint := _answering(adapter, handler.sample_path(value), method))
            ]
            if answering and handler.endpoint not in answering:
                message = f"{answering[0]} answers {method} here, and {handler.endpoint} never does"
                fix = f"{handler.route_as_written(method)}  # at one of the two views only"
                yield handler.finding("shadowed-guard", message, fix=fix)
                break


def _answering(adapter: MapAdapter, path: str, method: str) -> str | None:
    try:
        endpoint, _ = adapter.match(path, method=method)
    except (HTTPException, RequestRedirect, LookupError, RuntimeError):
        return None  # a value that the route does not take, or a converter that asks the app
    return str(endpoint)


def find_weak_tags(handlers: list[Handler]) -> Iterator[Finding]:
    """Find writes that are compared with weak tags."""
    for handler in handlers:
        source = getattr(handler.guarded and handler.guarded.source, "etag", None)
        if handler.writes and makes_weak_tags(source):
            yield handler.finding("weak-tag", f"etag of {handler.endpoint} makes weak tags")


def find_unreadable(
    app: Flask, handlers: list[Handler], everyone: list[Handler]
) -> Iterator[Finding]:
    """Find guarded writes whose tag no client can learn, or learns wrongly."""
    for handler in handlers:
        if handler.guarded is None or not handler.writes:
            continue
        resource = handler.guarded.options.get("resource")
        if callable(resource):
            continue  # only a request can tell where the target is read
        reads = [h for h in everyone if "GET" in h.methods and _is_read_at(h, handler, resource)]
        if not reads:
            message = f"nothing answers GET at {handler.rule.rule}"
            fix = f"{handler.route_as_written('GET')}  # and below it {handler.guard_as_written}"
            if handler.writes == ("POST",):
                fix = 'resource="show"  # at the guard: the endpoint that reads the target'
            yield handler.finding("unreadable-target", message, fix=fix)
        elif not any(_tells_tag(read) for read in reads):
            message = f"{reads[0].endpoint} answers GET at this URL without an ETag"
            fix = f"{handler.guard_as_written}  # on {reads[0].endpoint} too"
            yield handler.finding("silent-read", message, fix=fix)
        else:
            yield from _find_unlike(app, handler, [read for read in reads if read.guarded])


def _is_read_at(read: Handler, write: Handler, resource: object) -> bool:
    """Tell whether a read is of the target of a write: at its URL, or where it says."""
    if not isinstance(resource, str):
        return read.shape == write.shape
    return read.endpoint == absolute(resource, write.endpoint)


def _tells_tag(handler: Handler) -> bool:
    function = handler.function
    return (
        handler.guarded is not None
        or handler.calls_check
        or not names_in(function).isdisjoint({"set_etag", "add_etag", "send_file"})
        or "ETag" in constants_in(function)
    )


def find_ignored_values(app: Flask, handlers: list[Handler]) -> Iterator[Finding]:
    """Find loaders that do not ask for every value of the URL, as a model does."""
    for handler in handlers:
        load = getattr(handler.guarded and handler.guarded.source, "load", None)
        if not isinstance(load, FunctionType | MethodType) or not is_called_as_routed(app, handler):
            continue  # a decorator may have looked at the value
        ignored = sorted(v for v in handler.rule.arguments if not takes_value(load, v))
        if ignored and inspect.signature(load).parameters:
            name = f"{load.__name__}()"
            message = f"{name} does not ask for {listed(ignored)}, so any other finds the same"
            yield handler.finding("ignored-url-value", message, Severity.INFO)


@dataclass(frozen=True, slots=True)
class _Difference:
    """An option in which two guards of one URL differ."""

    option: str
    told: object
    compared: object

    @property
    def severity(self) -> Severity:
        """How sure it is that the tags differ."""
        if self.option == "load":  # two loaders may well load the same
            return Severity.INFO
        is_certain = not (callable(self.told) or callable(self.compared))
        return Severity.ERROR if is_certain else Severity.WARNING


def _find_unlike(app: Flask, handler: Handler, reads: list[Handler]) -> Iterator[Finding]:
    """Find out whether the tags that a read tells are those that the write is compared with."""
    found = [(read, _difference(app, read, handler)) for read in reads]
    differences = [(read, difference) for read, difference in found if difference is not None]
    if not differences or len(differences) < len(found):
        return
    read, difference = differences[0]
    option, told, compared = difference.option, difference.told, difference.compared
    message = (
        f"{read.endpoint} tells tags of {option}={_shown(told)}, and {handler.endpoint} compares "
        f"them with those of {option}={_shown(compared)}"
    )
    yield handler.finding("unlike-guards", message, difference.severity)


def _difference(app: Flask, read: Handler, write: Handler) -> _Difference | None:
    """Find an option by which two guards of one URL make unlike tags."""
    sources = [handler.guarded and handler.guarded.source for handler in (read, write)]
    one, other = map(_validators, sources)
    if one is not None and other is not None:
        option = "etag" if one["etag"] or other["etag"] else "last_modified"
        if not is_alike(one[option], other[option]):
            return _Difference(option, one[option], other[option])
    told, compared = _vary(app, read), _vary(app, write)
    if told != compared:
        return _Difference("vary", told, compared)
    loads = [getattr(source, "load", None) for source in sources]
    if all(load is not None for load in loads) and not is_alike(*loads):
        return _Difference("load", *loads)
    return None


def _validators(source: object) -> dict[str, object] | None:
    """Tell where a source reads tag and date, if it says so."""
    if not hasattr(source, "etag"):
        return None
    etag: Any = source.etag
    if etag is None and getattr(source, "is_versioned", False):
        from ..sqlalchemy.versions import version_key

        etag = version_key(source.model.__mapper__)  # type: ignore[attr-defined]
    return {"etag": etag, "last_modified": getattr(source, "last_modified", None)}


def _vary(app: Flask, handler: Handler) -> list[str]:
    return sorted(name.lower() for name in handler.policy_in(app).vary)


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str) else getattr(value, "__name__", repr(value))
