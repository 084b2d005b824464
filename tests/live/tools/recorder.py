"""A server that answers as its path says and remembers what it was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl
from urllib.parse import urlsplit

TAG = '"v2"'
BODY = b'{"title": "what the server says"}'


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    fields: dict[str, str]


@dataclass
class Recorder:
    """The server's address, and what arrived so far."""

    base: str
    asked: list[Asked] = field(default_factory=list)

    def take(self) -> list[Asked]:
        """Give what arrived since the last call."""
        taken, self.asked = self.asked, []
        return taken


@contextmanager
def recorder() -> Iterator[Recorder]:
    """Run the server.

    ``/412`` is answered with 412, a JSON body and ``ETag: "v2"``. The query adds fields to
    the response, with ``only=OPTIONS`` to that method alone. ``/cached`` is 200 with
    ``no-cache``, or 304 where ``If-None-Match`` has the tag.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    kept = Recorder(f"http://127.0.0.1:{server.server_port}")
    server.kept = kept  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        parts = urlsplit(self.path)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if parts.path == "/favicon.ico":
            return self.send(404, {}, b"")
        fields = {name.lower(): value for name, value in self.headers.items()}
        kept: Recorder = self.server.kept  # type: ignore[attr-defined]
        kept.asked.append(Asked(self.command, parts.path, fields))
        added = dict(parse_qsl(parts.query))
        if added.pop("only", self.command) != self.command:
            added = {}
        if self.command == "OPTIONS":
            return self.send(204, added, b"")
        if parts.path == "/page":
            return self.send(200, {"Content-Type": "text/html", **added}, b"<!doctype html>")
        if parts.path == "/cached":
            current = fields.get("if-none-match") == TAG
            added["Cache-Control"] = "no-cache"
            return self.send(304 if current else 200, {"ETag": TAG, **added}, BODY)
        return self.send(int(parts.path[1:]), {"ETag": TAG, **added}, BODY)

    do_GET = do_HEAD = do_PUT = do_OPTIONS = do_PATCH = do_DELETE = answer

    def send(self, status: int, fields: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **fields}.items():
            self.send_header(name, value)
        if status in (204, 304):
            self.end_headers()
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass
