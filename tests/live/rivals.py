"""A proxy at which somebody else saves first: real HTTP on both sides, every request noted."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer

from flask_preconditions.conformance.wire import Client
from flask_preconditions.conformance.wire import Exchange

_HOP_BY_HOP = {"connection", "host", "transfer-encoding", "content-length", "expect", "upgrade"}


@dataclass
class Rival:
    """What the proxy does and what it saw.

    :param saves: before how many PUTs of the client the rival saves.
    """

    server: Client
    saves: int
    words: list[str] = field(default_factory=list)
    seen: list[Exchange] = field(default_factory=list)
    url: str = ""

    def save(self, target: str) -> None:
        """Append a word to the document, with the tag that it has now."""
        word = f"rival-{len(self.words)}"
        response = self.server.send("GET", target).response
        content = json.loads(response.body)
        body = json.dumps({"title": content["title"], "body": f"{content['body']} {word}"})
        tag = response.get("ETag") or ""
        saved = self.server.send("PUT", target, [("If-Match", tag)], body.encode())
        assert saved.response.status == 204, str(saved)
        self.words.append(word)


@contextmanager
def rival(server: Client, saves: int) -> Iterator[Rival]:
    """Run a proxy of ``server`` with a rival at it."""
    state = Rival(server, saves)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            if self.command == "PUT" and len(state.words) < state.saves:
                state.save(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            fields = [(n, v) for n, v in self.headers.items() if n.lower() not in _HOP_BY_HOP]
            kind = self.headers.get("Content-Type", "")
            fields = [(n, v) for n, v in fields if n.lower() != "content-type"]
            body = self.rfile.read(length)
            exchange = server.send(self.command, self.path, fields, body, kind)
            state.seen.append(exchange)
            response = exchange.response
            self.send_response(response.status)
            for name, value in response.fields:
                if name.lower() not in _HOP_BY_HOP | {"date", "server"}:
                    self.send_header(name, value)
            if response.status not in (204, 304):
                self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        do_GET = do_PUT = do_HEAD = forward

        def log_message(self, format: str, *args: object) -> None:
            """Keep the tests' output clean."""

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=proxy.serve_forever)
    thread.start()
    state.url = f"http://127.0.0.1:{proxy.server_port}"
    try:
        yield state
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()
