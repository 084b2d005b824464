"""Put a resource back to what it was, whatever came in between."""

import time
from contextlib import suppress

from ..conformance.wire import Exchange
from .client import OutOfTime
from .unusable import Overtaken
from .unusable import Unusable
from .writes import PUT_OFF_SECONDS
from .writes import Writer
from .writes import is_success

RESTORE_ATTEMPTS = 6
PAUSE_SECONDS = 0.5
"""Between two attempts to put something back; a write still under way may come in between."""

POLL_SECONDS = 0.1

LAGS = 5
"""What it takes where writes come late, in the time that one of them took: the last of them may
come after one such time, and for two nothing must come after it.
"""

MOST_SECONDS = 60


def restore(writer: Writer) -> str | None:
    """Put the resource back, and read it again to see that it is.

    :return: why it is not as it was; ``None`` when it is.
    """
    if not writer.has_written or writer.is_hopeless:
        return None
    if writer.overtaken:
        return f"{writer.overtaken}\n{writer.was}"
    writer.client.allowance.grant(min(LAGS * writer.lag, MOST_SECONDS))
    last: object = "it was not answered"
    attempts = 0
    while attempts < RESTORE_ATTEMPTS or writer.lag:  # the time ends it, too
        attempts += 1
        try:
            if _rests_as_it_was(writer):
                return _why_not_for_good(writer)
            saved = writer.put_back()
            last = saved
            is_saved = not isinstance(saved, str) and is_success(saved)
            if is_saved and not writer.was.can_be_told:
                return None
            if is_saved:
                _await_original(writer)
            if _rests_as_it_was(writer):
                return _why_not_for_good(writer)
            if is_saved and writer.lag:  # what came late is undone at once
                continue
        except Overtaken as error:
            last = error
            break
        except ConnectionRefusedError as error:  # it may be started again
            last, attempts = error, attempts - 1
        except OSError as error:
            last = error
        except OutOfTime:
            last = f"there was no time left for it; before that: {last}"
            break
        _pause(writer)
    return f"the resource is not as it was: {last}\n{writer.was}"


def _pause(writer: Writer) -> None:
    """Wait between two attempts, and see meanwhile which members move by themselves."""
    seen: list[Exchange] = []
    with suppress(OSError, OutOfTime):
        seen.append(writer.read())
    time.sleep(PAUSE_SECONDS)  # between two attempts
    if writer.unanswered or writer.lag or writer.is_put_off:
        return  # what differs may be written by the check
    with suppress(OSError, OutOfTime, Unusable):
        seen.append(writer.read())
        marks = {writer.bodies.mark_of(each) for each in seen}
        if len(seen) == 2 and len(marks) == 1 and marks != {None}:
            writer.comparison.learn(*seen)


def _await_original(writer: Writer) -> None:
    """Wait till the original is there, where a server stores or shows what it takes later."""
    seconds = PUT_OFF_SECONDS if writer.is_put_off else 2 * writer.lag
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not writer.was.is_there(writer.read()):
        time.sleep(POLL_SECONDS)  # between two polls, up to a deadline


def _rests_as_it_was(writer: Writer) -> bool:
    if not writer.was.is_there(writer.read()):
        return False
    if writer.unanswered:
        writer.unanswered.clear()
        time.sleep(2 * PAUSE_SECONDS)  # such a write may arrive still, and is then undone
        return writer.was.is_there(writer.read())
    deadline = time.monotonic() + 2 * writer.lag
    while time.monotonic() < max(deadline, writer.awaited_till()):
        time.sleep(POLL_SECONDS)  # what was put off may come still, and is then undone
        if not writer.was.is_there(writer.read()):
            return False
    return True


def _why_not_for_good(writer: Writer) -> str | None:
    """Say that something may come still, where it was never seen."""
    if not writer.is_put_off:
        return None
    return (
        "a write was put off (202) and did not come within "
        f"{PUT_OFF_SECONDS} seconds; it may come still. {writer.was}"
    )
