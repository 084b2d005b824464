"""What a server does without any condition, known before one is judged.

Preconditions are ignored where the same request without them is not answered with success
(RFC 9110 §13.2.1). So each method is sent plainly first.
"""

import re
from dataclasses import dataclass
from dataclasses import field
from datetime import timedelta

from ..conformance.play import DATE_SECONDS
from ..conformance.play import has_strong_tag
from ..conformance.play import read_until
from ..conformance.wire import Exchange
from ..core import parse_http_date
from .client import CheckClient
from .unusable import Unusable

QUERY_BODY = b"{}"

VERSION_FIELDS = ("Server", "X-Powered-By", "Via")

_PASSWORD = re.compile(rb"<input\b[^<>]{0,999}\btype\s*=\s*[\"']?password", re.IGNORECASE)

_HIT_FIELDS = ("X-Cache", "CF-Cache-Status", "Cache-Status", "X-Proxy-Cache", "X-Varnish-Cache")


def intermediary(seen: Exchange) -> str | None:
    """Tell by which field an answer says that it came through a cache or a proxy."""
    for name in ("Age", *_HIT_FIELDS, "Via"):
        value = seen.response.get(name)
        if value is not None:
            return f"{name}: {value}"
    return None


@dataclass
class Survey:
    """What the plain requests came to.

    :param reads: the GETs of the resource, at least two.
    :param head: the plain HEAD, if it was answered.
    :param coded: a GET that takes compressed contents, if it was answered.
    :param plain: what each method was answered: a status, or why there was no answer.
    :param allow: the methods that OPTIONS names, in capitals.
    :param at_absent: the same where nothing is.
    :param tag_of_query: the tag that a QUERY told.
    """

    reads: list[Exchange]
    head: Exchange | None = None
    coded: Exchange | None = None
    plain: dict[str, int | str] = field(default_factory=dict)
    allow: frozenset[str] = frozenset()
    at_absent: dict[str, int | str] = field(default_factory=dict)
    tag_of_query: str | None = None

    @property
    def first(self) -> Exchange:
        """The first GET."""
        return self.reads[0]

    @property
    def versions(self) -> list[str]:
        """The fields by which the server names itself."""
        told = self.first.response
        return [f"{name}: {value}" for name in VERSION_FIELDS if (value := told.get(name))]

    def answers(self, method: str) -> bool:
        """Tell whether a method is answered with success."""
        status = self.plain.get(method)
        return isinstance(status, int) and 200 <= status < 300

    @property
    def offers_query(self) -> bool:
        """Tell whether the resource says that it takes QUERY (RFC 10008), and what it takes."""
        return "QUERY" in self.allow or self.first.response.get("Accept-Query") is not None

    def why_not(self, method: str) -> str:
        """Say why the conditions of a method are not judged."""
        return why_ignored(method, self.plain[method])


def why_ignored(method: str, answer: int | str, where: str = "") -> str:
    """Say that a plain request is answered so that its conditions do not matter."""
    if isinstance(answer, str):
        return f"a plain {method}{where} is not answered: {answer}"
    return f"a plain {method}{where} is {answer}, so its conditions are ignored (RFC 9110 §13.2.1)"


def survey(client: CheckClient, target: str) -> Survey:
    """Send the safe methods plainly.

    :raises Unusable: when the resource cannot be read.
    """
    found = Survey([read_first(client, target), read_first(client, target)])
    found.plain["GET"] = 200
    await_strong_tag(client, target, found)
    found.head = _try(client, found.plain, "HEAD", target)
    if found.head and _validators(found.head) != _validators(found.reads[-1]):
        found.reads.append(read_first(client, target))  # it may have moved in between
    told = _try(client, found.plain, "OPTIONS", target)
    if told and told.response.status < 300:
        names = (told.response.get("Allow") or "").split(",")
        found.allow = frozenset(name.strip().upper() for name in names)
    _try(client, found.plain, "TRACE", target)
    asked = _try(client, found.plain, "QUERY", target, body=QUERY_BODY)
    found.tag_of_query = asked.response.get("ETag") if asked else None
    if not any(name.lower() == "accept-encoding" for name, _ in client.fields):
        fields = [("Accept-Encoding", "gzip")]
        found.coded = _try(client, {}, "GET", target, fields)
    return found


def _asks_to_log_in(seen: Exchange) -> bool:
    is_page = "html" in (seen.response.get("Content-Type") or "").lower()
    return is_page and not any(_validators(seen)) and bool(_PASSWORD.search(seen.response.body))


def _validators(seen: Exchange) -> tuple[str | None, ...]:
    return tuple(seen.response.get(name) for name in ("ETag", "Last-Modified"))


def await_strong_tag(client: CheckClient, target: str, found: Survey) -> None:
    """Read again where the tag may be weak only because the resource was changed just now."""
    last = found.reads[-1]
    changed, sent = (
        parse_http_date(last.response.get(name) or "") for name in ("Last-Modified", "Date")
    )
    if has_strong_tag(last) or changed is None or sent is None:
        return
    if sent - changed <= timedelta(seconds=DATE_SECONDS):
        later = read_until(client, target, last, has_strong_tag)
        if has_strong_tag(later):
            found.reads.append(later)


def survey_absent(client: CheckClient, target: str, found: Survey, *, is_write: bool) -> None:
    """Send methods plainly where nothing is.

    :param is_write: whether PATCH and DELETE are sent too, after it is clear that nothing is.
    :raises Unusable: when something is there.
    """
    for method in ("GET", "HEAD", "OPTIONS"):
        _try(client, found.at_absent, method, target)
    if found.at_absent["GET"] not in (404, 410):
        told = found.at_absent["GET"]
        raise Unusable(f"--absent {target} is to be a place where nothing is, and GET is {told}")
    for method in ("DELETE", "PATCH") if is_write else ():
        _try(client, found.at_absent, method, target)


def _try(
    client: CheckClient,
    answers: dict[str, int | str],
    method: str,
    target: str,
    fields: list[tuple[str, str]] | None = None,
    body: bytes = b"",
) -> Exchange | None:
    try:
        seen = client.send(method, target, fields or (), body)
    except OSError as error:
        answers[method] = str(error).removeprefix(f"{method} {target}: ")
        return None
    answers[method] = seen.response.status
    return seen


def read_first(client: CheckClient, target: str) -> Exchange:
    """Read a resource that is there.

    :raises Unusable: when GET is not 200.
    """
    seen = client.send("GET", target)
    status = seen.response.status
    if status in (401, 403):
        raise Unusable(f"GET is {status}; send what it asks for: -H 'Authorization: …'\n{seen}")
    if 300 <= status < 400:
        where = seen.response.get("Location")
        raise Unusable(f"GET is {status}; check the resource it points to: {where}\n{seen}")
    if status != 200:
        raise Unusable(f"GET is {status}; the check takes a resource that is there (200)\n{seen}")
    if _asks_to_log_in(seen):
        raise Unusable(
            "GET gives a page that asks to log in; send what shows that you are: "
            f"-H 'Cookie: …' or -H 'Authorization: …'\n{seen}"
        )
    return seen
