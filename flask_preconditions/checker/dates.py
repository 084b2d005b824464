"""When a date is waited for that a server does not tell in its own second (RFC 9110 §8.8.2.2).

There each write that is performed costs a second. So the date is there for the first vector of
each kind, as long as the check has the time to wait. The others of it that a right server
performs, with the date or without it, are played at once: an If-Unmodified-Since that cannot be
compared must be ignored (§13.1.4).
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from datetime import datetime

from ..conformance.applicability import compares_date
from ..conformance.applicability import state_of
from ..conformance.table import Vector
from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..conformance.wire import Exchange
from ..core import ABSENT
from ..core import Field
from ..core import Outcome
from ..core import State
from ..core import parse_http_date
from .comparison import CLOCK_SECONDS
from .symptoms import Topic
from .symptoms import field_of
from .symptoms import topic_of

NO_WAIT = "the resource tells no date for a second after a write; --deadline gives time to wait"
UNREAD = "{} does not look at If-Unmodified-Since, so no further date is waited for"

Kind = tuple[str, str, Topic, bool]


class Dates:
    """What has been shown of the dates at a resource that does not tell them at once.

    :param required: whether a write without a condition is refused; then one whose date cannot
        be compared is refused, too.
    :param waits: how many writes are performed for the sake of a date that is then not told.
    """

    def __init__(self, *, required: bool, waits: int) -> None:
        self.required = required
        self.waits_left = waits
        self._shown: set[Kind] = set()
        self._unread: set[str] = set()

    def needs_date(self, vector: Vector) -> bool:
        """Tell whether a vector shows something only where the resource tells its date."""
        if not compares_date(vector) or vector.method in self._unread or self.waits_left < 0:
            return False
        is_kept = vector.expect.unchanged  # where the server is right
        return is_kept or self._is_settled_by_date(vector) or _kind_of(vector) not in self._shown

    def _is_settled_by_date(self, vector: Vector) -> bool:
        """Tell whether a right server answers something else where it tells no date."""
        outcomes = [Outcome.FAILED] + [Outcome.PERFORM] * self.required
        is_by_date = vector.expect.decided_by is Field.IF_UNMODIFIED_SINCE
        return is_by_date and vector.expect.outcome in outcomes

    def why_not(self, vector: Vector, before: Exchange) -> tuple[Verdict, str] | None:
        """Say why a vector is left out, where the date is not told and not waited for."""
        if _tells_date(before) or not compares_date(vector) or not self._is_settled_by_date(vector):
            return None
        if vector.method in self._unread:
            return Verdict.SKIP, UNREAD.format(vector.method)
        return Verdict.UNJUDGED, NO_WAIT

    def learn(
        self, vector: Vector, before: Exchange, result: Result, after: Exchange | None
    ) -> None:
        """Take note of what was shown by a vector.

        :param after: the GET after it, if it was of the same resource.
        """
        if not compares_date(vector) or not _tells_date(before):
            return
        if result.is_changed and after and not _tells_date(after):
            self.waits_left -= self.needs_date(vector)
        self._shown.add(_kind_of(vector))
        is_false = vector.expect.outcome is Outcome.FAILED
        is_plain = is_false and topic_of(vector) is Topic.BASIC and self._is_settled_by_date(vector)
        if result.is_changed and is_plain:
            self._unread.add(vector.method)

    def next_of(self, waiting: Sequence[Vector], *, is_told: bool) -> int:
        """Choose what is played next: as long as there is anything else, no date is waited for.

        :param waiting: the vectors that are left, in the order of the table.
        :param is_told: whether the date is there now.
        """

        def cost(place: int) -> tuple[bool, bool, bool]:
            vector = waiting[place]
            is_write = not vector.expect.unchanged
            if self.needs_date(vector):
                return (not is_told, is_write, _kind_of(vector) in self._shown)
            return (is_told or is_write, is_write, True)

        return min(range(len(waiting)), key=cost)


def _tells_date(seen: Exchange) -> bool:
    return seen.response.get("Last-Modified") is not None


def state_with_clock(before: Exchange) -> State:
    """Give a state whose date, where it is not told yet, is that of the server's clock.

    It is no earlier than the one that will be told, so that a right server goes ahead.
    """
    told = (value for name, value in before.response.fields if name.lower() == "date")
    state, now = state_of(before), parse_http_date(next(told, ""))
    if state is ABSENT or state.last_modified is not None:
        return state
    return replace(state, last_modified=now)


def is_of_now(vector: Vector, before: Exchange) -> bool:
    """Tell whether a write names a date that is the server's own now.

    A server that compares the date with its clock, not with the resource, is not told from a
    right one before that second is over.
    """
    is_plain = vector.expect.outcome is Outcome.PERFORM and topic_of(vector) is Topic.BASIC
    if not (is_plain and field_of(vector) == Field.IF_UNMODIFIED_SINCE and vector.method != "GET"):
        return False
    told, date = (parse_http_date(before.response.get(name) or "") for name in _CLOCKS)
    now = date or datetime.now(UTC).replace(microsecond=0)
    return told is not None and told >= now


_CLOCKS = ("Last-Modified", "Date")


def await_clock(vector: Vector, before: Exchange) -> None:
    """Wait till the second is over that :func:`is_of_now` speaks of."""
    if is_of_now(vector, before):
        time.sleep(CLOCK_SECONDS)  # the date of a write must lie before the server's own now


def sends_date(vector: Vector) -> bool:
    """Tell whether a vector is about a date, or about there being none."""
    return any(name in _DATE_FIELDS or "{date" in value for name, value in vector.fields)


_DATE_FIELDS = (Field.IF_MODIFIED_SINCE, Field.IF_UNMODIFIED_SINCE)


def _kind_of(vector: Vector) -> Kind:
    return vector.method, field_of(vector), topic_of(vector), vector.expect.unchanged
