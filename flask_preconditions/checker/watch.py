"""The reads of a resource between the requests of a check."""

from collections.abc import Iterable
from contextlib import suppress

from ..conformance.applicability import state_of
from ..conformance.play import Settled
from ..conformance.play import has_date
from ..conformance.play import has_strong_tag
from ..conformance.play import read_until
from ..conformance.table import Vector
from ..conformance.wire import Exchange
from ..core import ABSENT
from ..core import EntityTag
from ..core import InvalidField
from ..core import State
from .client import CheckClient
from .comparison import GONE
from .survey import Survey
from .unusable import Unreadable

MOST_KEPT = 8
"""How many tags are remembered."""

_SEEN = (200, *GONE)
"""The statuses of a GET that shows what is there, or that nothing is."""


class Watch:
    """What is known of a resource from one request to the next.

    :param tags: what it told before, the last one last.

    ``seen`` is what it was when it was last looked at, if nothing was sent since.
    """

    def __init__(
        self, client: CheckClient, target: str, found: Survey, tags: Iterable[str]
    ) -> None:
        self.client = client
        self.target = target
        self.seen: Exchange | None = None
        self._earlier = _readable(tags)
        self._has_tag = all(read.response.get("ETag") is not None for read in found.reads)
        self._awaited: set[Settled] = {has_date}
        if has_strong_tag(found.reads[-1]):
            self._awaited.add(has_strong_tag)

    @property
    def tells_date(self) -> bool:
        """Tell whether the date is there, or does not come however long it is waited for."""
        return has_date not in self._awaited or (self.seen is not None and has_date(self.seen))

    def look(
        self, target: str, vector: Vector | None = None, *, is_dated: bool = False
    ) -> Exchange:
        """Read a target; what was read of the resource after one request is known for the next.

        :param vector: what is sent next; its strong tag is waited for.
        :param is_dated: whether the date is waited for.
        :raises Unreadable: when the answer does not show what is there.
        """
        seen = self.seen if target == self.target else None
        self.seen = None
        seen = seen or self.client.send("GET", target)
        if is_dated:
            seen = self._read_until(target, seen, has_date)
        if vector and vector.mentions("{etag"):
            seen = self._read_until(target, seen, has_strong_tag)
        if seen.response.status not in _SEEN:
            raise Unreadable(
                f"GET is {seen.response.status} by now, and does not show what is there ({target})"
            )
        if target == self.target:
            self._see_that_it_is_the_resource(seen)
            self._remember(seen)
        return seen

    def _see_that_it_is_the_resource(self, seen: Exchange) -> None:
        """See that no page has come in its place, to log in or to wait, with status 200."""
        has_tag = seen.response.get("ETag") is not None
        if self._has_tag and not has_tag and seen.response.status == 200:
            kind = seen.response.get("Content-Type") or "without a Content-Type"
            raise Unreadable(
                f"GET tells no ETag by now, where it told one; it may be another page ({kind})"
            )

    def _read_until(self, target: str, seen: Exchange, awaited: Settled) -> Exchange:
        if awaited not in self._awaited or awaited(seen):
            return seen
        seen = read_until(self.client, target, seen, awaited)
        if not awaited(seen):
            self._awaited.remove(awaited)  # it does not come, so nobody waits again
        return seen

    def _remember(self, seen: Exchange) -> None:
        state = state_of(seen)
        tag = None if state is ABSENT else state.etag
        if tag is not None and (not self._earlier or self._earlier[-1] != tag):
            self._earlier = [*self._earlier[-MOST_KEPT:], tag]

    def earlier_than(self, current: State, changes: int = 1) -> EntityTag | None:
        """Give the last tag that was another one, or the one of more changes ago."""
        now = None if current is ABSENT else current.etag
        # Its own weak form, told in its first second, is no other tag (§8.8.3.2).
        others = [
            tag for tag in reversed(self._earlier) if now is None or not now.weakly_equals(tag)
        ]
        return others[changes - 1] if len(others) >= changes else None


def _readable(tags: Iterable[str]) -> list[EntityTag]:
    found = []
    for tag in tags:
        with suppress(InvalidField):
            found.append(EntityTag.parse(tag))
    return found
