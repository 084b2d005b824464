"""Whether GET shows what is stored, or what a copy of it holds that lags behind."""

from collections.abc import Hashable

from ..conformance.wire import Exchange
from .bodies import Bodies
from .writes import is_success

PROOF = 3
"""How often a copy must lag behind to be told from chance."""

WHY = (
    "GET shows what was there before a write after the write was acknowledged, and later what was "
    "written: it reads from a copy that lags behind, and does not tell what a request did"
)


class Copies:
    """Follows the contents that were acknowledged and shown; each is sent once only.

    ``lags`` counts the reads in which something older was shown than was acknowledged, and that
    is no fault of the write: what it sent was shown before, or was shown later.
    """

    def __init__(self, bodies: Bodies) -> None:
        self.bodies = bodies
        self.lags = 0
        self._order: dict[Hashable, int] = {}
        self._unseen: set[Hashable] = set()
        self._newest = -1

    def see(self, now: Exchange) -> bool:
        """Look at a GET; tell whether it shows that one lags behind."""
        mark = self.bodies.mark_of(now)
        order = self._order.get(mark, -1)
        is_late = mark in self._unseen or 0 <= order < self._newest
        self._unseen.discard(mark)
        self._newest = max(self._newest, order)
        self.lags += is_late
        return is_late

    def sent(self, exchange: Exchange, after: Exchange) -> None:
        """Take note of a write and the GET after it."""
        mark = self.bodies.mark(exchange.body)
        if mark is None or not is_success(exchange):
            return
        self._order[mark] = len(self._order)
        if self.bodies.mark_of(after) != mark:
            self._unseen.add(mark)
