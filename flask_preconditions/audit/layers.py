"""What Flask-CORS and Flask-Compress, where an application has them, do to tags.

Neither is imported. Flask-CORS is asked: its own function gets a response to put its fields
on, for a request that never comes.
"""

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask import Response

from ..config import Policy
from .findings import Finding
from .handlers import Handler

AfterRequest = Callable[[Response], Any]

_SOME_ORIGIN = {"Origin": "https://other.example"}


def find_in_cors(app: Flask, handlers: list[Handler]) -> Iterator[Finding]:
    """Find routes whose tags or conditions the browser keeps from other origins."""
    hidden, blocked = [], []
    for handler in handlers:
        functions = _functions_of(app, handler.endpoint, "flask_cors")
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
        yield Finding.of_app("cors-hidden-etag", message)
    if blocked:
        message = f"Flask-CORS does not allow If-Match on {_listed(blocked)}"
        yield Finding.of_app("cors-blocked-condition", message)


def find_in_compress(app: Flask, handlers: list[Handler], policy: Policy) -> Iterator[Finding]:
    """Find out whether Flask-Compress makes tags that no write is compared with."""
    found: dict[str, list[Handler]] = {}
    for handler in handlers:
        if handler.guarded is None:
            continue
        for function in _functions_of(app, handler.endpoint, "flask_compress"):
            algorithms = getattr(getattr(function, "__self__", None), "enabled_algorithms", ())
            for suffix in (f":{algorithm}" for algorithm in algorithms):
                if suffix not in policy.etag_suffixes:
                    found.setdefault(suffix, []).append(handler)
    if found:
        suffixes = list(found)
        concerned = list({id(h): h for rows in found.values() for h in rows}.values())
        message = f"Flask-Compress makes {', '.join(suffixes)} of tags on {_listed(concerned)}"
        wanted = [*policy.etag_suffixes, *suffixes]
        fix = f"PRECONDITIONS_ETAG_SUFFIXES = {wanted}"
        yield Finding.of_app("compressed-tag", message, fix)


def _functions_of(app: Flask, endpoint: str, package: str) -> list[AfterRequest]:
    """List a package's functions that Flask calls after the requests of an endpoint."""
    parts = endpoint.split(".")[:-1]
    scopes = [None, *(".".join(parts[: n + 1]) for n in range(len(parts)))]
    return [
        function
        for scope in scopes
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
