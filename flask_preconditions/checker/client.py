"""Where a check goes, what it carries, and how long it may take."""

import math
import re
import time
from collections.abc import Generator
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import RemoteDisconnected
from urllib.parse import quote
from urllib.parse import urlsplit

from ..conformance.wire import Client
from ..conformance.wire import Fields
from ..conformance.wire import Limits
from ..conformance.wire import Request
from ..conformance.wire import Response
from ..core import SAFE_METHODS
from .patience import Patience
from .unusable import Unusable

PATIENCE = 2
"""How many exchanges of the longest kind may be waited for a server that takes none for now."""

BODY_OCTETS = 2**20
"""The longest content that a check reads."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 §5.6.2


OUT_OF_TIME = "the time of the check was over; --deadline gives it more"
UNANSWERED = "the server has left too much without an answer"


class OutOfTime(Exception):
    """A check has used up its time; the message says how."""


@dataclass
class Allowance:
    """The seconds that a check may take in all.

    :param seconds: the seconds; more may be granted.
    :param unanswered: those of them that may pass without an answer.
    :param asked: how many more there are where the server asks to wait.
    """

    seconds: float
    unanswered: float = math.inf
    asked: float = 0.0
    began: float = 0.0

    def __post_init__(self) -> None:
        self.began = time.monotonic()

    @property
    def left(self) -> float:
        """What is left of them."""
        return self.began + self.seconds - time.monotonic()

    def grant(self, seconds: float) -> None:
        """See that there are so many seconds from now on, to put things back."""
        self.seconds += max(seconds - self.left, 0)
        self.unanswered = max(self.unanswered, seconds)

    def extend(self, seconds: float) -> None:
        """Add what the server asks to wait, as far as there is any for that."""
        added = min(seconds, self.asked)
        self.seconds += added
        self.asked -= added

    def see_that_it_is_not_over(self) -> None:
        """See that there is time for another request.

        :raises OutOfTime: when there is none.
        """
        if self.left <= 0:
            raise OutOfTime(OUT_OF_TIME)
        if self.unanswered <= 0:
            raise OutOfTime(UNANSWERED)

    @contextmanager
    def keeping(self, share: float) -> Iterator[None]:
        """Keep a share of what is left for what comes after."""
        kept = max(self.left, 0) * share
        self.seconds -= kept
        try:
            yield
        finally:
            self.seconds += kept


class CheckClient(Client):
    """A client that stops when the check has taken its time.

    :param allowance: the time of the whole check.
    """

    def __init__(
        self,
        base_url: str,
        fields: Iterable[tuple[str, str]],
        seconds: float,
        allowance: Allowance,
    ) -> None:
        limits = Limits(seconds=seconds, body_octets=BODY_OCTETS)
        super().__init__(base_url, fields, limits, "application/octet-stream")
        self.allowance = allowance
        self.requests = 0
        self.patience = Patience(PATIENCE * seconds)

    def deliver(self, method: str, target: str, sent: Fields, body: bytes) -> Response:
        """Bring a request to the server, and bring back its answer; wait where it says so.

        A connection that is closed without an answer is no answer of this request: what
        changes nothing is sent again.

        :raises OutOfTime: when there is no time left for it.
        """
        try:
            response = self._deliver_once(method, target, sent, body)
        except OSError as error:
            if method not in SAFE_METHODS or not is_dropped(error):
                raise
            response = self._deliver_once(method, target, sent, body)
        while pause := self.patience.pause(method, response):
            self.allowance.extend(pause)
            if pause >= self.allowance.left:
                break
            time.sleep(pause)  # the server has asked for it
            response = self._deliver_once(method, target, sent, body)
        return response

    def _deliver_once(self, method: str, target: str, sent: Fields, body: bytes) -> Response:
        began = time.monotonic()
        try:
            return super().deliver(method, target, sent, body)
        except OSError:
            self.allowance.unanswered -= time.monotonic() - began
            if self.allowance.left <= 0:  # then it is no fault of the server
                raise OutOfTime(OUT_OF_TIME) from None
            raise

    def converse(self, requests: Iterable[Request]) -> Generator[Response]:
        """Send requests on one connection.

        :raises OutOfTime: when there is no time left for it.
        """
        self.allowance.see_that_it_is_not_over()
        yield from super().converse(self._counted(requests))

    def _counted(self, requests: Iterable[Request]) -> Iterator[Request]:
        for request in requests:
            self.requests += 1
            yield request

    @property
    def seconds(self) -> float:
        """What the next exchange may take: never more than is left for the check."""
        return max(min(self.limits.seconds, self.allowance.left), 0.001)


def is_dropped(error: OSError) -> bool:
    """Tell whether a connection was closed without an answer, as any may be now and then."""
    kinds = (RemoteDisconnected, ConnectionResetError, BrokenPipeError)
    return isinstance(error, kinds) or isinstance(error.__cause__, kinds)


def split_url(url: str) -> tuple[str, str]:
    """Split a URL into the server and the target.

    :raises Unusable: when it is none that a check takes; the message has the line to type.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise Unusable(f"the URL cannot be read ({error}); give one like {_EXAMPLE}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unusable(f"{url!a} is no URL of a resource; give one like {_EXAMPLE}")
    if parts.username is not None or parts.password is not None:
        place = parts.netloc.rpartition("@")[2]
        raise Unusable(
            "the URL carries a user name or a password, which a report would show; send them as "
            "a field:\n  flask preconditions check "
            f"{parts.scheme}://{place}{_target(parts.path, parts.query)} \\\n"
            "    -H \"Authorization: Basic $(printf %s 'USER:PASSWORD' | base64)\""
        )
    if not url.isascii() or not url.isprintable() or " " in url:
        raise Unusable(
            "a URL has printable ASCII characters alone (RFC 3986 §2); type\n"
            f"  flask preconditions check '{_encoded(url)}'"
        )
    return f"{parts.scheme}://{parts.netloc}", _target(parts.path, parts.query)


_EXAMPLE = "https://host.example/docs/1"


def _target(path: str, query: str) -> str:
    return (path or "/") + (f"?{query}" if query else "")


def _encoded(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            host = quote(host, safe=":[]")
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/?%:@!$&'()*+,;=~-._")
    return f"{parts.scheme}://{host}{_target(path, query)}".replace("'", "%27")


def parse_fields(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Read fields as curl takes them: ``Name: value``.

    :raises Unusable: when one has no colon; the message does not repeat it.
    """
    fields = []
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon:
            raise Unusable("what is given by -H has no colon; type -H 'Name: value'")
        fields.append((name.strip(), value.strip()))
    return fields


def see_fields(fields: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """See that fields can be sent.

    :raises Unusable: when one cannot; the message names it, never its value.
    """
    seen = tuple(fields)
    for name, value in seen:
        if not _TOKEN.fullmatch(name):
            raise Unusable(f"{name!a} is no name of a field; type -H 'Name: value'")
        if not value.isascii() or not value.replace("\t", " ").isprintable():
            raise Unusable(
                f"the value of -H '{name}: …' has characters that are not printable ASCII; "
                "percent-encode them, or take out the line break"
            )
        if name.lower() in _OURS:
            raise Unusable(f"-H '{name}: …' is what the check itself sends; leave it out")
    return seen


_OURS = {
    "host",
    "content-length",
    "transfer-encoding",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "if-range",
    "range",
}


def target_beside(base_url: str, absent: str) -> str:
    """Give the target of ``--absent``.

    :raises Unusable: when it is at another server.
    """
    if "://" not in absent:
        return split_url(base_url + (absent if absent.startswith("/") else f"/{absent}"))[1]
    server, target = split_url(absent)
    if server != base_url:
        raise Unusable(f"--absent {absent} is at another server than {base_url}")
    return target
