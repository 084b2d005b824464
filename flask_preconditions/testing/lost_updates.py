"""Let many clients write to one resource, and see whether every write is still there."""

import secrets
import threading
from collections.abc import Iterable
from contextlib import ExitStack

from flask import Flask

from ..conformance.races import Report
from ..conformance.races import run_lost_updates
from ..conformance.wire import Client
from ..conformance.wire import Exchange
from ..exceptions import SetupError
from .bodies import Body
from .bodies import Read
from .bodies import Write
from .bodies import body_of
from .clients import Headers
from .clients import client_of
from .clients import read_first
from .clients import serving
from .meetings import MARK_HEADER
from .meetings import Meeting
from .meetings import meeting_in

_SHOWN = 5


def assert_no_lost_updates(
    where: Flask | str,
    target: str,
    *,
    field: str | None = None,
    read: Read | None = None,
    write: Write | None = None,
    headers: Headers = (),
    content_type: str = "application/json",
    method: str = "PUT",
    clients: int = 4,
    rounds: int = 20,
) -> Report:
    """Assert that no acknowledged write to a resource is ever lost.

    The text of the resource is made anew. Then some clients at once read it, add a mark of
    their own and save it with If-Match, again after each 412, until all their writes are
    acknowledged. In the end every mark must be there.

    An application is served on a free port, with a thread for each request. Its guarded
    writes are brought together between the check and the write, so that a check that is
    apart from its write does not get away with luck. Of a URL, the first writes are sent at
    the same moment, and the rest is chance: give it more clients and rounds.

    :param where: the application, or a URL.
    :param target: the path of an existing resource. It is written to.
    :param field: the string of a JSON resource that gets the marks; its only one without it.
    :param read: in place of ``field``, what gets the text out of any other resource.
    :param write: the body of a write that puts a text there; goes with ``read``.
    :param headers: what every request carries, such as an ``Authorization``.
    :param method: PUT, which sends the whole resource, or PATCH, which sends the field.
    :param clients: how many there are at once.
    :param rounds: how many writes each of them makes.
    :return: what was acknowledged and how often each status was the answer.
    :raises AssertionError: naming the writes that were lost, or the answer that was wrong.
    :raises SetupError: when an argument is off.
    """
    __tracebackhide__ = True
    if clients < 2 or rounds < 1:
        raise SetupError("a race takes two clients and a round: clients=2, rounds=1")
    with ExitStack() as stack:
        meeting = None
        if isinstance(where, Flask):
            meeting = stack.enter_context(meeting_in(where))
            where = stack.enter_context(serving(where))
        client = client_of(where, headers, content_type)
        body = _write_alone(client, target, method, field, read, write)
        crowd = _Crowd(client, body, method, clients, rounds, meeting)
        try:
            report = run_lost_updates(
                crowd, target, clients=clients, rounds=rounds, read=body.read, write=crowd.write
            )
        except ConnectionError:
            if crowd.wrong is None:
                raise
            raise AssertionError(_explain_wrong(crowd.wrong)) from None
    if report.lost:
        raise AssertionError(_explain_lost(report, crowd.statuses))
    return report


def _explain_wrong(wrong: Exchange) -> str:
    return (
        f"a {wrong.method} was answered {wrong.response.status} while others wrote; one that "
        f"loses the race is 412, like one that comes a moment later (RFC 9110 §13.1.1)\n{wrong}"
    )


def _explain_lost(report: Report, statuses: dict[str, int]) -> str:
    lost = sorted(report.lost, key=lambda mark: [int(number) for number in mark.split("-")])
    lines = [
        "client {}'s write {} was acknowledged with {} and is not in the final document".format(
            *mark.split("-"), statuses[mark]
        )
        for mark in lost[:_SHOWN]
    ]
    if len(lost) > _SHOWN:
        lines.append(f"and {len(lost) - _SHOWN} more")
    return "\n".join(
        [
            *lines,
            str(report),
            "The check and the write are two steps, and another write came between them. Name "
            "the compared state in the write (UPDATE … WHERE id = ? AND rev = ?) and confirm "
            "that it changed a row, or check again under a lock (RFC 9110 §13.1.1).",
        ]
    )


def _write_alone(
    client: Client,
    target: str,
    method: str,
    field: str | None,
    read: Read | None,
    write: Write | None,
) -> Body:
    """See that one client alone can read the resource and save it.

    :raises AssertionError: when it cannot.
    """
    __tracebackhide__ = True
    if method not in ("PUT", "PATCH"):
        raise SetupError(f"method is {method!r}; it must be 'PUT' or 'PATCH'")
    seen = read_first(client, target)
    tag = seen.response.get("ETag") or ""
    body = body_of(seen.response.body, method, field, read, write)
    # The text starts anew, or marks of an earlier trial would stand in for lost ones.
    text = f"alone-{secrets.token_hex(4)}"
    saved = client.send(method, target, [("If-Match", tag)], body.write(text))
    allow = saved.response.get("Allow") or ""
    if saved.response.status == 405 and method == "PUT" and "PATCH" in allow:
        raise SetupError(
            f"{target} takes no PUT, and it takes PATCH: "
            f'assert_no_lost_updates(…, {target!r}, method="PATCH")'
        )
    if not 200 <= saved.response.status < 300:
        raise AssertionError(
            "one client alone cannot save what it has just read; if the resource wants another "
            f"body, give read= and write=\n{saved}"
        )
    after = body.read(client.send("GET", target).response.body)
    if after.split() != [text]:
        raise AssertionError(
            f"{method} was answered {saved.response.status} and did not save its text; the "
            f"resource has {after!r}\n{saved}"
        )
    return body


class _Crowd(Client):
    """The clients of a trial; each of them has a thread.

    :param client: what sends their requests.
    """

    def __init__(
        self,
        client: Client,
        body: Body,
        method: str,
        clients: int,
        rounds: int,
        meeting: Meeting | None,
    ) -> None:
        super().__init__(client.base_url, client.fields)
        self.client = client
        self.body = body
        self.method = method
        self.writes = clients * rounds
        self.meeting = meeting
        self.statuses: dict[str, int] = {}
        self.wrong: Exchange | None = None
        self.error: BaseException | None = None
        self._start = threading.Barrier(clients)
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
        content_type: str = "application/json",
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
            self._start.abort()
            raise

    def _save(self, target: str, fields: Iterable[tuple[str, str]], body: bytes) -> Exchange:
        mark: str = self._own.mark
        if self.meeting:
            self.meeting.expect(mark)
        try:
            self._start_together()
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
        return sent

    def _start_together(self) -> None:
        """Hold each client's first write until every client has read the same state."""
        if hasattr(self._own, "has_started"):
            return
        self._own.has_started = True
        try:
            self._start.wait()
        except threading.BrokenBarrierError:
            raise ConnectionError("another client broke off") from self.error

    def _fail(self, exchange: Exchange) -> None:
        self.wrong = self.wrong or exchange
        self._start.abort()
