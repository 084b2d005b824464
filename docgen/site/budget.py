"""A bound on what a page may cost, for a text can be anybody's."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS = 20.0
"""Of the processor. The slowest page of the package takes a hundredth of it."""


class Spent(BaseException):
    """The budget is spent; nothing that catches errors on the way may take it for one."""


@contextmanager
def budget() -> Iterator[None]:
    """Bound what happens within.

    Only the main thread of a process can be interrupted, and only where the system has such
    clocks; elsewhere there is no bound.

    :raises Spent: when it took more than :data:`SECONDS` of the processor.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _spend)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _spend(number: int, frame: FrameType | None) -> None:
    raise Spent
