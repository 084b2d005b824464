"""Hostile requests at a simulator, seeded: python -m tests.simulator.hostile 10000 1"""

import json
import random
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import quote

from flask import Flask

from flask_preconditions.simulator import FAULTS
from flask_preconditions.simulator import create_app
from flask_preconditions.simulator.options import OPTIONS

MARK = "zq7x"
"""What all that is sent has in it, so that it is found where it must not be."""

LONGEST_CONTENT = 40_000
"""A document of the longest text that is taken, with every character escaped, is longer."""

VALUES = (
    f"{MARK}\r\nSet-Cookie: {MARK}=1",
    f"{MARK}\nX-{MARK}: 1",
    f"<script>{MARK}</script>",
    f'"><img src=x onerror={MARK}>',
    f"{MARK}\x00\x1b[31m",
    f"{MARK}‮\ud7ff😀",
    f"{MARK}ü\xff",
    MARK * 5000,
    f'"{MARK}' + '",' * 3000,
    f"{{{{7*7}}}}{MARK}",
    f"%0d%0a{MARK}",
    f"../../{MARK}",
    f"{MARK}; drop table docs; --",
    f"//evil.example/{MARK}",
    *("0", "-1", "1e309", "NaN", "٤١٢", "099", "99999999999999999999", "true", ""),
)
CODES = ("412", "428", "304", "204", "200", "500", "599", "600", "100", "0412", "4 12", "412 ")
METHODS = (
    *("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "TRACE"),
    *("GET", "PUT", "PATCH", "PUT", "CONNECT", MARK.upper()),
)
FIELDS = (
    *("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"),
    *("Range", "Prefer", "Origin", "Accept", "Cookie", "Authorization", "Host"),
    *("Access-Control-Request-Method", "Access-Control-Request-Headers", "X-Forwarded-Host"),
    *("Content-Type", "X-HTTP-Method-Override", "Transfer-Encoding"),
)
TRICKS = ("", "/", "//", "/..", "/%2e%2e/%2e%2e", "/.;/", "/%00", "/%0d%0aX: y", "\\", "/docs//")


def make(chance: random.Random) -> dict[str, Any]:
    """Make up a request, as the WSGI environment that a lenient server would give."""

    def value() -> str:
        return chance.choice((chance.choice(VALUES), chance.choice(CODES), '"v1"', "*", "welcome"))

    some = ("welcome", f"n{chance.randrange(999)}", f"n{chance.randrange(99)}")
    kind = chance.choice(("status", "etag", "docs", "docs", "rival", "nowhere"))
    path = {
        "status": f"/api/status/{chance.choice((*CODES, value()))}",
        "etag": f"/api/etag/{value()}",
        "docs": f"/api/lab/{chance.choice((value(), *some))}"
        f"/docs/{chance.choice((value(), *some))}",
        "rival": f"/api/lab/{value()}/docs/welcome/rival",
        "nowhere": f"/api/{value()}",
    }[kind] + chance.choice((*[""] * 30, *TRICKS))
    known = (*OPTIONS, MARK, "header", "fault", "delay")
    query = [
        (chance.choice(known), chance.choice((value(), value(), *FAULTS, "1", "json", "html")))
        for _ in range(chance.choice((0, 0, 0, 1, 1, 2, 12)))
    ]
    body = chance.choice(
        (
            b"",
            json.dumps({"title": value(), "body": value()}).encode(),
            b"[" * 12_000,
            b"\xff\xfe",
            MARK.encode() * 20_000,
        )
    )
    environ = {
        "REQUEST_METHOD": chance.choice(METHODS),
        "PATH_INFO": path.encode("utf-8", "surrogatepass").decode("latin-1"),
        "QUERY_STRING": "&".join(
            f"{name}={chance.choice((quote, str))(text)}" for name, text in query
        )
        .encode("utf-8", "surrogatepass")
        .decode("latin-1"),
        "CONTENT_LENGTH": chance.choice((*[str(len(body))] * 6, "-1", MARK, "9" * 30)),
    }
    for _ in range(chance.randrange(4)):
        name = chance.choice(FIELDS).upper().replace("-", "_")
        key = name if name == "CONTENT_TYPE" else f"HTTP_{name}"
        environ[key] = value().encode("utf-8", "surrogatepass").decode("latin-1")
    if chance.randrange(5) == 0:  # a write that gets past its condition
        environ["HTTP_IF_NONE_MATCH"] = "*"
    return {"environ": environ, "body": body}


def send(app: Flask, made: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    """Send a request past everything that a client or a server would refuse in it."""
    given: list[Any] = []
    environ = {
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SCRIPT_NAME": "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(made["body"]),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **made["environ"],
    }

    def start_response(status: str, headers: list[tuple[str, str]], info: object = None) -> Any:
        given.extend((status, headers))

    answer = app.wsgi_app(environ, start_response)
    content = b"".join(answer)
    getattr(answer, "close", lambda: None)()
    return int(given[0][:3]), given[1], content


def complain(
    made: dict[str, Any], status: int, headers: list[tuple[str, str]], content: bytes
) -> str | None:
    """Say what a response does that none may do."""
    path = made["environ"]["PATH_INFO"]
    fields = {name.lower(): value for name, value in headers}
    if status >= 500 and status not in (501, 503) and f"/status/{status}" not in path:
        return f"status {status}"
    if any(set(name + value) & set("\r\n\0") for name, value in headers):
        return "a control character in a field"
    told = {name for name, value in fields.items() if MARK in (name + value).lower()}
    # A tag may be in its own ETag, and what was asked for with header= in its field.
    if told - {"etag", "location"} or (MARK in fields.get("location", "") and status != 201):
        return f"a field repeats what was sent: {told}"
    if "://" in fields.get("location", "") or fields.get("location", "").startswith("//"):
        return "a redirect to elsewhere"
    kind = fields.get("content-type", "").partition(";")[0]
    if MARK.encode() in content and kind not in ("application/json", "application/problem+json"):
        return f"{kind or 'untyped'} content repeats what was sent"
    if kind == "application/json" and b"<" in content:
        return "markup in JSON"
    if content and path.startswith("/api/") and fields.get("x-content-type-options") != "nosniff":
        return "no nosniff"
    return "long content" if len(content) > LONGEST_CONTENT else None


def play(count: int, seed: int, tell: Callable[[str], object] = print) -> Counter[int]:
    """Send hostile requests, and end at the first complaint."""
    chance = random.Random(seed)
    app = create_app(sleep=lambda seconds: None)
    statuses: Counter[int] = Counter()
    slowest = 0.0
    for number in range(count):
        made = make(chance)
        start = time.perf_counter()
        status, headers, content = send(app, made)
        slowest = max(slowest, time.perf_counter() - start)
        statuses[status] += 1
        if complaint := complain(made, status, headers, content):
            raise AssertionError(f"request {number} of seed {seed}: {complaint}\n{made}\n{headers}")
        if number == count // 2 and tracemalloc.is_tracing():
            half = tracemalloc.get_traced_memory()[0]
    if tracemalloc.is_tracing():
        grown = tracemalloc.get_traced_memory()[0] - half
        tell(f"the second half left {grown / 2**10:.0f} KiB, peak {_peak():.1f} MiB")
    tell(f"the slowest took {slowest * 1000:.0f} ms; {dict(sorted(statuses.items()))}")
    return statuses


def _peak() -> float:
    return tracemalloc.get_traced_memory()[1] / 2**20


if __name__ == "__main__":
    import logging

    logging.disable(logging.CRITICAL)
    tracemalloc.start()
    play(int(sys.argv[1]), int(sys.argv[2]))
