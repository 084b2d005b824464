"""Let many clients write to one resource, and see whether every write is still there."""

import secrets
from collections.abc import Iterable
from contextlib import ExitStack

from flask import Flask

from ..conformance.races import RaceResult
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
from .crowd import NO_TRACE
from .crowd import Crowd
from .crowd import Seen
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
) -> RaceResult:
    """Assert that no acknowledged write to a resource is ever lost.

    The text of the resource is made anew. Then some clients at once read it, add a mark of
    their own and save it with If-Match, again after each 412, until all their writes are
    acknowledged. In the end every mark must be there, and at no time a mark whose write was
    refused: who is told 412 must be able to rely on it.

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
    :raises AssertionError: naming the writes that were lost, those that were refused and took
        place all the same, or the answer that was wrong.
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
        body, before = _write_alone(client, target, method, field, read, write)
        crowd = Crowd(client, target, body, before, method, clients, rounds, meeting)
        try:
            report = run_lost_updates(
                crowd, target, clients=clients, rounds=rounds, read=body.read, write=crowd.write
            )
        except ConnectionError as error:
            # One client's error ends the others' waiting, and theirs is not what went wrong.
            if crowd.wrong is not None and not isinstance(crowd.error, AssertionError):
                raise AssertionError(_explain_wrong(crowd.wrong)) from None
            raise crowd.error or error from None
    if report.lost or report.refused_yet_written:
        raise AssertionError(_explain_losses(report, crowd.statuses))
    return report


def _explain_wrong(wrong: Exchange) -> str:
    return (
        f"a {wrong.method} was answered {wrong.response.status} while others wrote; one that "
        f"loses the race is 412, like one that comes a moment later (RFC 9110 §13.1.1)\n{wrong}"
    )


def _explain_losses(report: RaceResult, statuses: dict[str, int]) -> str:
    lost = [
        f"{_name(mark)} was acknowledged with {statuses[mark]} and is not in the final document"
        for mark in _in_order(report.lost)
    ]
    written = [
        f"{_name(mark)} was refused with 412 and is in the document all the same"
        for mark in _in_order(report.refused_yet_written)
    ]
    lines = lost + written
    if len(lines) > _SHOWN:
        lines[_SHOWN:] = [f"and {len(lines) - _SHOWN} more"]
    lines.append(str(report))
    if lost:
        lines.append(
            "The check and the write are two steps, and another write came between them. Name "
            "the compared state in the write (UPDATE … WHERE id = ? AND rev = ?) and confirm "
            "that it changed a row, or check again under a lock (RFC 9110 §13.1.1)."
        )
    if written:
        lines.append(NO_TRACE)
    return "\n".join(lines)


def _in_order(marks: Iterable[str]) -> list[str]:
    return sorted(marks, key=lambda mark: [int(number) for number in mark.split("-")])


def _name(mark: str) -> str:
    client, write, _ = mark.split("-")
    return f"client {client}'s write {write}"


def _write_alone(
    client: Client,
    target: str,
    method: str,
    field: str | None,
    read: Read | None,
    write: Write | None,
) -> tuple[Body, Seen]:
    """See that one client alone can save the resource, and that a stale save leaves no trace.

    :return: where the text is, and the state that the resource has now.
    :raises AssertionError: when it cannot, or when it does.
    """
    __tracebackhide__ = True
    if method not in ("PUT", "PATCH"):
        raise SetupError(f"method is {method!r}; it must be 'PUT' or 'PATCH'")
    seen = read_first(client, target).response
    body = body_of(seen.body, method, field, read, write)

    def save(tag: str) -> tuple[str, Exchange, Seen]:
        # The text starts anew, or marks of an earlier trial would stand in for lost ones.
        text = f"alone-{secrets.token_hex(4)}"
        sent = client.send(method, target, [("If-Match", tag)], body.write(text))
        return text, sent, Seen.at(client, target, body)

    first = Seen(seen.get("ETag") or "", body.read(seen.body))
    text, saved, after = save(first.tag)
    status = saved.response.status
    if status == 405 and method == "PUT" and "PATCH" in (saved.response.get("Allow") or ""):
        raise SetupError(
            f"{target} takes no PUT, and it takes PATCH: "
            f'assert_no_lost_updates(…, {target!r}, method="PATCH")'
        )
    if not 200 <= status < 300 and after != first:
        raise AssertionError(
            f"one client alone was refused with {status}, and its write took place all the same: "
            f"the resource was {first}, and is {after}\n{saved}\n{NO_TRACE}"
        )
    if not 200 <= status < 300:
        raise AssertionError(
            "one client alone cannot save what it has just read; if the resource wants another "
            f"body, give read= and write=\n{saved}"
        )
    if after.text.split() != [text]:
        raise AssertionError(
            f"{method} was answered {status} and did not save its text; the "
            f"resource has {after.text!r}\n{saved}"
        )
    if after.tag == first.tag:
        raise AssertionError(
            f"{method} changed the text, and the tag is {first.tag} as before, so that the old "
            "text cannot be told from the new one; let every write move it: SET …, rev = rev + 1 "
            f"(RFC 9110 §8.8.1)\n{saved}"
        )
    _, late, then = save(first.tag)
    told = late.response.status
    if 200 <= told < 300:
        raise AssertionError(
            f"a {method} with the tag {first.tag} was acknowledged with {told} after the tag "
            f"had become {after.tag} (RFC 9110 §13.1.1)\n{late}"
        )
    if then != after:
        raise AssertionError(
            f"a {method} with the tag of an older state was refused with {told}, and took "
            f"place all the same: the resource was {after}, and is {then}\n{late}\n{NO_TRACE}"
        )
    return body, after
