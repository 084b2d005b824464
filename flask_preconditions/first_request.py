"""What is certainly wrong with an application's set-up is told at its first request.

Only then are all its routes and settings there. Afterwards nobody listens any more, so
later requests cost nothing.
"""

from __future__ import annotations

from functools import wraps
from threading import RLock
from typing import TYPE_CHECKING
from typing import Any
from weakref import WeakSet

from flask import Flask
from flask import current_app
from flask import request
from flask import request_started

from .core import SAFE_METHODS
from .exceptions import SetupError
from .mistakes import keep_loud
from .signals import logger

if TYPE_CHECKING:
    from .audit import Finding

_TEXTS = {"slug", "name", "title", "username", "handle", "email"}
"""What no number in a URL is called."""


class FirstRequests:
    """The applications whose first request is waited for."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._awaited: WeakSet[Flask] = WeakSet()
        self._seen: WeakSet[Flask] = WeakSet()
        self._is_any_awaited = False

    def expect(self, app: Flask | None = None) -> None:
        """Wait for the first request to an application.

        :param app: left out, whichever application is the next to have a guarded view: who
            guards one does not say of which it will be a part.
        """
        with self._lock:
            if app is None:
                self._is_any_awaited = True
            else:
                self._awaited.add(app)
            request_started.connect(self._arrive)

    def _arrive(self, app: Flask, **_: object) -> None:
        # Other threads wait: their requests may be to what is to be refused.
        with self._lock:
            if app not in self._seen and (self._is_any_awaited or app in self._awaited):
                is_guarded = look_at(app)
                self._seen.add(app)
                self._awaited.discard(app)
                self._is_any_awaited = self._is_any_awaited and not is_guarded
            if not self._is_any_awaited and not self._awaited:
                request_started.disconnect(self._arrive)


first_requests = FirstRequests()


def look_at(app: Flask) -> bool:
    """Look for mistakes in the set-up of an application.

    In production they are logged, and a write whose guard stands above its route is refused
    from now on: somebody has asked for the guard, and it would never run.

    :return: whether it has guarded views, or was meant to have some.
    :raises SetupError: when there are mistakes, in debug and test mode.
    """
    keep_loud(app)
    try:
        findings, is_guarded = _find(app)
    except Exception:  # what cannot be looked at may still answer
        if app.debug or app.testing:
            raise
        logger.exception("the set-up of this app cannot be looked at")
        return True
    if not findings:
        return is_guarded
    message = describe(findings)
    if app.debug or app.testing:
        raise SetupError(message)
    logger.error(message)
    for finding in findings:
        if finding.rule.id == "misplaced-guard" and finding.endpoint is not None:
            _refuse_writes(app, finding.endpoint, finding.message)
    return True


def _find(app: Flask) -> tuple[list[Finding], bool]:
    """Find the mistakes of an application, and tell whether it guards anything."""
    from .audit.handlers import handlers_of
    from .audit.models import find_unfit
    from .audit.setup import find_mistakes

    handlers = handlers_of(app)
    findings = [
        *find_mistakes(app, handlers),
        *find_unfit([h for h in handlers if not _TEXTS.isdisjoint(h.rule.arguments)]),
    ]
    return findings, any(handler.guarded for handler in handlers)


def describe(findings: list[Finding]) -> str:
    """Write findings as the text of an error, each with its place and the line that mends it."""
    number = "a mistake" if len(findings) == 1 else f"{len(findings)} mistakes"
    lines = [f"the set-up of this app has {number}:"]
    for finding in findings:
        place = f"{finding.path}:{finding.line}: " if finding.path else ""
        lines += [f"{place}{finding.message}", f"    {finding.fix}"]
    return "\n".join(lines)


def _refuse_writes(app: Flask, endpoint: str, message: str) -> None:
    view = app.view_functions[endpoint]

    @wraps(view)
    def refuse_writes(*args: Any, **kwargs: Any) -> Any:
        if request.method not in SAFE_METHODS:
            raise SetupError(message)
        return current_app.ensure_sync(view)(*args, **kwargs)

    app.view_functions[endpoint] = refuse_writes
