"""Requests over a real socket, byte for byte as a vector spells them."""

import http.client
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

Fields = tuple[tuple[str, str], ...]

TIMEOUT_SECONDS = 30


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


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response."""

    method: str
    target: str
    fields: Fields
    body: bytes
    response: Response

    def __str__(self) -> str:
        sent = [f"{name}: {_shorten(value)}" for name, value in self.fields]
        got = [f"{name}: {_shorten(value)}" for name, value in self.response.fields]
        return "\n".join(
            [
                *(f"> {line}" for line in [f"{self.method} {self.target}", *sent]),
                *(f"< {line}" for line in [f"{self.response.status} {self.response.phrase}", *got]),
                _shorten(self.response.body.decode(errors="replace")),
            ]
        )


def _shorten(text: str, limit: int = 400) -> str:
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


class _OneWrite:
    """Sends header and body at once.

    A server that refuses the header answers and closes. A body that came after that would
    reset the connection, and take the answer with it.
    """

    _pending = b""

    def send(self, data: Any) -> None:
        """Keep what is to be sent."""
        self._pending += data

    def flush(self) -> None:
        """Send it."""
        super().send(self._pending)  # type: ignore[misc]


class _Connection(_OneWrite, http.client.HTTPConnection):
    pass


class _TLSConnection(_OneWrite, http.client.HTTPSConnection):
    pass


class Client:
    """A client of one server that leaves fields as they are.

    :param base_url: the server, such as ``http://127.0.0.1:5000``; a path is kept.
    :param fields: what every request carries, such as an ``Authorization``.
    """

    def __init__(self, base_url: str, fields: Iterable[tuple[str, str]] = ()) -> None:
        self.base_url = base_url
        self.fields = tuple(fields)

    def send(
        self,
        method: str,
        target: str,
        fields: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "application/json",
    ) -> Exchange:
        """Send one request on a connection of its own and read the whole response.

        :raises OSError: when the server cannot be reached or breaks off.
        """
        parts = urlsplit(self.base_url)
        kind = _TLSConnection if parts.scheme == "https" else _Connection
        connection = kind(parts.netloc, timeout=TIMEOUT_SECONDS)
        sent = (*self.fields, *fields)
        if body:
            sent += (("Content-Type", content_type),)
        try:
            connection.putrequest(method, parts.path + target, skip_accept_encoding=True)
            for name, value in sent:
                connection.putheader(name, value)
            if body:
                connection.putheader("Content-Length", str(len(body)))
            # A server may refuse a long header and close before it has read all of the
            # request; what it said is still there to be read (RFC 9112 §9.3).
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.endheaders(body or None)
                connection.flush()
            received = connection.getresponse()
            response = Response(
                received.status, received.reason, tuple(received.getheaders()), received.read()
            )
        except http.client.HTTPException as error:
            raise ConnectionError(f"{method} {target}: {error!r}") from error
        finally:
            connection.close()
        return Exchange(method, target, sent, body, response)
