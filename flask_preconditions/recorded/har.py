"""HAR 1.2 (HTTP Archive): what browsers and proxies save, read and written."""

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC
from datetime import datetime
from typing import Any

from ..conformance.wire import Exchange
from ..conformance.wire import Fields
from ..conformance.wire import Response
from ..exceptions import SetupError
from .exchange import Recorded

# What belongs to the coded content; what a HAR has is decoded.
_OF_CODING = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_SECRET = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})


def read_har(text: str) -> list[Exchange]:
    """Read the exchanges of a HAR, in their order.

    The pseudo-fields of HTTP/2 (``:method``) are left out, and the content is taken as it is:
    decoded. A response that never came is left out, too.

    :raises SetupError: when it is no HAR.
    """
    return [_without_coding(recorded.as_exchange()) for recorded in read_recorded(text)[0]]


def read_recorded(text: str) -> tuple[list[Recorded], list[str]]:
    """Read a HAR with all that it knows, by the times at which the requests were sent.

    :return: the exchanges, and why entries were left out: one reason for each.
    :raises SetupError: when it is no HAR.
    """
    try:
        # Some programs of Windows write a byte order mark.
        entries = json.loads(text.removeprefix("\ufeff"))["log"]["entries"]
        _see(entries)
        reasons = [_why_not(entry) for entry in entries]
        found = [_recorded(e) for e, why in zip(entries, reasons, strict=True) if not why]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        kind = type(error).__name__
        raise SetupError(f"this is no HAR: log.entries cannot be read ({kind}: {error})") from None
    if all(one.began is not None for one in found):
        found.sort(key=lambda one: one.began or 0)
    return found, [why for why in reasons if why]


def _see(entries: Any) -> None:
    """See that the entries have what every browser and proxy writes.

    :raises TypeError: when one has not.
    """
    if not isinstance(entries, list):
        raise TypeError("it is no list")
    for number, entry in enumerate(entries, 1):
        asked, answered = entry["request"], entry["response"]
        texts = [asked["url"], asked["method"], _given(answered, "statusText", "")]
        for part in (asked, answered):
            texts += [field[key] for field in _list(part["headers"]) for key in ("name", "value")]
        posted, content = _given(asked, "postData", {}), _given(answered, "content", {})
        is_fit = all(isinstance(text, str) for text in texts)
        is_fit = is_fit and isinstance(posted, dict) and isinstance(content, dict)
        numbers = [answered["status"], _given(content, "size", 0)] if is_fit else [""]
        if not all(type(number) in (int, float) for number in numbers) or numbers[0] % 1:
            raise TypeError(f"entry {number} is not as HAR 1.2 has it")


def _given(part: dict[str, Any], name: str, otherwise: Any) -> Any:
    found = part.get(name)
    return otherwise if found is None else found


def _list(given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise TypeError("the headers are no list")
    return given


def _why_not(entry: dict[str, Any]) -> str:
    """Tell why an entry is no exchange with a server."""
    if not entry["request"]["url"].lower().startswith(("http://", "https://")):
        return "it went over no HTTP"
    if entry.get("_fromCache"):
        return "the browser took it out of its own cache"
    # 0 in what Chrome saves, -1 in what Playwright does.
    is_answered = entry["response"]["status"] > 0
    return "" if is_answered else "it was not answered, or the browser blocked it, as for CORS"


def _recorded(entry: dict[str, Any]) -> Recorded:
    asked, answered = entry["request"], entry["response"]
    status, method = int(answered["status"]), asked["method"].upper()
    began = _moment(entry.get("startedDateTime"))
    took = entry.get("time")
    seconds = took / 1000 if isinstance(took, int | float) and took > 0 else 0
    return Recorded(
        method,
        asked["url"].partition("#")[0],
        _fields(asked),
        _body(asked),
        status,
        answered.get("statusText") or "",
        _fields(answered),
        _content(answered, method, status),
        began,
        None if began is None else began + seconds,
        is_decoded=True,
    )


def _body(asked: dict[str, Any]) -> bytes | None:
    text = (asked.get("postData") or {}).get("text")
    if isinstance(text, str):
        return text.encode("utf-8", "surrogatepass")
    return None if asked.get("bodySize") else b""


def _content(answered: dict[str, Any], method: str, status: int) -> bytes | None:
    """Give the content, or ``None`` where it was not saved.

    Browsers show the stored content beside a 304, which had none. Playwright says -1 of a size that
    it does not know.
    """
    content = answered.get("content") or {}
    text, size = content.get("text"), content.get("size")
    if status in (204, 304) or method == "HEAD":
        size = 0 if size == -1 else size
    if status == 304 or method == "HEAD":
        return None if text or size else b""
    if not isinstance(text, str) or not text:
        return None if size else b""
    if content.get("encoding") != "base64":
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _fields(part: dict[str, Any]) -> Fields:
    """Give the fields; Chrome puts the lines of one into one value, with line breaks."""
    given = ((field["name"], field["value"]) for field in part["headers"])
    return tuple(
        (name, line.strip(" \t\r"))
        for name, value in given
        if not name.startswith(":")
        for line in value.split("\n")
    )


def _moment(text: object) -> float | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None


def _without_coding(exchange: Exchange) -> Exchange:
    got = exchange.response
    fields = tuple((n, v) for n, v in got.fields if n.lower() not in _OF_CODING)
    return replace(exchange, response=Response(got.status, got.phrase, fields, got.body))


def write_har(exchanges: Iterable[Exchange], origin: str) -> str:
    """Write exchanges as a HAR, without cookies and credentials.

    :param origin: the scheme and the authority of the server.
    """
    return dump([entry_of(exchange, origin) for exchange in exchanges], "lab")


def dump(entries: list[dict[str, Any]], tool: str) -> str:
    """Write entries as a HAR."""
    creator = {"name": f"flask-preconditions {tool}", "version": "1"}
    log = {"version": "1.2", "creator": creator, "entries": entries}
    return json.dumps({"log": log}, indent=2, ensure_ascii=False) + "\n"


def entry_of(exchange: Exchange, origin: str) -> dict[str, Any]:
    """Write one exchange, without cookies and credentials."""
    answer = exchange.response
    asked = {
        "method": exchange.method,
        "url": f"{origin}{exchange.target}",
        "httpVersion": "HTTP/1.1",
        "headers": _listed(exchange.fields),
        "queryString": [],
        "cookies": [],
        "headersSize": -1,
        "bodySize": len(exchange.body),
    }
    if exchange.body:
        kind = {n.lower(): v for n, v in exchange.fields}.get("content-type", "")
        asked["postData"] = {"mimeType": kind, "text": exchange.body.decode(errors="replace")}
    content = {
        "size": len(answer.body),
        "mimeType": answer.get("Content-Type") or "",
        "text": answer.body.decode(errors="replace"),
    }
    return {
        "startedDateTime": datetime.now(UTC).isoformat(),
        "time": 0,
        "request": asked,
        "response": {
            "status": answer.status,
            "statusText": answer.phrase,
            "httpVersion": "HTTP/1.1",
            "headers": _listed(answer.fields),
            "cookies": [],
            "content": content,
            "redirectURL": answer.get("Location") or "",
            "headersSize": -1,
            "bodySize": len(answer.body),
        },
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
    }


def _listed(fields: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": n, "value": v} for n, v in fields if n.lower() not in _SECRET]
