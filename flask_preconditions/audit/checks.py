"""The audit: one function per kind of fault in how routes are guarded."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter
from werkzeug.routing import RequestRedirect

from ..config import Policy
from ..request.plan import MARK
from ..request.plan import current_state
from .findings import Finding
from .findings import Report
from .findings import Severity
from .handlers import Handler
from .handlers import constants_in
from .handlers import handlers_of
from .handlers import inside_guard
from .handlers import makes_weak_tags
from .handlers import module_of
from .handlers import name_of
from .handlers import names_in
from .layers import find_in_compress
from .layers import find_in_cors
from .models import find_unversioned

# What the names of decorators, and of the packages they come from, tell of them.
_ASKS = re.compile(
    r"auth|login|permission|role|token|jwt|admin|scope|acl\b|access|protect|secur|owner|"
    r"privilege|requir",
    re.IGNORECASE,
)
_ASKING_PACKAGE = re.compile(r"auth|login|jwt|security|principal", re.IGNORECASE)
_READS_BODY = re.compile(
    r"json|body|form|payload|schema|content|args|argument|input", re.IGNORECASE
)


def audit(app: Flask) -> Report:
    """Look for what is wrong with how an application guards its writes.

    :raises SetupError: when the application's ``PRECONDITIONS_`` settings are off.
    """
    with app.app_context():
        policy = current_state().policy
    everyone = handlers_of(app)
    handlers = [handler for handler in everyone if not _is_allowed(handler, policy)]
    found = [
        *_find_unguarded(handlers),
        *_find_decorators_inside(handlers),
        *_find_two_guards(handlers),
        *_find_shadowed(app, handlers),
        *find_unversioned(handlers),
        *_find_weak_tags(handlers),
        *_find_unreadable(handlers, everyone),
        *_find_optional(handlers, policy),
        *find_in_cors(app, handlers),
        *find_in_compress(app, handlers, policy),
        *_find_stale_allowances(everyone, policy),
    ]
    order = list(Severity)
    allowed = [h for h in everyone if h.writes and not h.guarded and not h.calls_check]
    return Report(
        tuple(sorted(found, key=lambda finding: order.index(finding.severity))),
        guarded=sum(handler.guarded is not None for handler in everyone),
        allowed=sum(bool(h.reason) or _is_allowed(h, policy) for h in allowed),
    )


def _is_allowed(handler: Handler, policy: Policy) -> bool:
    return any(fnmatchcase(handler.endpoint, pattern) for pattern in policy.audit_allow)


def _find_unguarded(handlers: list[Handler]) -> Iterator[Finding]:
    for handler in handlers:
        if not handler.writes or handler.guarded or handler.reason or handler.calls_check:
            continue
        message = f"{handler.endpoint} writes and compares nothing"
        if handler.writes == ("POST",):  # it may well make something new: nobody can tell
            fix = '@unguarded("makes a new one")  # or guard it'
            yield handler.finding("unguarded-write", message, Severity.WARNING, fix)
        else:
            yield handler.finding("unguarded-write", message)


def _find_decorators_inside(handlers: list[Handler]) -> Iterator[Finding]:
    for handler in handlers:
        if handler.guarded is None:
            continue
        for decorator in inside_guard(handler):
            name = name_of(decorator)
            package = module_of(decorator).partition(".")[0]
            message = f"@{name} runs after the check"
            if _READS_BODY.search(name):
                continue  # §13.2.1: the check comes before the content is looked at
            asks = _ASKS.search(name) or _ASKING_PACKAGE.search(package)
            yield handler.finding("guard-outside-auth" if asks else "decorator-inside", message)


def _find_two_guards(handlers: list[Handler]) -> Iterator[Finding]:
    for handler in handlers:
        if hasattr(handler.view, MARK) and hasattr(handler.method, MARK):
            message = f"{handler.endpoint} is guarded as a class and on its method"
            yield handler.finding("two-guards", message)


def _find_shadowed(app: Flask, handlers: list[Handler]) -> Iterator[Finding]:
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
                yield handler.finding("shadowed-guard", message)
                break


def _answering(adapter: MapAdapter, path: str, method: str) -> str | None:
    try:
        endpoint, _ = adapter.match(path, method=method)
    except (HTTPException, RequestRedirect, LookupError, RuntimeError):
        return None  # a value that the route does not take, or a converter that asks the app
    return str(endpoint)


def _find_weak_tags(handlers: list[Handler]) -> Iterator[Finding]:
    for handler in handlers:
        source = getattr(handler.guarded and handler.guarded.source, "etag", None)
        if handler.writes and makes_weak_tags(source):
            yield handler.finding("weak-tag", f"etag of {handler.endpoint} makes weak tags")


def _find_unreadable(handlers: list[Handler], everyone: list[Handler]) -> Iterator[Finding]:
    for handler in handlers:
        if handler.guarded is None or not handler.writes:
            continue
        reads = [h for h in everyone if "GET" in h.methods and h.shape == handler.shape]
        if not reads:
            message = f"nothing answers GET at {handler.rule.rule}"
            yield handler.finding("unreadable-target", message)
        elif not any(_tells_tag(read) for read in reads):
            message = f"{reads[0].endpoint} answers GET at this URL without an ETag"
            yield handler.finding("silent-read", message)


def _tells_tag(handler: Handler) -> bool:
    function = handler.function
    return (
        handler.guarded is not None
        or handler.calls_check
        or not names_in(function).isdisjoint({"set_etag", "add_etag", "send_file"})
        or "ETag" in constants_in(function)
    )


def _find_optional(handlers: list[Handler], policy: Policy) -> Iterator[Finding]:
    for handler in handlers:
        if handler.guarded is None:
            continue
        require = policy.override(handler.guarded.options).require
        if callable(require) or require == "unsafe":
            continue
        free = [name for name in handler.writes if isinstance(require, str) or name not in require]
        if free:
            shown = repr(require) if isinstance(require, str) else sorted(require)
            message = f"{', '.join(free)} needs no condition: require={shown}"
            yield handler.finding("optional-condition", message)


def _find_stale_allowances(everyone: list[Handler], policy: Policy) -> Iterator[Finding]:
    endpoints = {handler.endpoint for handler in everyone}
    for pattern in policy.audit_allow:
        if not any(fnmatchcase(endpoint, pattern) for endpoint in endpoints):
            message = f"PRECONDITIONS_AUDIT_ALLOW names {pattern!r}, and no endpoint is called so"
            yield Finding.of_app("stale-allowance", message)
