"""Putting things back whatever happens: an error, Ctrl-C, a signal that ends the process."""

import signal
import threading
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .client import Allowance
from .unusable import Unusable

RESTORE_SECONDS = 10
"""What putting back may take, after the time of the check."""

_SIGNALS = [
    number
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if (number := getattr(signal, name, None)) is not None
]


class Interrupted(BaseException):
    """A signal has ended a check; the message says which."""


@contextmanager
def restored(allowance: Allowance, restores: list[Callable[[], str | None]]) -> Iterator[list[str]]:
    """Put everything back in the end; from then on no signal is heard.

    :param restores: what puts things back; each says why it could not. It may grow.
    :return: what could not be put back, once it is over.
    :raises Unusable: when the check was broken off; it says how the resource is left.
    """
    faults: list[str] = []
    try:
        try:
            yield faults
        finally:
            _hear_no_more()  # one that comes just before it is heard below
    except Interrupted as interruption:
        _restore(allowance, restores, faults)
        left = "; ".join(faults) or "the resource is as it was"
        raise Unusable(f"{interruption}, and {left}") from None
    except BaseException as error:
        _restore(allowance, restores, faults)
        if faults:
            left = "; ".join(faults)
            raise Unusable(f"the check broke off: {error}\nand {left}") from error
        raise
    else:
        _restore(allowance, restores, faults)


def _restore(
    allowance: Allowance, restores: list[Callable[[], str | None]], faults: list[str]
) -> None:
    allowance.grant(RESTORE_SECONDS)
    faults += [fault for restore in restores if (fault := restore())]


@contextmanager
def one_signal() -> Iterator[None]:
    """Make the first signal an :class:`Interrupted`; later ones change nothing.

    It is of the whole check, so that none is heard between the putting back and its end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        _hear_no_more()
        raise Interrupted(f"the check was interrupted ({signal.Signals(number).name})")

    before = {number: signal.signal(number, interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _hear_no_more() -> None:
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            # Not SIG_IGN: a child would inherit it.
            signal.signal(number, lambda number, frame: None)
