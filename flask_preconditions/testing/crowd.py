"""The clients of a trial, and what makes them start from one state."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from ..conformance.wire import Client
from ..conformance.wire import Exchange
from .bodies import Body
from .meetings import MARK_HEADER
from .meetings import Meeting

NO_TRACE = (
    "A refusal must leave no trace. Let the write itself say whether it took place: confirm the "
    "rows of RETURNING; a count such as cursor.rowcount can be another thread's where threads "
    "share a connection. What was written before the refusal must be rolled back "
    "(RFC 9110 §13.2.1)."
)
"""What to do about a write under a refusal."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A resource as somebody read it.

    :param tag: its entity tag in wire form.
    :param text: the text that gets the marks.
    """

    tag: str
    text: str

    @classmethod
    def at(cls, client: Client, target: str, body: Body) -> Self:
        """Read it.

        :raises AssertionError: when it cannot be read.
        """
        got = client.send("GET", target)
        if got.response.status != 200:
            raise AssertionError(f"a GET was answered {got.response.status}\n{got}")
        return cls(got.response.get("ETag") or "", body.read(got.response.body))

    def __str__(self) -> str:
        return f"{self.text!r} under the tag {self.tag}"


class Crowd(Client):
    """The clients of a trial; each of them has a thread.

    :param client: what sends their requests.
    :param before: the state from which all of them start.
    """

    def __init__(
        self,
        client: Client,
        target: str,
        body: Body,
        before: Seen,
        method: str,
        clients: int,
        rounds: int,
        meeting: Meeting | None,
    ) -> None:
        super().__init__(client.base_url, client.fields)
        self.client = client
        self.target = target
        self.body = body
        self.before = before
        self.method = method
        self.writes = clients * rounds
        self.meeting = meeting
        self.statuses: dict[str, int] = {}
        self.wrong: Exchange | None = None
        self.error: BaseException | None = None
        self._start = threading.Barrier(clients)
        self._end = threading.Barrier(clients, self._look_back)
        self._first: list[int] = []
        self._own = threading.local()

    def write(self, text: str) -> bytes:
        """Make the body of a write, and keep which one it is."""
        self._own.mark = text.split()[-1]
        return self.body.write(text)

    def send(
        self,
        method: str,
        target: str,
        fields: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "",
    ) -> Exchange:
        """Send one request of the client whose thread this is."""
        try:
            if method == "GET":
                seen = self.client.send(method, target, fields)
                if seen.response.status != 200:
                    self._fail(seen)
                return seen
            return self._save(target, fields, body)
        except BaseException as error:
            self.error = self.error or error
            self._break_off()
            raise

    def _save(self, target: str, fields: Iterable[tuple[str, str]], body: bytes) -> Exchange:
        mark: str = self._own.mark
        is_first = not hasattr(self._own, "has_started")
        if self.meeting:
            self.meeting.expect(mark)
        try:
            if is_first:
                self._own.has_started = True
                self._together(self._start)
            sent = self.client.send(self.method, target, [*fields, (MARK_HEADER, mark)], body)
        finally:
            if self.meeting:
                self.meeting.leave(mark)
        status = sent.response.status
        if 200 <= status < 300:
            self.statuses[mark] = status
            self._own.refusals = 0
        elif status == 412:
            # Each refusal is another's success, and there are only so many of them.
            self._own.refusals = getattr(self._own, "refusals", 0) + 1
            if self._own.refusals > self.writes:
                raise AssertionError(
                    f"a client was refused {self._own.refusals} times in a row, and there are "
                    f"only {self.writes} writes to lose a race against\n{sent}"
                )
        elif status != 503:
            self._fail(sent)
        if is_first:
            self._first.append(status)
            self._together(self._end)
        return sent

    def _together(self, barrier: threading.Barrier) -> None:
        """Hold each client's first write until all have read, and its answer until all have one."""
        try:
            barrier.wait()
        except threading.BrokenBarrierError:
            raise ConnectionError("another client broke off") from self.error

    def _look_back(self) -> None:
        """See that nothing has moved when every first write was refused.

        :raises AssertionError: when something has.
        """
        if set(self._first) != {412}:
            return
        after = Seen.at(self.client, self.target, self.body)
        if after != self.before:
            raise AssertionError(
                f"all {len(self._first)} clients were refused with 412, and one of the writes took "
                f"place all the same: the resource was {self.before}, and is {after}\n{NO_TRACE}"
            )

    def _break_off(self) -> None:
        self._start.abort()
        self._end.abort()

    def _fail(self, exchange: Exchange) -> None:
        self.wrong = self.wrong or exchange
        self._break_off()
