"""Every decision, told to whoever listens: signals (blinker) and one logger.

The sender of a signal is the application. Each carries ``decision`` (a
:class:`~flask_preconditions.core.Decision` with field, reason and trace) and
``endpoint``. Tags are in the decision's trace: keep them out of metric labels.
"""

import logging
from urllib.parse import quote

from blinker import Namespace
from flask import Flask
from flask import Request

from .core import SAFE_METHODS
from .core import Decision
from .core import Outcome

logger = logging.getLogger("flask_preconditions")

_signals = Namespace()

precondition_passed = _signals.signal("precondition-passed")
"""A condition was sent and held."""

precondition_failed = _signals.signal("precondition-failed")
"""A condition was false, or was true and then lost the race (412)."""

precondition_required = _signals.signal("precondition-required")
"""A condition was asked for and not sent (428, or let through by ``require="warn"``)."""

precondition_malformed = _signals.signal("precondition-malformed")
"""A condition could not be read (400)."""

not_modified = _signals.signal("not-modified")
"""The client's copy is current (304)."""

_PERFORM, _NOT_MODIFIED = Outcome.PERFORM, Outcome.NOT_MODIFIED

_BY_STATUS = {
    Outcome.PERFORM.status: precondition_passed,
    Outcome.FAILED.status: precondition_failed,
    Outcome.REQUIRED.status: precondition_required,
    Outcome.MALFORMED.status: precondition_malformed,
    Outcome.NOT_MODIFIED.status: not_modified,
}


_LONGEST_PATH = 200
_LONGEST_METHOD = 20


def announce(
    app: Flask,
    request: Request,
    decision: Decision,
    log_level: int = logging.WARNING,
    instance: str | None = None,
) -> None:
    """Signal a decision on a request, and log it when it refuses a write.

    :param log_level: the level of that log record, such as ``logging.WARNING``.
    :param instance: what identifies the occurrence in the problem document of the refusal.
    """
    outcome = decision.outcome
    signal = _BY_STATUS[outcome.status]
    if signal.receivers:
        signal.send(app, decision=decision, endpoint=request.endpoint)
    if outcome is _PERFORM or outcome is _NOT_MODIFIED:
        return
    if request.method in SAFE_METHODS or not logger.isEnabledFor(log_level):
        return
    named = f" [{instance}]" if instance else ""
    logger.log(log_level, "%s refused: %s%s", line_of(request), decision.summary(), named)


def line_of(request: Request) -> str:
    """Write the method and the path of a request for the log.

    Percent-encoded and cut, so that no request writes a line or a screen of its own; a
    request class may take the method from anywhere.
    """
    method = quote(request.method[:_LONGEST_METHOD], safe="")
    path = quote(request.path[:_LONGEST_PATH], safe="/:@!$&'()*+,;=~")
    return f"{method} {path}"
