"""Every decision, told to whoever listens: signals (blinker) and one logger.

The sender of a signal is the application. Each carries ``decision`` (a
:class:`~flask_preconditions.core.Decision` with field, reason and trace) and
``endpoint``. Tags are in the decision's trace: keep them out of metric labels.
"""

import logging

from blinker import Namespace
from flask import Flask
from flask import current_app
from flask import request

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

_BY_OUTCOME = {
    Outcome.PERFORM: precondition_passed,
    Outcome.FAILED: precondition_failed,
    Outcome.REQUIRED: precondition_required,
    Outcome.MALFORMED: precondition_malformed,
    Outcome.NOT_MODIFIED: not_modified,
}


def announce(decision: Decision, log_level: str) -> None:
    """Signal a decision on the current request, and log it when it refuses a write.

    :param log_level: the level of that log record, such as ``"WARNING"``.
    """
    if decision.outcome is Outcome.PERFORM and decision.decided_by is None:
        return
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    _BY_OUTCOME[decision.outcome].send(app, decision=decision, endpoint=request.endpoint)
    if decision.outcome is not Outcome.PERFORM and request.method not in SAFE_METHODS:
        logger.log(
            logging.getLevelNamesMapping()[log_level],
            "%s %s refused: %s",
            request.method,
            request.path,
            decision.explain().partition("\n")[0],
        )
