"""Record exchanges for readers: the same stories at every server."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from .wire import Client
from .wire import Exchange

_SHOWN = ("Content-Type", "ETag", "Cache-Control", "Location")


def record(client: Client) -> dict[str, list[dict[str, Any]]]:
    """Play each story on a server of the documents API.

    :return: by story, the exchanges in order, as plain data. Dates and connection fields
        are left out; tags are the server's own.
    """
    return {
        name: [_as_data(exchange) for exchange in story(client)] for name, story in _STORIES.items()
    }


def _put(
    client: Client, name: str, body: str, field: str | None = None, value: str | None = None
) -> Exchange:
    content = json.dumps({"title": "Minutes", "body": body}).encode()
    fields = [(field, value)] if field and value else []
    return client.send("PUT", f"/docs/{name}", fields, content)


def _tag(exchange: Exchange) -> str:
    return exchange.response.get("ETag") or ""


def _lost_update(client: Client) -> list[Exchange]:
    _put(client, "minutes", "We met.", "If-None-Match", "*")
    read = client.send("GET", "/docs/minutes")
    _put(client, "minutes", "We met on Monday.", "If-Match", _tag(read))  # somebody else
    stale = _put(client, "minutes", "We met at noon.", "If-Match", _tag(read))
    again = client.send("GET", "/docs/minutes")
    saved = _put(client, "minutes", "We met on Monday at noon.", "If-Match", _tag(again))
    return [read, stale, again, saved]


def _create(client: Client) -> list[Exchange]:
    first = _put(client, "agenda", "Coffee.", "If-None-Match", "*")
    second = _put(client, "agenda", "Tea.", "If-None-Match", "*")
    return [first, second]


def _required(client: Client) -> list[Exchange]:
    return [_put(client, "minutes", "We met at noon.")]


def _malformed(client: Client) -> list[Exchange]:
    tag = _tag(client.send("GET", "/docs/minutes"))
    return [_put(client, "minutes", "We met at noon.", "If-Match", tag.strip('"'))]


def _not_modified(client: Client) -> list[Exchange]:
    tag = _tag(client.send("GET", "/docs/minutes"))
    return [client.send("GET", "/docs/minutes", [("If-None-Match", tag)])]


_STORIES: dict[str, Callable[[Client], list[Exchange]]] = {
    "lost-update": _lost_update,
    "create": _create,
    "required": _required,
    "malformed": _malformed,
    "not-modified": _not_modified,
}


def _as_data(exchange: Exchange) -> dict[str, Any]:
    response = exchange.response
    shown = [[name, value] for name in _SHOWN if (value := response.get(name)) is not None]
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
            "phrase": HTTPStatus(response.status).phrase,
            "fields": shown if response.body else [f for f in shown if f[0] != "Content-Type"],
            "body": response.body.decode(),
        },
    }
