"""The audit: everything that can be wrong with how routes are guarded, in one report."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from flask import Flask

from ..config import audit_allow_in
from ..request.plan import current_state
from .findings import AuditReport
from .findings import Finding
from .handlers import Handler
from .handlers import handlers_of
from .layers import find_in_compress
from .layers import find_in_cors
from .models import find_unfit
from .models import find_unversioned
from .order import find_caches
from .order import find_decisions_inside
from .order import find_decorators
from .order import find_two_guards
from .reads import find_ignored_values
from .reads import find_shadowed
from .reads import find_unreadable
from .reads import find_weak_tags
from .refusals import find_own_handlers
from .rules import Severity
from .setup import find_mistakes
from .writes import find_unconfirmed
from .writes import find_unguarded


def audit(app: Flask) -> AuditReport:
    """Look for what is wrong with how an application guards its writes.

    :raises SetupError: when the application's ``PRECONDITIONS_`` settings are off.
    """
    with app.app_context():
        policy = current_state().policy
        allow = audit_allow_in(app.config)
    everyone = handlers_of(app)
    handlers = [handler for handler in everyone if not _is_allowed(handler, allow)]
    mistakes = find_mistakes(app, handlers)
    misplaced = {p.endpoint for m in mistakes if m.rule.id == "misplaced-guard" for p in m.places}
    ignoring = {p for m in mistakes if m.rule.id == "ignored-url-value" for p in m.places}
    found = [
        *mistakes,
        *find_unguarded([h for h in handlers if h.endpoint not in misplaced]),
        *find_decorators(handlers),
        *find_two_guards(handlers),
        *find_decisions_inside(handlers),
        *find_caches(handlers),
        *find_shadowed(app, handlers),
        *_find_unsafe_writes(handlers),
        *find_weak_tags(handlers),
        *find_unreadable(app, handlers, everyone),
        *find_ignored_values(app, handlers),
        *find_unfit([h for h in handlers if h.place not in ignoring]),
        *_find_optional(app, handlers),
        *find_in_cors(app, handlers),
        *find_in_compress(app, handlers, policy),
        *find_own_handlers(app, handlers),
        *_find_stale_allowances(everyone, allow),
    ]
    order = list(Severity)
    allowed = [h for h in everyone if h.writes and not h.guarded and not h.calls_check]
    return AuditReport(
        tuple(sorted(found, key=lambda finding: order.index(finding.severity))),
        guarded=sum(handler.guarded is not None for handler in everyone),
        allowed=sum(bool(h.reason) or _is_allowed(h, allow) for h in allowed),
    )


def _is_allowed(handler: Handler, allow: tuple[str, ...]) -> bool:
    return any(fnmatchcase(handler.endpoint, pattern) for pattern in allow)


def _find_unsafe_writes(handlers: list[Handler]) -> Iterator[Finding]:
    """Find writes that overwrite what came after their check, each once."""
    unversioned = list(find_unversioned(handlers))
    yield from unversioned
    told = {finding.places for finding in unversioned}
    yield from (f for f in find_unconfirmed(handlers) if f.places not in told)


def _find_optional(app: Flask, handlers: list[Handler]) -> Iterator[Finding]:
    for handler in handlers:
        if handler.guarded is None:
            continue
        require = handler.policy_in(app).require
        if callable(require) or require == "unsafe":
            continue
        free = [name for name in handler.writes if isinstance(require, str) or name not in require]
        if free:
            shown = repr(require) if isinstance(require, str) else sorted(require)
            message = f"{', '.join(free)} needs no condition: require={shown}"
            yield handler.finding("optional-condition", message)


def _find_stale_allowances(everyone: list[Handler], allow: tuple[str, ...]) -> Iterator[Finding]:
    endpoints = {handler.endpoint for handler in everyone}
    for pattern in allow:
        if not any(fnmatchcase(endpoint, pattern) for endpoint in endpoints):
            message = f"PRECONDITIONS_AUDIT_ALLOW names {pattern!r}, and no endpoint is called so"
            yield Finding.of("stale-allowance", message)
