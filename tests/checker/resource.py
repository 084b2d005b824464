"""A resource on a real socket, right but for what a test makes wrong."""

import hashlib
import json
import re
import socket
import threading
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer

from flask_preconditions.core import ABSENT
from flask_preconditions.core import Decision
from flask_preconditions.core import EntityTag
from flask_preconditions.core import Outcome
from flask_preconditions.core import Validators
from flask_preconditions.core import evaluate
from flask_preconditions.core import parse_http_date

Fields = list[tuple[str, str]]

SAVED_AT = "Tue, 15 Nov 1994 12:45:26 GMT"
FIRST = {"name": "1", "text": "as it was"}
METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass
class Resource:
    """What the server holds, and how it goes wrong.

    :param read: changes the fields of a request before they are evaluated.
    :param decide: takes the place of the evaluation, where it gives a status.
    :param answer: changes the fields of an answer: method, path, status and fields.
    :param content: makes what a GET sends of what is stored.
    :param methods: what it answers.
    :param unsettled: how many reads after a write tell a weak tag still.
    :param excess: what comes after a 304.
    :param talks_to_head: a status of which HEAD is sent the content, too.
    :param two_steps: a method and a path of which two writers are checked, and then both write.
    :param undated: how many reads after a write tell no date yet.

    ``log`` has a line for each answer (0: the connection is dropped), and for what a test does.
    """

    read: Callable[[str, Fields], Fields] = lambda method, fields: fields
    decide: Callable[["Resource", "Handler", Fields], int | None] = lambda *_: None
    answer: Callable[["Resource", str, int, dict[str, str]], None] = lambda *_: None
    content: Callable[[bytes], bytes] = lambda body: body
    methods: tuple[str, ...] = METHODS
    kind: str = "application/json"
    required: bool = False
    range_of: Callable[[Decision], bool] = lambda decision: decision.honours_range
    docs: dict[str, bytes] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    sent: list[tuple[str, str, Fields]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    url: str = ""
    reads_since: int = 0
    weak: bool = False
    unsettled: int = 0
    undated: int = 0
    merges: bool = True
    excess: bytes = b""
    talks_to_head: int = 0
    two_steps: tuple[str, str] = ("", "")
    meeting: threading.Barrier = field(default_factory=lambda: threading.Barrier(2, timeout=10))

    def tag(self, body: bytes) -> str:
        tag = f'"{hashlib.sha1(body).hexdigest()[:12]}"'
        self.told.add(tag)
        return f"W/{tag}" if self.weak or self.reads_since < self.unsettled else tag

    @property
    def date(self) -> str | None:
        return SAVED_AT if self.reads_since >= self.undated else None

    @property
    def text(self) -> bytes:
        return self.docs["/thing"]


class Handler(BaseHTTPRequestHandler):
    """One request of it."""

    protocol_version = "HTTP/1.1"
    resource: Resource
    new = b""
    requests = 0
    is_race = False

    def log_message(self, format: str, *args: object) -> None:
        """Keep the tests' output clean."""

    def send(self, status: int, body: bytes = b"", **more: str) -> None:
        fields = {name.replace("_", "-"): value for name, value in more.items()}
        if status != 304:
            fields["Content-Length"] = str(len(body))
        self.resource.log.append(f"{self.command} {self.path} {status}")
        self.resource.answer(self.resource, self.command, status, fields)
        self.send_response_only(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        if status == 304:
            self.wfile.write(self.resource.excess)
        elif self.command != "HEAD":
            self.wfile.write(body)
        elif status == self.resource.talks_to_head:
            self.wfile.write(b"{}")

    def handle_one(self) -> None:
        resource, method = self.resource, self.command
        length = int(self.headers.get("Content-Length") or 0)
        new = self.new = self.rfile.read(length)
        resource.sent.append((method, self.path, list(self.headers.items())))
        if method not in resource.methods:
            return self.send(405, Allow=", ".join(resource.methods))
        fields = resource.read(method, list(self.headers.items()))
        self.is_race = (method, self.path) == resource.two_steps and b" race " in new
        if method in ("PUT", "PATCH", "DELETE") and not self.is_race:
            with resource.lock:  # check and write are one step
                return self.perform(method, fields, new)
        return self.perform(method, fields, new)

    def perform(self, method: str, fields: Fields, new: bytes) -> None:
        resource = self.resource
        old = resource.docs.get(self.path)
        status = resource.decide(resource, self, fields)
        if status == 0:
            self.close_connection = True
            resource.log.append(f"{method} {self.path} 0")
            return self.connection.shutdown(socket.SHUT_RDWR)
        if status:
            return self.send(status)
        if method == "OPTIONS":
            return self.send(204, Allow=", ".join(resource.methods))
        shown = resource.content(old) if old is not None else b""
        state = (
            ABSENT
            if old is None
            else Validators(
                EntityTag.parse(resource.tag(shown)),
                parse_http_date(resource.date or ""),
                strong_date=True,
            )
        )
        decision = evaluate(method, fields, state, required=resource.required)
        validators = {"ETag": resource.tag(shown)}
        if resource.date:
            validators["Last_Modified"] = resource.date
        if old is None and method != "PUT" and decision.outcome is not Outcome.FAILED:
            return self.send(404)
        if decision.outcome is Outcome.NOT_MODIFIED:
            return self.send(304, **validators)
        if decision.status:
            return self.send(decision.status)
        if method in ("GET", "HEAD"):
            resource.reads_since += 1
            return self.send_content(shown, fields, decision, validators)
        if self.is_race:
            resource.meeting.wait()
        return self.write(method, old, new)

    def send_content(
        self, shown: bytes, fields: Fields, decision: Decision, validators: dict[str, str]
    ) -> None:
        names = {name.lower(): value for name, value in fields}
        if names.get("range") == "bytes=0-3" and self.resource.range_of(decision):
            span = f"bytes 0-3/{len(shown)}"
            return self.send(206, shown[:4], Content_Range=span, **validators)
        self.send(200, shown, Content_Type=self.resource.kind, **validators)

    def write(self, method: str, old: bytes | None, new: bytes) -> None:
        docs = self.resource.docs
        self.resource.reads_since = 0
        if method == "DELETE":
            docs.pop(self.path, None)
        elif method == "PATCH" and self.resource.merges:
            docs[self.path] = json.dumps({**json.loads(old or b"{}"), **json.loads(new)}).encode()
        else:
            docs[self.path] = new
        self.send(204 if old is not None else 201)

    do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_one


@contextmanager
def serving(
    resource: Resource,
    body: bytes | None = None,
    handling: type[Handler] = Handler,
    port: int = 0,
) -> Iterator[Resource]:
    """Serve a resource at ``/thing`` on a port of its own; nothing is at ``/none``."""
    resource.docs.setdefault("/thing", json.dumps(FIRST).encode() if body is None else body)
    handler = type("Bound", (handling,), {"resource": resource})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    resource.url = f"http://127.0.0.1:{server.server_port}/thing"
    try:
        yield resource
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def drops(
    *names: str, methods: tuple[str, ...] = METHODS, value: str = ""
) -> Callable[..., Fields]:
    """Give a reader that does not see some fields.

    :param value: a pattern; where given, only fields whose whole value fits are dropped.
    """
    wanted = {name.lower() for name in names}

    def read(method: str, fields: Fields) -> Fields:
        if method not in methods:
            return fields
        return [
            (name, told)
            for name, told in fields
            if name.lower() not in wanted or (value and not re.fullmatch(value, told))
        ]

    return read


def rewrites(name: str, change: Callable[[str], str], *methods: str) -> Callable[..., Fields]:
    """Give a reader that sees another value of a field."""

    def read(method: str, fields: Fields) -> Fields:
        if methods and method not in methods:
            return fields
        return [(n, change(v) if n.lower() == name.lower() else v) for n, v in fields]

    return read


def field_of(fields: Fields, name: str) -> str | None:
    """Give a field's value, its lines joined."""
    lines = [value for key, value in fields if key.lower() == name.lower()]
    return ", ".join(lines) if lines else None
