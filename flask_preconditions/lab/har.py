"""HAR 1.2 (HTTP Archive): what browsers and proxies save, read and written."""

import base64
import json
from collections.abc import Iterable
from datetime import UTC
from datetime import datetime
from typing import Any

from ..conformance.wire import Exchange
from ..conformance.wire import Response
from ..exceptions import SetupError

# What belongs to the coded content; what a HAR has is decoded.
_OF_CODING = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_SECRET = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})


def read_har(text: str) -> list[Exchange]:
    """Read the exchanges of a HAR, in their order.

    The pseudo-fields of HTTP/2 (``:method``) are left out, and the content is taken as it is:
    decoded. A response that never came is left out, too.

    :raises SetupError: when it is no HAR.
    """
    try:
        entries = json.loads(text)["log"]["entries"]
        return [_exchange(entry) for entry in entries if entry["response"]["status"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        kind = type(error).__name__
        raise SetupError(f"this is no HAR: log.entries cannot be read ({kind}: {error})") from None


def _exchange(entry: dict[str, Any]) -> Exchange:
    asked, answered = entry["request"], entry["response"]
    sent = (asked.get("postData") or {}).get("text") or ""
    content = answered.get("content") or {}
    body = (content.get("text") or "").encode()
    if content.get("encoding") == "base64":
        body = base64.b64decode(body)
    return Exchange(
        str(asked["method"]).upper(),
        str(asked["url"]),
        _fields(asked),
        sent.encode(),
        Response(
            int(answered["status"]),
            str(answered.get("statusText") or ""),
            tuple((n, v) for n, v in _fields(answered) if n.lower() not in _OF_CODING),
            body,
        ),
    )


def _fields(part: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    given = ((str(field["name"]), str(field["value"])) for field in part["headers"])
    return tuple((name, value) for name, value in given if not name.startswith(":"))


def write_har(exchanges: Iterable[Exchange], origin: str) -> str:
    """Write exchanges as a HAR, without cookies and credentials.

    :param origin: the scheme and the authority of the server.
    """
    entries = [_entry(exchange, origin) for exchange in exchanges]
    creator = {"name": "flask-preconditions lab", "version": "1"}
    log = {"version": "1.2", "creator": creator, "entries": entries}
    return json.dumps({"log": log}, indent=2, ensure_ascii=False) + "\n"


def _entry(exchange: Exchange, origin: str) -> dict[str, Any]:
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
