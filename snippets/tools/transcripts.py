"""Record exchanges for readers: the same stories at every server."""

import json
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from flask_preconditions.conformance.wire import Client, Exchange

_SHOWN = ("Content-Type", "ETag", "Cache-Control", "Location")
# RFC 9110's phrases where Python 3.11 and 3.12 have those of its predecessors.
_PHRASES = {416: "Range Not Satisfiable", 422: "Unprocessable Content"}
_POLL_SECONDS = 0.05
_DEADLINE_SECONDS = 5


def record(client: Client) -> dict[str, list[dict[str, Any]]]:
    """Play each story on a server of the documents API.

    :return: by story, the exchanges in order, as plain data. ``Date`` and connection fields
        are left out; tags and dates of modification are the server's own.
    """
    return {
        name: [_as_data(exchange, _SHOWN) for exchange in story(client)]
        for name, story in _STORIES.items()
    } | {
        name: [
            _as_data(exchange, (*_SHOWN, "Last-Modified")) for exchange in story(client)
        ]
        for name, story in _DATED_STORIES.items()
    }


def record_download(
    client: Client, put: Callable[[str, str], None]
) -> dict[str, list[dict[str, Any]]]:
    """Play a download that breaks off, and is resumed before and after a change.

    :param put: what puts a file with a content on the server, in place of the one there.
    """
    target = "/files/notes.txt"
    put("notes.txt", "Buy milk. Call home.")
    read = client.send("GET", target)
    tag, rest = _tag(read), ("Range", "bytes=10-")
    resumed = client.send("GET", target, [rest, ("If-Range", tag)])
    beyond = client.send("GET", target, [("Range", "bytes=20-"), ("If-Range", tag)])
    put("notes.txt", "Buy milk and bread. Call home.")
    whole = client.send("GET", target, [rest, ("If-Range", tag)])
    refused = client.send("GET", target, [rest, ("If-Match", tag)])
    names = (*_SHOWN, "Accept-Ranges", "Content-Range")
    story = [read, resumed, beyond, whole, refused]
    return {"resume": [_as_data(exchange, names) for exchange in story]}


def _put(
    client: Client,
    name: str,
    body: str,
    field: str | None = None,
    value: str | None = None,
) -> Exchange:
    content = json.dumps({"title": name.title(), "body": body}).encode()
    fields = [(field, value)] if field and value else []
    return client.send("PUT", f"/docs/{name}", fields, content)


def _tag(exchange: Exchange) -> str:
    return exchange.response.get("ETag") or ""


def _lost_update(client: Client) -> list[Exchange]:
    _put(client, "minutes", "We met.", "If-None-Match", "*")
    read = client.send("GET", "/docs/minutes")
    _put(
        client, "minutes", "We met on Monday.", "If-Match", _tag(read)
    )  # somebody else
    stale = _put(client, "minutes", "We met at noon.", "If-Match", _tag(read))
    again = client.send("GET", "/docs/minutes")
    saved = _put(
        client, "minutes", "We met on Monday at noon.", "If-Match", _tag(again)
    )
    return [read, stale, again, saved]


def _create(client: Client) -> list[Exchange]:
    first = _put(client, "agenda", "Coffee.", "If-None-Match", "*")
    second = _put(client, "agenda", "Tea.", "If-None-Match", "*")
    return [first, second, client.send("GET", "/docs/agenda")]


def _required(client: Client) -> list[Exchange]:
    return [_put(client, "minutes", "We met at noon.")]


def _malformed(client: Client) -> list[Exchange]:
    tag = _tag(client.send("GET", "/docs/minutes"))
    return [_put(client, "minutes", "We met at noon.", "If-Match", tag.strip('"'))]


def _not_modified(client: Client) -> list[Exchange]:
    tag = _tag(client.send("GET", "/docs/minutes"))
    return [client.send("GET", "/docs/minutes", [("If-None-Match", tag)])]


