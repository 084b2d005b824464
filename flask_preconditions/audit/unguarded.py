"""Which routes compare, and those that no guard looks at, with what is known of the reason."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from flask import Flask

from ..config import audit_allow_in
from ..extension import guarded_routes
from ..extension import host_of
from .handlers import handlers_of


@dataclass(frozen=True, slots=True)
class UnguardedRoute:
    """A function without a guard, with the methods that it answers on a route.

    :param methods: without those that Flask adds.
    :param rule: the URL rule.
    :param reason: what ``@unguarded`` says of it.
    :param compares: whether it compares by itself, with ``check()`` or ``check_validators()``.
    :param writes: whether one of its methods may change something.
    :param allowed: whether ``PRECONDITIONS_AUDIT_ALLOW`` names it.
    :param host: see :class:`.GuardedRoute`.
    """

    methods: tuple[str, ...]
    rule: str
    endpoint: str
    reason: str | None
    compares: bool
    writes: bool
    allowed: bool
    host: str = ""


def unguarded_routes(app: Flask) -> list[UnguardedRoute]:
    """List the routes without a guard in the order of the URL map, without static files.

    :raises SetupError: when ``PRECONDITIONS_AUDIT_ALLOW`` is off.
    """
    allow = audit_allow_in(app.config)
    return [
        UnguardedRoute(
            handler.methods,
            handler.rule.rule,
            handler.endpoint,
            handler.reason,
            handler.calls_check,
            bool(handler.writes),
            any(fnmatchcase(handler.endpoint, pattern) for pattern in allow),
            host_of(handler.rule),
        )
        for handler in handlers_of(app)
        if handler.guarded is None and handler.methods
    ]


def compared_routes(app: Flask) -> list[tuple[str, tuple[str, ...], str]]:
    """List the routes that compare: the rule after its host, its methods, and by what.

    Those of the guards come first, then the views that compare by themselves.
    """
    guarded = [
        (f"{r.host} {r.rule}".lstrip(), r.methods, r.guarded.describe())
        for r in guarded_routes(app)
    ]
    by_themselves = [
        (
            f"{host_of(handler.rule)} {handler.rule.rule}".lstrip(),
            handler.methods,
            "in the view, by check()",
        )
        for handler in handlers_of(app)
        if handler.guarded is None and handler.methods and handler.calls_check
    ]
    return guarded + by_themselves
