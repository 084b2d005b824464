"""What Flask-CORS and Flask-Compress, where an application has them, do to tags.

Neither is imported. Flask-CORS is asked: its own function gets a response to put its fields
on, for a request that never comes. ``@cross_origin`` would run the view, so the function is
called that it calls after that.
"""

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask import Response

from ..config import Policy
from .findings import Finding
from .findings import Place
from .functions import Function
from .functions import module_of
from .handlers import Handler

AfterRequest = Callable[[Response], Any]

_SOME_ORIGIN = {"Origin": "https://other.example"}


def find_in_cors(app: Flask, handlers: list[Handler]) -> Iterator[Finding]:
    """Find routes whose tags or conditions the browser keeps from other origins."""
    hidden, blocked = [], []
    for handler in handlers:
        # A response that @cross_origin has seen, CORS(app) leaves as it is.
        functions = _decorations(app, handler) or _functions_of(app, handler, "flask_cors")
        if handler.guarded is None or not functions:
            continue
        answered = _ask_cors(app, functions, handler, handler.methods[0], {})
        if answered is not None and not _lists(answered, "Access-Control-Expose-Headers", "etag"):
            hidden.append(handler)
        for method in handler.writes:
            asks = {
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "if-match",
            }
            allowed = _ask_cors(app, functions, handler, "OPTIONS", asks)
            # A method that CORS keeps from other origins needs no field either.
            if allowed is None or "Access-Control-Allow-Methods" not in allowed.headers:
                continue
            if not _lists(allowed, "Access-Control-Allow-Headers", "if-match"):
                blocked.append(handler)
                break
    if hidden:
        message = f"Flask-CORS does not expose ETag on {_listed(hidden)}"
        yield Finding.of("cors-hidden-etag", message, *_decorated(app, hidden))
    if blocked:
        message = f"Flask-CORS does not allow If-Match on {_listed(blocked)}"
        yield Finding.of("cors-blocked-condition", message, *_decorated(app, blocked))


def _decorated(app: Flask, handlers: list[Handler]) -> list[Place]:
    """List where the line is that mends it; none where it is that of the application."""
    return [handler.place for handler in handlers if _decorations(app, handler)]


def _decorations(app: Flask, handler: Handler) -> list[AfterRequest]:
    """List what ``@cross_origin`` does with the response of a view."""
    return [
        after
        for layer in handler.layers
        if module_of(layer) == "flask_cors.decorator"
        for after in [_after(app, layer)]
        if after is not None
    ]


def _after(app: Flask, layer: Function) -> AfterRequest | None:
    code, cells = getattr(layer, "__code__", None), getattr(layer, "__closure__", None) or ()
    enclosed = dict(zip(getattr(code, "co_freevars", ()), cells, strict=False))
    known = getattr(layer, "__globals__", {})
    if "_options" not in enclosed or not {"get_cors_options", "set_cors_headers"} <= known.keys():
        return None  # another Flask-CORS than we know

    def after(response: Response) -> Response:
        options = known["get_cors_options"](app, enclosed["_options"].cell_contents)
        known["set_cors_headers"](response, options)
        return response

    return after


def find_in_compress(app: Flask, handlers: list[Handler], policy: Policy) -> Iterator[Finding]:
    """Find out whether Flask-Compress makes tags that no write is compared with."""
    found: dict[str, list[Handler]] = {}
    for handler in handlers:
        if handler.guarded is None:
            continue
        for function in _functions_of(app, handler, "flask_compress"):
            algorithms = getattr(getattr(function, "__self__", None), "enabled_algorithms", ())
            known = handler.policy_in(app).etag_suffixes
            for suffix in (f":{algorithm}" for algorithm in algorithms):
                if suffix not in known:
                    found.setdefault(suffix, []).append(handler)
    if found:
        suffixes = list(found)
        concerned = list({id(h): h for rows in found.values() for h in rows}.values())
        message = f"Flask-Compress makes {', '.join(suffixes)} of tags on {_listed(concerned)}"
        wanted = [*policy.etag_suffixes, *suffixes]
        fix = f"PRECONDITIONS_ETAG_SUFFIXES = {wanted}"
        yield Finding.of("compressed-tag", message, fix=fix)


def _functions_of(app: Flask, handler: Handler, package: str) -> list[AfterRequest]:
    """List a package's functions that Flask calls after the requests of a view."""
    return [
        function
        for scope in handler.scopes
        for function in app.after_request_funcs.get(scope, [])
        if (getattr(function, "__module__", None) or "").partition(".")[0] == package
    ]


def _ask_cors(
    app: Flask,
    functions: list[AfterRequest],
    handler: Handler,
    method: str,
    headers: dict[str, str],
) -> Response | None:
    """Give a response as Flask-CORS would send it; ``None`` where it lets no origin in.

    Without an Origin it names the origins it is set up for, and with one it may be set up
    for every origin.
    """
    for origin in ({}, _SOME_ORIGIN):
        path = handler.sample_path()
        with app.test_request_context(path, method=method, headers={**headers, **origin}):
            response = app.response_class()
            for function in functions:
                response = function(response)
        if "Access-Control-Allow-Origin" in response.headers:
            return response
    return None


def _lists(response: Response, field: str, name: str) -> bool:
    values = response.headers.get(field, "").lower().split(",")
    return not {name, "*"}.isdisjoint(value.strip() for value in values)


def _listed(handlers: list[Handler]) -> str:
    others = len(handlers) - 1
    more = f" and {others} more" if others else ""
    return f"{' '.join(handlers[0].methods)} {handlers[0].rule.rule}{more}"
