"""The reads of a resource between the requests of a check."""

from collections.abc import Iterable
from contextlib import suppress

from ..conformance.applicability import compares_date
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
from .survey import Survey


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
        self._awaited: set[Settled] = {has_date}
        if has_strong_tag(found.reads[-1]):
            self._awaited.add(has_strong_tag)

    def look(self, target: str, vector: Vector | None = None) -> Exchange:
        """Read a target; what was read of the resource after one request is known for the next.

        :param vector: what is sent next; its date, or its strong tag, is waited for.
        """
        seen = self.seen if target == self.target else None
        self.seen = None
        seen = seen or self.client.send("GET", target)
        if vector:
            for awaited in self._awaited & _needs(vector):
                seen = read_until(self.client, target, seen, awaited)
                if not awaited(seen):
                    self._awaited.remove(awaited)  # it does not come, so nobody waits again
        if target == self.target:
            self._remember(seen)
        return seen

    def _remember(self, seen: Exchange) -> None:
        state = state_of(seen)
        tag = None if state is ABSENT else state.etag
        if tag is not None and (not self._earlier or self._earlier[-1] != tag):
            self._earlier = [*self._earlier[-2:], tag]

    def earlier_than(self, current: State) -> EntityTag | None:
        """Give the last tag that was another one."""
        now = None if current is ABSENT else current.etag
        return next((tag for tag in reversed(self._earlier) if tag != now), None)


def _readable(tags: Iterable[str]) -> list[EntityTag]:
    found = []
    for tag in tags:
        with suppress(InvalidField):
            found.append(EntityTag.parse(tag))
    return found


def _needs(vector: Vector) -> set[Settled]:
    needs: set[Settled] = {has_date} if compares_date(vector) else set()
    return needs | {has_strong_tag} if vector.mentions("{etag") else needs
