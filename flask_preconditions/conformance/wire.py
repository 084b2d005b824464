"""Requests over a real socket, byte for byte as a vector spells them.

Nothing that a server does makes a request endless: each exchange has a deadline, and there
are limits on what is read of an answer.
"""

import http.client
import re
import ssl
import time
from collections.abc import Generator
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import closing
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from .connections import Connection
from .connections import Incoming
from .connections import NoAnswer as NoAnswer
from .connections import NotKept as NotKept
from .connections import Stream
from .connections import TLSConnection

Fields = tuple[tuple[str, str], ...]
Request = tuple[str, str, Fields, bytes]
"""Method, target, fields and content."""

_WITH_CONTENT = ("PUT", "PATCH", "POST")
CHUNK_OCTETS = 65_536
SHOWN_CHARACTERS = 400
READ_CHARACTERS = 8_000
"""How much of a page is looked at for its words."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one exchange may take.

    :param seconds: from the connection to the last octet of the answer.
    :param body_octets: the longest content of an answer.
    :param head_octets: the longest header section, the interim answers before it included.
    :param interim: how many interim answers (1xx) may come before the answer.
    """

    seconds: float = 30
    body_octets: int = 64 * 2**20
    head_octets: int = 256 * 2**10
    interim: int = 20


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered."""

    status: int
    phrase: str
    fields: Fields
    body: bytes

    def get(self, name: str) -> str | None:
        """Give the value of a field, its lines joined with commas."""
        lines = [value for key, value in self.fields if key.lower() == name.lower()]
        return ", ".join(lines) if lines else None

    @property
    def is_html(self) -> bool:
        """Whether the content is a page, which is read as text where it is shown."""
        return (self.get("Content-Type") or "").lower().startswith("text/html")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response.

    :param secrets: what is not shown, wherever it stands.
    """

    method: str
    target: str
    fields: Fields
    body: bytes
    response: Response
    secrets: tuple[str, ...] = ()

    def __str__(self) -> str:
        sent = [f"{name}: {shorten(value)}" for name, value in self.fields]
        got = [f"{name}: {shorten(value)}" for name, value in self.response.fields]
        content = self.response.body.decode(errors="replace")
        for secret in self.secrets:
            content = content.replace(secret, "…")
        return "\n".join(
            [
                *(f"> {line}" for line in [f"{self.method} {self.target}", *sent]),
                *(f"< {line}" for line in [f"{self.response.status} {self.response.phrase}", *got]),
                shorten(_text_of(content) if self.response.is_html else content),
            ]
        )


_MARKUP = re.compile(r"(?is)<(script|style|title)\b.*?</\1\s*>|<!--.*?-->|<[^<>]*>")


def _text_of(page: str) -> str:
    """Give the words that a page of HTML begins with; its entities are left as they are."""
    return " ".join(_MARKUP.sub(" ", page[:READ_CHARACTERS]).split())


