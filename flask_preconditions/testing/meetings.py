"""Bring the guarded writes of an application together between their check and their write.

A race that depends on luck is lost once in thousands of writes, and a test makes a hundred.
The signals are sent at the right moment: after the check, before the view.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask import request

from ..signals import precondition_failed
from ..signals import precondition_malformed
from ..signals import precondition_passed
from ..signals import precondition_required

MARK_HEADER = "Precondition-Trial"
"""The request field that tells the application's side of a trial which write this is."""

PATIENCE_SECONDS = 5
"""How long a write waits for the others before the trial goes on without such meetings."""


class Meeting:
    """Keeps writes whose check has passed until the others on their way are checked too.

    So all that were sent at the same time stand between check and write at the same time.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._unchecked: set[str] = set()
        self._is_open = True

    def expect(self, mark: str) -> None:
        """Take note of a write before it is sent, and of a first one before any is."""
        with self._changed:
            self._unchecked.add(mark)

    def leave(self, mark: str | None) -> None:
        """Take note that a write was checked, or answered without a check."""
        with self._changed:
            self._unchecked.discard(mark or "")
            self._changed.notify_all()

    def wait(self) -> None:
        """Wait for the others.

        Where the check is made under a lock, they cannot come; then this is given up for
        the rest of the trial.
        """
        with self._changed:
            is_complete = self._changed.wait_for(
                lambda: not (self._unchecked and self._is_open), PATIENCE_SECONDS
            )
            if not is_complete:
                self._is_open = False
                self._changed.notify_all()


@contextmanager
def meeting_in(app: Flask) -> Iterator[Meeting]:
    """Hold a meeting of an application's guarded writes."""
    meeting = Meeting()

    def on_pass(sender: Flask, **evidence: Any) -> None:
        mark = request.headers.get(MARK_HEADER)
        if mark is not None:
            meeting.leave(mark)
            meeting.wait()

    def on_refusal(sender: Flask, **evidence: Any) -> None:
        meeting.leave(request.headers.get(MARK_HEADER))

    with ExitStack() as stack:
        stack.enter_context(precondition_passed.connected_to(on_pass, app))
        for signal in (precondition_failed, precondition_malformed, precondition_required):
            stack.enter_context(signal.connected_to(on_refusal, app))
        yield meeting
