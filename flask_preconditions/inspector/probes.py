"""Asks a resource, by reads alone, for what the rules look at."""

from collections.abc import Callable
from collections.abc import Iterable

from ..checker.client import Allowance
from ..checker.client import CheckClient
from ..checker.client import OutOfTime
from ..checker.client import see_fields
from ..checker.client import split_url
from ..checker.unusable import Unusable
from ..conformance.wire import Exchange
from ..core import format_http_date
from ..recorded.exchange import Recorded
from .facts import state_of
from .inspection import Capture

ORIGIN = "https://page-elsewhere.example"
"""The origin of a page that asks from elsewhere."""

_NO_TAG = '"flask-preconditions-inspect"'
_CODINGS = "gzip, br"
_WHOLE_SECONDS = 60.0

Ask = Callable[..., Recorded]


def probe(url: str, fields: Iterable[tuple[str, str]] = (), timeout: float = 5.0) -> Capture:
    """Read a resource in several ways. Only GET, HEAD and OPTIONS are sent.

    :param fields: fields of every request; their values are in no report.
    :param timeout: the seconds of one exchange.
    :raises Unusable: when it cannot be reached.
    """
    server, target = split_url(url)
    own = see_fields(fields)
    client = CheckClient(server, own, timeout, Allowance(_WHOLE_SECONDS))
    found: list[Recorded] = []
    left_out: list[str] = []

    def ask(method: str, *sent: tuple[str, str]) -> Recorded:
        exchange = client.send(method, target, sent)
        found.append(_recorded(server, exchange))
        return found[-1]

    try:
        left_out += _look(ask)
    except OutOfTime:
        left_out.append("the time of the inspection was over")
    except OSError as error:
        if not found:
            raise Unusable(f"{server} cannot be asked: {error}") from None
        left_out.append(f"a request was not answered ({error})")
    return Capture(url, found, left_out=left_out, secrets=own)


def _look(ask: Ask) -> list[str]:
    """Send the requests.

    :return: what was not asked, and why.
    :raises Unusable: when the resource cannot be read.
    """
    first = ask("GET")
    if first.status != 200:
        place = next((v for n, v in first.got if n.lower() == "location"), "")
        hint = f"; it points to {place}" if place and 300 <= first.status < 400 else ""
        raise Unusable(f"GET is {first.status}{hint}; inspect a resource that is there")
    state = state_of(first)
    tag = str(state.etag) if state and state.etag else ""
    ask("HEAD")
    if tag:
        ask("GET", ("If-None-Match", tag))
    ask("GET", ("If-Match", tag or _NO_TAG))
    ask("GET", ("If-Match", _NO_TAG))
    if state and state.last_modified:
        ask("GET", ("If-Modified-Since", format_http_date(state.last_modified)))
        ask("GET", ("If-Unmodified-Since", "Mon, 01 Jan 1990 00:00:00 GMT"))
    coded = ask("GET", ("Accept-Encoding", _CODINGS))
    other = state_of(coded)
    if other and other.etag and str(other.etag) != tag:
        # The tag that a client which takes compressed content has to send back.
        ask("GET", ("Accept-Encoding", _CODINGS), ("If-None-Match", str(other.etag)))
        ask("GET", ("Accept-Encoding", _CODINGS), ("If-Match", str(other.etag)))
    ask("GET", ("Origin", ORIGIN))
    ask("GET", ("Origin", ORIGIN), ("If-Match", _NO_TAG))
    asked = ("Access-Control-Request-Method", "PUT")
    ask("OPTIONS", ("Origin", ORIGIN), asked, ("Access-Control-Request-Headers", "if-match"))
    return ["no write was sent"]


def _recorded(server: str, exchange: Exchange) -> Recorded:
    answer = exchange.response
    return Recorded(
        exchange.method,
        server + exchange.target,
        exchange.fields,
        exchange.body,
        answer.status,
        answer.phrase,
        answer.fields,
        answer.body,
    )