def shorten(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """Cut a text that is too long to be shown, and say how long it is."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


class Client:
    """A client of one server that leaves fields as they are.

    :param base_url: the server, such as ``http://127.0.0.1:5000``; a path is kept.
    :param fields: what every request carries, such as an ``Authorization``.
    :param limits: what an exchange may take.
    :param content_type: the media type of bodies.
    """

    def __init__(
        self,
        base_url: str,
        fields: Iterable[tuple[str, str]] = (),
        limits: Limits = DEFAULT_LIMITS,
        content_type: str = "application/json",
    ) -> None:
        self.base_url = base_url
        self.fields = tuple(fields)
        self.limits = limits
        self.content_type = content_type

    def send(
        self,
        method: str,
        target: str,
        fields: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "",
    ) -> Exchange:
        """Send one request on a connection of its own and read the whole response.

        :param content_type: of this body, where it is another than that of the client.
        :raises OSError: when the server cannot be reached.
        :raises NoAnswer: an ``OSError`` too, when it breaks off, takes too long, or answers
            without an end or not in HTTP.
        """
        sent = self._fields_of(fields, body, content_type)
        response = self.deliver(method, target, sent, body)
        return Exchange(method, target, sent, body, response)

    def send_second(
        self,
        method: str,
        target: str,
        fields: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "",
    ) -> Exchange:
        """Send one request on a connection that a plain GET was sent on.

        :raises NotKept: when the server closes it after that.
        :raises OSError: as :meth:`send`.
        """
        sent = self._fields_of(fields, body, content_type)
        requests = [("GET", target, self.fields, b""), (method, target, sent, body)]
        with self._telling(method, target), closing(self.converse(requests)) as answers:
            _, response = answers
        return Exchange(method, target, sent, body, response)

    def excess_after(
        self, method: str, target: str, fields: Iterable[tuple[str, str]] = ()
    ) -> tuple[Exchange, bytes]:
        """Send a request whose answer has no content; give what comes after its header section.

        :raises OSError: as :meth:`send`.
        """
        sent = self._fields_of(fields)
        requests = [(method, target, sent, b""), ("GET", target, self.fields, b"")]
        with self._telling(method, target), closing(self.converse(requests)) as answers:
            exchange = Exchange(method, target, sent, b"", next(answers))
            try:
                next(answers)
            except NotKept as error:
                return exchange, error.rest
            except http.client.RemoteDisconnected:
                return exchange, b""
            except http.client.BadStatusLine as error:
                return exchange, str(error).encode()
            return exchange, b""

    def _fields_of(
        self, fields: Iterable[tuple[str, str]], body: bytes = b"", content_type: str = ""
    ) -> Fields:
        sent = (*self.fields, *fields)
        return (*sent, ("Content-Type", content_type or self.content_type)) if body else sent

    def deliver(self, method: str, target: str, sent: Fields, body: bytes) -> Response:
        """Bring a request to the server, and bring back its answer."""
        requests = [(method, target, sent, body)]
        with self._telling(method, target), closing(self.converse(requests)) as answers:
            return next(answers)

    @contextmanager
    def _telling(self, method: str, target: str) -> Iterator[None]:
        """Tell in the message of an error what was sent, and how long was waited."""
        seconds = self.seconds
        try:
            yield
        except NotKept:
            raise
        except http.client.HTTPException as error:
            raise NoAnswer(f"{method} {target}: {_told(error)}") from error
        except TimeoutError as error:
            waited = f"no whole answer in {seconds:.3g} seconds"
            raise NoAnswer(f"{method} {target}: {waited}") from error
        except NoAnswer as error:
            raise NoAnswer(f"{method} {target}: {error}") from error

    @property
    def seconds(self) -> float:
        """What the next exchange may take."""
        return self.limits.seconds

    def converse(self, requests: Iterable[Request]) -> Generator[Response]:
        """Send requests on one connection, each after the answer to the one before it.

        :raises NotKept: when the server closes the connection after an answer.
        """
        parts = urlsplit(self.base_url)
        deadline = time.monotonic() + self.seconds
        opened = self._connect(parts.scheme, parts.netloc)
        try:
            opened.connect()
            stream = Stream(Incoming(opened.sock, deadline, self.limits.head_octets))
            for method, target, sent, body in requests:
                if stream.is_over:
                    raise NotKept(stream.rest())
                asked = self._connect(parts.scheme, parts.netloc)  # it sends one request each
                asked.sock = opened.sock
                asked.sock.settimeout(max(deadline - time.monotonic(), 0.001))
                _ask(asked, (method, parts.path + target, sent, body))
                yield self._receive(method, stream)
        finally:
            opened.close()

    def _connect(self, scheme: str, place: str) -> Connection | TLSConnection:
        if scheme != "https":
            return Connection(place, timeout=self.limits.seconds)
        return TLSConnection(place, timeout=self.limits.seconds, context=self._trust)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Trust whom the system trusts, or ``SSL_CERT_FILE``; speak HTTP/1.1."""
        context = ssl.create_default_context()
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _receive(self, method: str, stream: Stream) -> Response:
        limits, incoming = self.limits, stream.incoming
        incoming.octets_left = limits.head_octets
        for _ in range(limits.interim + 1):
            received = http.client.HTTPResponse(stream, method=method)  # type: ignore[arg-type]
            received.begin()
            # 103 and its kin come before the answer (RFC 9110 §15.2).
            if received.status // 100 != 1 or received.status == 101:
                break
        else:
            raise NoAnswer(f"more than {limits.interim} interim answers, and no answer")
        if received.status == 304:  # it may name chunks, and has none (RFC 9112 §6.1)
            received.chunked = False
        incoming.octets_left = limits.body_octets + limits.head_octets
        content = bytearray()
        try:
            while chunk := received.read(CHUNK_OCTETS):
                content += chunk
                if len(content) > limits.body_octets:
                    raise NoAnswer(f"the answer is longer than {limits.body_octets} octets")
        except ValueError as error:
            raise NoAnswer("the answer is no HTTP: a chunk has a length below zero") from error
        if received.length:
            raise NoAnswer(f"the connection was closed {received.length} octets too early")
        stream.is_over = received.will_close
        # Blanks around a value are no part of it (RFC 9110 §5.5).
        fields = tuple((name, value.strip(" \t")) for name, value in received.getheaders())
        return Response(received.status, received.reason, fields, bytes(content))


def _ask(connection: Connection | TLSConnection, request: Request) -> None:
    method, target, sent, body = request
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in sent:
        connection.putheader(name, value)
    if body or method in _WITH_CONTENT:  # 0 too, or a server may ask for it (§8.6)
        connection.putheader("Content-Length", str(len(body)))
    # A server may refuse a long header and close before it has read all of the
    # request; what it said is still there to be read (RFC 9112 §9.3).
    with suppress(BrokenPipeError, ConnectionResetError):
        connection.endheaders(body or None)
        connection.flush()


def _told(error: http.client.HTTPException) -> str:
    if isinstance(error, http.client.RemoteDisconnected):
        return "the connection was closed without an answer"
    if isinstance(error, http.client.IncompleteRead):
        return "the connection was closed within the answer"
    return f"the answer is no HTTP: {type(error).__name__}"
