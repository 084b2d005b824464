"""How long a check waits for a server that takes no request for now."""

from collections import Counter
from datetime import UTC
from datetime import datetime

from ..conformance.wire import Response
from ..core import SAFE_METHODS
from ..core import parse_http_date

BUSY = (425, 429, 503)
"""Statuses of which the server says that they are not for long (RFC 9110 §15.6.4, RFC 6585 §4)."""

_UNAVAILABLE = 503
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
_MOST_IN_VAIN = 2


class Patience:
    """What is waited, and asked again, where a server answers that it takes no more for now.

    A write that is answered with 503 may have been performed all the same, so it is not sent
    again.

    :param seconds: how long for each method, from the first such answer to the next one that is
        none.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._waits: dict[str, tuple[float, float]] = {}
        self._in_vain: Counter[str] = Counter()

    def pause(self, method: str, response: Response) -> float:
        """Give the seconds after which a request is sent again; 0 where it is not."""
        if response.status not in BUSY:
            self._waits.pop(method, None)
            return 0
        if response.status == _UNAVAILABLE and method not in SAFE_METHODS:
            return 0
        if self._in_vain[method] >= _MOST_IN_VAIN:
            return 0
        left, least = self._waits.get(method, (self.seconds, _FIRST_PAUSE))
        pause = max(_asked_by(response), least)
        if pause > left:
            self._in_vain[method] += left > 0
            self._waits[method] = (0, least)  # nobody waits again before it answers
            return 0
        self._waits[method] = (left - pause, min(2 * least, _LONGEST_PAUSE))
        return pause


def _asked_by(response: Response) -> float:
    """Read Retry-After, which is seconds or a date (RFC 9110 §10.2.3)."""
    value = (response.get("Retry-After") or "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    date = parse_http_date(value)
    if date is None:
        return 0
    now = parse_http_date(response.get("Date") or "") or datetime.now(UTC)
    return max((date - now).total_seconds(), 0)
