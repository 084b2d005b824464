"""What a stranger sends to a published server: names that break a line, bodies without an end."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from flask_preconditions.conformance.wire import Client

BODY = b'{"title": "t", "body": "b"}'
CREATE = ("If-None-Match", "*")

NAMES = {
    "line break": "z%0d%0az",
    "field of its own": "z%0d%0aSet-Cookie:%20a=b",
    "zero": "z%00z",
    "query": "q%3fx=1",
    "fragment": "f%23x",
    "percent": "50%25",
    "percent of a percent": "50%2525",
    "blank": "a%20b",
    "quotes": "%22a%22",
    "parameter": "a%3bb",
    "backslash": "a%5cb",
    "unsafe": "%3ca%3e%7c%5e%60%7b%7d",
    "no UTF-8": "%ff%fe",
    "half a surrogate": "%ed%a0%80",
    "scheme": "http%3a",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=list(NAMES))
def test_a_name_is_refused_or_its_location_is_its_own(client: Client, name: str) -> None:
    target = f"/docs/{name}"
    made = client.send("PUT", target, [CREATE], BODY).response
    if made.status != 201:
        assert 400 <= made.status < 500, made
        assert client.send("GET", target).response.status in (400, 404)
        return
    location = made.get("Location") or ""
    assert location.isascii()
    parts = urlsplit(location)
    assert (parts.netloc, parts.query, parts.fragment) == ("", "", "")
    named, read = (client.send("GET", at).response for at in (location, target))
    assert named.status == read.status == 200
    assert named.get("ETag") == read.get("ETag")
    assert named.body == read.body


SENT = 200_000_000
PART = b"x" * 1_000_000
GROWTH = SENT // 2
"""Octets that a server may take for it: what keeps the body takes it once at least."""


def pour(client: Client, target: str, condition: tuple[str, str], chunked: bool) -> bytes:
    """Send a body of 200 MB, or as much of it as the server takes, and give what it answers."""
    where = urlsplit(client.base_url)
    name, value = condition
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {SENT}"
    head = (
        f"PUT {target} HTTP/1.1\r\nHost: {where.netloc}\r\n{name}: {value}\r\n"
        f"Content-Type: application/json\r\n{framing}\r\nConnection: close\r\n\r\n"
    )
    part = b"%x\r\n%s\r\n" % (len(PART), PART) if chunked else PART
    answer = b""
    with socket.create_connection((where.hostname or "", where.port or 80)) as connection:
        with suppress(ConnectionError):  # it has read enough
            connection.sendall(head.encode())
            for _ in range(SENT // len(PART)):
                connection.sendall(part)
            if chunked:
                connection.sendall(b"0\r\n\r\n")
        with suppress(ConnectionError):
            while octets := connection.recv(65_536):
                answer += octets
    return answer


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("condition", ["current", "star", "stale"])
def test_a_body_without_an_end_is_refused_before_it_is_kept(
    client: Client, condition: str, chunked: bool
) -> None:
    target = f"/docs/poured-{condition}-{chunked}"
    client.send("PUT", target, [CREATE], BODY)
    tag = client.send("GET", target).response.get("ETag") or ""
    sent = {"current": tag, "star": "*", "stale": '"stale"'}[condition]
    forget_peaks(client)
    before = memory_of(client)
    answer = pour(client, target, ("If-Match", sent), chunked)
    assert memory_of(client) - before < GROWTH
    status = int(answer.split(maxsplit=2)[1])
    # Django takes a body without a length for no body at all, which is no JSON.
    allowed = {412} if condition == "stale" else {400, 413} if chunked else {413}
    assert status in allowed, answer
    assert client.send("GET", target).response.get("ETag") == tag


def memory_of(client: Client) -> int:
    """Give the most octets that the processes of a server had, together, since they forgot."""
    peaks = [
        int(line.split()[1]) * 1024
        for process in processes_of(client)
        for line in (process / "status").read_text().splitlines()
        if line.startswith("VmHWM")
    ]
    assert peaks
    return sum(peaks)


def forget_peaks(client: Client) -> None:
    for process in processes_of(client):
        (process / "clear_refs").write_text("5")


def processes_of(client: Client) -> list[Path]:
    """Find the processes that listen at the port of a server."""
    port = urlsplit(client.base_url).port
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path("/proc/net", table).read_text().splitlines()[1:]
    ]
    listening = {
        f"socket:[{words[9]}]"
        for words in lines
        if words[3] == "0A" and int(words[1].rpartition(":")[2], 16) == port
    }
    processes = Path("/proc").glob("[0-9]*")
    return [process for process in processes if listening & set(links_of(process))]


def links_of(process: Path) -> Iterator[str]:
    with suppress(OSError):  # it ended, or is another user's
        for handle in (process / "fd").iterdir():
            with suppress(OSError):
                yield str(handle.readlink())
