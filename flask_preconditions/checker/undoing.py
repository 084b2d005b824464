"""Put a resource back to what it was, whatever came in between."""

import time

from .client import OutOfTime
from .writes import Writer
from .writes import is_success

RESTORE_ATTEMPTS = 6
PAUSE_SECONDS = 0.5
"""Between two attempts to put something back; a write still under way may come in between."""


def restore(writer: Writer) -> str | None:
    """Put the resource back, and read it again to see that it is.

    :return: why it is not as it was; ``None`` when it is.
    """
    if not writer.has_written or writer.is_hopeless:
        return None
    last: object = "it was not answered"
    for _ in range(RESTORE_ATTEMPTS):
        try:
            if _rests_as_it_was(writer):
                return None
            saved = writer.put_back()
            last = saved
            is_saved = not isinstance(saved, str) and is_success(saved)
            if (is_saved and not writer.was.can_be_told) or _rests_as_it_was(writer):
                return None
        except OSError as error:
            last = error
        except OutOfTime:
            last = f"there was no time left for it; before that: {last}"
            break
        time.sleep(PAUSE_SECONDS)  # between two attempts
    return f"the resource is not as it was: {last}\n{writer.was}"


def _rests_as_it_was(writer: Writer) -> bool:
    if not writer.was.is_there(writer.read()):
        return False
    if writer.unanswered:
        writer.unanswered.clear()
        time.sleep(2 * PAUSE_SECONDS)  # such a write may arrive still, and is then undone
        return writer.was.is_there(writer.read())
    return True
