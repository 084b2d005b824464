"""Whole requests to real servers, against the evaluator that was written apart.

``python -m tests.fuzz.requests gunicorn 100000 1`` sends so many, random but for the seed.
"""

import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import NamedTuple

from tests import rfc9110
from tests.fuzz.app import METHODS
from tests.fuzz.app import TARGETS

SERVERS = {
    "gunicorn": ["gunicorn", "--workers=1", "--threads=2", "--log-level=error", "--bind"],
    "waitress": ["waitress", "--threads=2", "--listen"],
}
FIELDS = ("If-Match", "If-Unmodified-Since", "If-None-Match", "If-Modified-Since", "If-Range")

TAGS = ('"v1"', '"v0"', 'W/"v1"', 'W/"v0"', '","', '",W/"', '""')
DATES = (
    *("Tue, 15 Nov 1994 12:45:26 GMT", "Tue, 15 Nov 1994 12:45:25 GMT"),
    *("Wednesday, 16-Nov-94 12:45:26 GMT", "Tue Nov 15 12:45:26 1994"),
)

# What any value is made of: well-formed parts, and what breaks them.
PIECES = (
    *TAGS,
    *DATES,
    *("*", ",", ", ", " ", "\t", "GMT", "1994", "60"),
    *("v1", '"', "W/", "w/", "'v1'", '"v 1"', '"a""b"', "é", '"é"', "\x80", "%0d%0a", "\\"),
)


class Sent(NamedTuple):
    """A request of this module."""

    method: str
    policy: str
    name: str
    fields: tuple[tuple[str, str], ...]


class Got(NamedTuple):
    """What matters of an answer."""

    status: int
    fields: dict[str, str]
    content: bytes


def value(field: str, chance: random.Random) -> str:
    """Make a value: one that the field may have, or any at all."""
    if chance.random() < 0.25:
        return "".join(chance.choices(PIECES, k=chance.randint(1, 5)))
    if field.endswith("Since") or (field == "If-Range" and chance.random() < 0.5):
        return chance.choice(DATES)
    if chance.random() < 0.15:
        return "*"
    separator = chance.choice((",", ", ", " ,\t,"))
    return separator.join(chance.choices(TAGS, k=chance.choice((1, 1, 2, 4))))


def make(chance: random.Random) -> Sent:
    """Make a random request."""
    fields = []
    for field in FIELDS:
        if chance.random() < 0.35:
            fields.append((field, value(field, chance)))
    if chance.random() < 0.3:
        fields.append(("Range", "bytes=0-3"))
    return Sent(
        chance.choice((*METHODS, "HEAD", "OPTIONS")),
        chance.choice(("free", "asked")),
        chance.choice((*TARGETS, "absent")),
        tuple(fields),
    )


@contextmanager
def served(name: str) -> Iterator[int]:
    """Run the application on a real server; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    *command, bind = SERVERS[name]
    where = f"127.0.0.1:{port}"
    listen = [f"{bind}={where}"] if name == "waitress" else [bind, where]
    process = subprocess.Popen(
        [sys.executable, "-m", *command, *listen, "tests.fuzz.app:app"], stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if process.poll() is not None:
                    raise
                time.sleep(0.05)  # between two polls, up to their number
        yield port
    finally:
        process.terminate()
        process.wait(20)


class Client:
    """Sends requests, over one connection as long as the server keeps it."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def send(self, sent: Sent) -> Got:
        """Send a request and read the whole answer."""
        for attempt in (1, 2):
            try:
                self.connection.putrequest(sent.method, f"/{sent.policy}/{sent.name}")
                for name, value in sent.fields:
                    self.connection.putheader(name, value.encode("latin-1"))
                self.connection.endheaders()
                response = self.connection.getresponse()
                content = response.read()
                return Got(response.status, dict(response.headers), content)
            except OSError:  # the server has closed a connection that it kept before
                self.connection.close()
                if attempt == 2:
                    raise
        raise AssertionError


def fault(sent: Sent, got: Got) -> str | None:
    """Tell what is wrong with an answer, if anything is."""
    if "X-App" not in got.fields:  # the server refuses a field with control characters
        return None if got.status == 400 else f"{sent}: {got}"
    ran = got.fields.get("X-View") == "ran"
    if sent.method == "OPTIONS":
        return f"{sent}: the view ran" if ran else None
    target = TARGETS.get(sent.name)
    is_absent = target is None
    wanted = rfc9110.answer(
        sent.method,
        request_of(sent),
        rfc9110.Target(
            not is_absent,
            (target.tag.weak, target.tag.opaque) if target and target.tag else None,
            target.date if target else None,
            target is not None and target.date is not None,
        ),
        creates=sent.method == "PUT",
        required=sent.policy == "asked",
        this_year=time.gmtime().tm_year,
    )
    status = wanted.status or (404 if is_absent and sent.method != "PUT" else 200)
    if (got.status, ran) != (status, status == 200):
        return f"{sent}: wanted {status}, got {got}"
    if status in (400, 412, 428):
        if got.fields.get("Cache-Control") != "no-store":
            return f"{sent}: a cache may keep {got}"
        if sent.method != "HEAD" and not got.fields["Content-Type"].startswith(
            "application/problem+json"
        ):
            return f"{sent}: no problem document in {got}"
    if status != 200 and b"secret" in got.content:
        return f"{sent}: the content in {got}"
    return None


def request_of(sent: Sent) -> rfc9110.Request:
    """Give the values as a server hands them on: without the blanks around them."""
    values = {name: value.strip(" \t") for name, value in sent.fields}
    texts = [values.get(name) for name in FIELDS]
    return rfc9110.Request(*texts, has_range="Range" in values)


def main(server: str, count: int, seed: int) -> None:
    """Send the requests; end at the first fault."""
    chance, told = random.Random(seed), Counter[int]()
    with served(server) as port:
        client = Client(port)
        for number in range(count):
            sent = make(chance)
            got = client.send(sent)
            if problem := fault(sent, got):
                raise SystemExit(f"request {number} of seed {seed}: {problem}")
            told[got.status] += 1
        client.close()
    print(f"{server}: {count} requests, no difference; {dict(sorted(told.items()))}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
