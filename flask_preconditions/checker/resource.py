"""Play the table at one resource of a server, and leave it as it was."""

import sys
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from ..conformance import load_vectors
from ..conformance.trial import Body
from ..conformance.trial import Trial
from ..conformance.wire import Client
from ..conformance.wire import Exchange
from ..testing.clients import TypedClient
from .report import Report
from .report import Unusable
from .writes import Vacancy
from .writes import Writer

_READS = frozenset({"GET", "HEAD"})
_NEVER_SENT = {
    "DELETE": "DELETE is never sent",
    "CONNECT": "CONNECT is for proxies",
}
_WRITES_NOT_SENT = {
    method: f"{method} is sent with --write" for method in ("PUT", "PATCH")
} | _NEVER_SENT
_UNCHANGED = Body(read=lambda body: "", write=lambda text: b"")
_VALIDATORS = ("ETag", "Last-Modified")


def check(
    url: str,
    *,
    headers: Iterable[tuple[str, str]] = (),
    write: bool = False,
    field: str | None = None,
    bodies: Sequence[bytes] = (),
    restore: bytes | None = None,
    content_type: str | None = None,
    absent: str | None = None,
    required: bool | None = None,
    strict: bool = False,
    rounds: int = 20,
) -> Report:
    """Check how a server treats the preconditions of requests to one of its resources.

    Without ``write`` nothing but safe methods is sent. With it the resource is overwritten
    many times, and put back in the end. It is never deleted.

    :param url: an existing resource that GET answers with 200.
    :param headers: what every request carries, such as an ``Authorization``.
    :param write: whether writes are sent too.
    :param field: the string of a JSON resource that writes may change; its only one
        without it.
    :param bodies: in place of ``field``, two bodies that make different representations.
    :param restore: a body that makes the resource what it is now, where a write does not
        take what GET gives.
    :param content_type: of the bodies; the resource's own by default.
    :param absent: a URL of the same server where nothing is. With ``write`` it is created
        by PUT, and deleted again.
    :param required: whether a write without a condition is to be 428; found out by one
        such write by default.
    :param strict: whether to judge what the RFC leaves open too: the problem documents, the
        400 to a malformed condition, no tag on the answer to PUT.
    :param rounds: how often two writers race.
    :raises Unusable: when the resource cannot be read, or not be written as it must.
    """
    client, target = _client_of(url, tuple(headers))
    vectors = list(load_vectors())
    with _unusable_without_connection(url):
        first = _read(client, target)
        own_type = first.response.get("Content-Type") or "application/octet-stream"
        client = TypedClient(client.base_url, client.fields, content_type or own_type)
        nothing = Vacancy(client, _target_beside(url, absent)) if absent else None
        if not write:
            trial = Trial(
                client, target, _UNCHANGED, "", _READS, False, nothing, None, _WRITES_NOT_SENT
            )
            results = tuple(trial.play_all(vectors))
            return Report(url, _validators(first), results, strict)
        writer = Writer(client, target, first, field, bodies, restore)
        with _restored(writer, nothing) as faults:
            asks = writer.asks_for_a_condition() if required is None else required
            allowed = {*_READS, writer.method}
            trial = Trial(client, target, writer.body, writer.text, allowed, asks, nothing, None)
            results = tuple(trial.play_all(vectors))
            race = writer.race(rounds)
    left = "; ".join(faults) or None
    return Report(url, _validators(first), results, strict, asks, race, left)


@contextmanager
def _restored(writer: Writer, nothing: Vacancy | None) -> Iterator[list[str]]:
    """Put everything back in the end, whatever happens; give what could not be."""
    faults: list[str] = []
    try:
        yield faults
    finally:
        attempts: list[Callable[[], str | None]] = [writer.restore]
        attempts += [nothing.restore] if nothing else []
        faults += [fault for restore in attempts if (fault := restore())]
        if faults and sys.exception():
            raise Unusable(f"the check broke off, and {'; '.join(faults)}") from sys.exception()


@contextmanager
def _unusable_without_connection(url: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unusable(f"{url} does not answer as a server does: {error}") from None


def _client_of(url: str, headers: tuple[tuple[str, str], ...]) -> tuple[Client, str]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Unusable(f"{url!r} is no URL of a resource; give one like https://host/docs/1")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Client(f"{parts.scheme}://{parts.netloc}", headers), target


def _target_beside(url: str, absent: str) -> str:
    parts, here = urlsplit(absent), urlsplit(url)
    if parts.netloc and (parts.scheme, parts.netloc) != (here.scheme, here.netloc):
        raise Unusable(f"--absent {absent} is at another server than {url}")
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _read(client: Client, target: str) -> Exchange:
    seen = client.send("GET", target)
    status = seen.response.status
    if status in (401, 403):
        raise Unusable(f"GET is {status}; send what it asks for: -H 'Authorization: …'\n{seen}")
    if 300 <= status < 400:
        where = seen.response.get("Location")
        raise Unusable(f"GET is {status}; check the resource it points to: {where}\n{seen}")
    if status != 200:
        raise Unusable(f"GET is {status}; the check takes a resource that is there (200)\n{seen}")
    return seen


def _validators(seen: Exchange) -> str:
    told = [f"{n}: {value}" for n in _VALIDATORS if (value := seen.response.get(n))]
    return ", ".join(told) or "neither ETag nor Last-Modified"
