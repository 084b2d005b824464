"""One exchange as it was recorded, and what the record does not have."""

from dataclasses import dataclass

from ..conformance.wire import Exchange
from ..conformance.wire import Fields
from ..conformance.wire import Response

CONDITIONAL = (
    *("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"),
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request and its response.

    :param method: empty where the record has the response alone.
    :param url: whole, or ``//host/path`` where the scheme is not known; the fragment is left
        out. Empty where the record has the response alone.
    :param sent: the fields of the request.
    :param body: the content of the request; ``None`` where the record does not have it.
    :param got: the fields of the response, those of its coding included.
    :param content: the content of the response; ``None`` where the record does not have it.
    :param began: when the request was sent, in seconds of any clock; ``None``: not known.
    :param ended: when the response was there.
    :param is_decoded: whether ``Content-Encoding`` was undone in ``content``.
    """

    method: str
    url: str
    sent: Fields
    body: bytes | None
    status: int
    phrase: str
    got: Fields
    content: bytes | None
    began: float | None = None
    ended: float | None = None
    is_decoded: bool = False

    def as_exchange(self) -> Exchange:
        """Give it with what it lacks as empty."""
        response = Response(self.status, self.phrase, self.got, self.content or b"")
        return Exchange(self.method, self.url, self.sent, self.body or b"", response)


def joined(fields: Fields) -> dict[str, str]:
    """Give the values by names in lower case; the lines of one are one (RFC 9110 §5.3)."""
    values: dict[str, str] = {}
    for name, value in fields:
        key = name.lower()
        values[key] = f"{values[key]}, {value}" if key in values else value
    return values


def content_of(text: str, method: str, status: int, fields: Fields) -> bytes | None:
    """Tell the content of a response that a terminal showed."""
    if text:
        return text.encode("utf-8", "surrogatepass")
    if method == "HEAD" or status in (204, 304):
        return b""
    # Such as curl -v with -o: the content went somewhere else.
    return b"" if joined(fields).get("content-length", "0") == "0" else None