def _revalidate(client: Client) -> list[Exchange]:
    _put(client, "rota", "Kitchen.", "If-None-Match", "*")
    read = client.send("GET", "/docs/rota")
    kept = client.send("GET", "/docs/rota", [("If-None-Match", _tag(read))])
    _put(client, "rota", "Garden.", "If-Match", _tag(read))  # somebody else
    return [
        read,
        kept,
        client.send("GET", "/docs/rota", [("If-None-Match", _tag(read))]),
    ]


def _dated(client: Client) -> list[Exchange]:
    _put(client, "menu", "Soup.", "If-None-Match", "*")
    read = _await_date(client, "/docs/menu")
    date = read.response.get("Last-Modified") or ""
    kept = client.send("GET", "/docs/menu", [("If-Modified-Since", date)])
    saved = _put(client, "menu", "Salad.", "If-Unmodified-Since", date)
    return [
        read,
        kept,
        saved,
        _put(client, "menu", "Pie.", "If-Unmodified-Since", date),
    ]


def _await_date(client: Client, target: str) -> Exchange:
    """Read until the date is there: a server waits until its second is over."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while (read := client.send("GET", target)).response.get("Last-Modified") is None:
        if time.monotonic() > deadline:
            raise ConnectionError(
                f"no Last-Modified in {_DEADLINE_SECONDS} seconds:\n{read}"
            )
        time.sleep(_POLL_SECONDS)  # between two polls, up to the deadline
    return read


def _weak(client: Client) -> list[Exchange]:
    tag = _tag(client.send("GET", "/docs/minutes"))
    return [_put(client, "minutes", "We met at noon.", "If-Match", f"W/{tag}")]


def _absent(client: Client) -> list[Exchange]:
    replaced = _put(client, "nothing", "We met at noon.", "If-Match", "*")
    return [replaced, client.send("DELETE", "/docs/nothing", [("If-Match", "*")])]


def _body_last(client: Client) -> list[Exchange]:
    tag = _tag(client.send("GET", "/docs/minutes"))
    wrong = json.dumps({"title": 412}).encode()
    return [
        client.send("PUT", "/docs/minutes", [("If-Match", condition)], wrong)
        for condition in ('"an-older-tag"', tag)
    ]


def _both(client: Client) -> list[Exchange]:
    read = _await_date(client, "/docs/agenda")
    date = read.response.get("Last-Modified") or ""
    return [
        client.send(
            "GET", "/docs/agenda", [("If-None-Match", tag), ("If-Modified-Since", date)]
        )
        for tag in (_tag(read), '"an-older-tag"')
    ]


_STORIES: dict[str, Callable[[Client], list[Exchange]]] = {
    "lost-update": _lost_update,
    "create": _create,
    "required": _required,
    "malformed": _malformed,
    "not-modified": _not_modified,
    "revalidate": _revalidate,
    "weak": _weak,
    "absent": _absent,
    "body-last": _body_last,
}

# A date shows once its second is over, so the other stories would have it now and then.
_DATED_STORIES: dict[str, Callable[[Client], list[Exchange]]] = {
    "dated": _dated,
    "both": _both,
}


def _as_data(exchange: Exchange, names: Iterable[str]) -> dict[str, Any]:
    response = exchange.response
    shown = [
        [name, value] for name in names if (value := response.get(name)) is not None
    ]
    return {
        "request": {
            "method": exchange.method,
            "target": exchange.target,
            "fields": [list(field) for field in exchange.fields],
            "body": exchange.body.decode(),
        },
        "response": {
            "status": response.status,
            # The sent one means nothing (RFC 9112 §4), and servers differ in it.
            "phrase": _PHRASES.get(response.status)
            or HTTPStatus(response.status).phrase,
            "fields": shown
            if response.body
            else [f for f in shown if f[0] != "Content-Type"],
            "body": response.body.decode(),
        },
    }
