"""A connection of HTTP/1.1 and what comes in on it, up to a deadline and a number of octets."""

import http.client
import io
import socket
import time
from contextlib import suppress
from typing import Any

_REST_OCTETS = 400
_REST_SECONDS = 1


class NoAnswer(ConnectionError):
    """A request was not answered as HTTP has it; the message says what came instead."""


class NotKept(NoAnswer):
    """A server closes a connection that another request was to be sent on.

    :param rest: what came on it after the answer.
    """

    def __init__(self, rest: bytes) -> None:
        super().__init__("the server closes the connection after its answer")
        self.rest = rest


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
        self._pending = b""


class Connection(_OneWrite, http.client.HTTPConnection):
    """A connection that leaves a request in one piece."""


class TLSConnection(_OneWrite, http.client.HTTPSConnection):
    """The same over TLS."""


class Incoming(io.RawIOBase):
    """What comes in on a socket, up to a deadline and a number of octets.

    :param deadline: of :func:`time.monotonic`.
    """

    def __init__(self, connection: socket.socket, deadline: float, octets: int) -> None:
        self._socket = connection
        self._deadline = deadline
        self.octets_left = octets

    def end_by(self, deadline: float) -> None:
        """Wait no longer than that."""
        self._deadline = min(self._deadline, deadline)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Wait for some octets, never past the deadline."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        count = self._socket.recv_into(buffer)
        self.octets_left -= count
        if self.octets_left < 0:
            raise NoAnswer("the answer has no end")
        return count


class _Reader(io.BufferedReader):
    def close(self) -> None:
        """Stay open: an answer that was read closes what it was read from."""


class Stream:
    """Takes the place of a socket where an answer is read: one buffer for all of them.

    ``is_over`` tells whether the last answer is the last one of the connection.
    """

    def __init__(self, incoming: Incoming) -> None:
        self.incoming = incoming
        self.reader = _Reader(incoming)
        self.is_over = False

    def makefile(self, mode: str) -> io.BufferedIOBase:
        """Give the buffer."""
        return self.reader

    def rest(self) -> bytes:
        """Give what comes before the end of a connection that the server closes."""
        self.incoming.end_by(time.monotonic() + _REST_SECONDS)
        with suppress(OSError):
            return self.reader.read(_REST_OCTETS)
        return b""
