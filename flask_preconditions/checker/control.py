"""The same request without its condition, before a refusal is held against a server."""

from collections import Counter

from ..conformance.table import Vector
from ..conformance.verdicts import Result
from ..conformance.wire import Exchange
from .client import CheckClient
from .survey import QUERY_BODY
from .survey import Survey
from .unusable import Refused
from .unusable import Unplayable
from .vacancy import Vacancy
from .writes import WITH_CONTENT
from .writes import Writer

_OF_CONDITIONS = (304, 412, 428)
"""Statuses that nothing but a condition is answered with."""

REFUSALS = 2
"""After how many such refusals, one after the other, a method is not sent any more."""


class Control:
    """Tells a condition that is answered wrong from a request that is refused whatever it says.

    A credential that ran out, a ban, a lock, a limit, a full disk: what is refused without the
    condition too, tells nothing of it (RFC 9110 §13.2.1).
    """

    def __init__(
        self,
        client: CheckClient,
        target: str,
        found: Survey,
        writer: Writer | None,
        vacancy: Vacancy | None,
    ) -> None:
        self.client = client
        self.target = target
        self.found = found
        self.writer = writer
        self.vacancy = vacancy
        self._refusals: Counter[str] = Counter()
        self._plain: dict[str, int] = {}

    def see_that_it_is_let_through(self, vector: Vector, result: Result) -> None:
        """See that a request is answered with success where it carries no false condition.

        :raises Refused: when it is not, as it was at first.
        """
        exchange = result.exchange
        if exchange is None or (vector.method == "DELETE" and vector.state != "absent"):
            return  # made anew for each vector, by requests that are looked at
        status = exchange.response.status
        if 200 <= status < 300 or status in _OF_CONDITIONS:
            return
        if vector.state == "absent":
            self._see_that_it_is_let_through_where_nothing_is(vector.method, exchange)
            return
        told = self._plain_status(vector.method)
        if told is None:
            self._refusals[vector.method] = 0
            return
        self._refusals[vector.method] += 1
        is_last = self._refusals[vector.method] >= REFUSALS
        raise Refused(vector.method, f"a plain {vector.method} is {told} by now", is_last)

    def _see_that_it_is_let_through_where_nothing_is(self, method: str, refused: Exchange) -> None:
        """See the same of a place that may be closed by now, as one that is 410 once it was left.

        :raises Unplayable: when a plain request has the same answer there.
        """
        status = refused.response.status
        if method in WITH_CONTENT:
            if self.vacancy is None:
                return
            plain = self.vacancy.fill()
        else:
            body = QUERY_BODY if method == "QUERY" else b""
            plain = self.client.send(method, refused.target, (), body)
        if plain.response.status == status:
            raise Unplayable(f"a plain {method} is {status} too by now, where nothing is")

    def plain_status_of(self, method: str) -> int:
        """Send a write without a condition once, and give how it is refused; 0 where it is not."""
        if method not in self._plain:
            if method == "DELETE":
                assert self.vacancy is not None
                sent = self.client.send(method, self.vacancy.create())
            else:
                assert self.writer is not None
                sent = self.writer.write(
                    self.writer.content(method, self.writer.read()), method=method
                )
            status = sent.response.status
            self._plain[method] = status if status >= 400 else 0
        return self._plain[method]

    def _plain_status(self, method: str) -> int | None:
        """Give the status of a plain request that is not answered as it was at first."""
        if method in WITH_CONTENT:
            refused = self.writer.refusal(method) if self.writer else None
            return refused.response.status if refused else None
        body = QUERY_BODY if method == "QUERY" else b""
        status = self.client.send(method, self.target, (), body).response.status
        return None if status == self.found.plain.get(method) else status
