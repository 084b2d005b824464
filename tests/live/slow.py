"""A writer whose body takes its time, so that another write comes between check and write."""

import json
import socket
from collections.abc import Callable
from http.client import HTTPResponse
from urllib.parse import urlsplit

from flask_preconditions.conformance.wire import Client


def write_slowly(client: Client, target: str, tag: str, meanwhile: Callable[[], None]) -> int:
    """Send the header and half of the body of a PUT, let something happen, send the rest.

    A server that checks before it reads the body has checked by then.

    :return: the status of the answer.
    """
    address = urlsplit(client.base_url)
    body = json.dumps({"title": "t", "body": "slow"}).encode()
    head = (
        f"PUT {target} HTTP/1.1\r\nHost: {address.netloc}\r\nIf-Match: {tag}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    with socket.create_connection((address.hostname or "", address.port or 80), 30) as connection:
        connection.sendall(head.encode() + body[:10])
        meanwhile()
        connection.sendall(body[10:])
        response = HTTPResponse(connection)
        response.begin()
        response.read()
        return response.status


def is_overtaken(client: Client, target: str) -> bool:
    """Let another write come while a slow one is under way, and see whether it was noticed."""
    create = [("If-None-Match", "*")]
    client.send("PUT", target, create, b'{"title": "t", "body": "first"}')
    tag = client.send("GET", target).response.get("ETag") or ""

    def save() -> None:
        quick = client.send("PUT", target, [("If-Match", tag)], b'{"title": "t", "body": "quick"}')
        assert quick.response.status == 204, str(quick)

    return write_slowly(client, target, tag, save) == 412
