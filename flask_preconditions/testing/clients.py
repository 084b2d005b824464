"""Clients of an application in the same process, and of one on a port."""

import re
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from threading import Thread
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import WSGIRequestHandler
from werkzeug.serving import make_server

from ..conformance.wire import Client
from ..conformance.wire import Exchange
from ..conformance.wire import Fields
from ..conformance.wire import Response
from ..exceptions import SetupError

POLL_SECONDS = 0.05
"""How often the server looks whether it is to end."""

Headers = Mapping[str, str] | Iterable[tuple[str, str]]


_SECRET = re.compile(r"auth|cookie|key|pass|secret|session|token", re.IGNORECASE)
_SHORTEST_SECRET = 6


class MaskingClient(Client):
    """A client whose exchanges show no credentials, in the log of a pipeline for instance."""

    def __init__(self, base_url: str, headers: Headers, content_type: str) -> None:
        fields = headers.items() if isinstance(headers, Mapping) else headers
        super().__init__(base_url, fields, content_type=content_type)

    def send(
        self,
        method: str,
        target: str,
        fields: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "",
    ) -> Exchange:
        """Send one request and read the whole response."""
        exchange = super().send(method, target, fields, body, content_type or self.content_type)
        return _without_secrets(exchange)


class InProcessClient(MaskingClient):
    """A client that calls the application without a socket."""

    def __init__(self, client: FlaskClient, headers: Headers, content_type: str) -> None:
        super().__init__("", headers, content_type)
        self.flask_client = client

    def deliver(self, method: str, target: str, sent: Fields, body: bytes) -> Response:
        """Bring a request to the application, and bring back its answer."""
        with self.flask_client.open(
            target, method=method, headers=list(sent), data=body or None
        ) as got:
            status = got.status_code
            phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
            return Response(status, phrase, tuple(got.headers), got.get_data())


class ComparingClient(Client):
    """A client that sees of a representation what a trial is to compare.

    Much of a representation may move by itself, such as the author's last visit. What a
    write did shows in the tag, and in the text that it puts there.

    :param client: does the sending.
    :param read: gets the text out of a representation.
    """

    def __init__(self, client: Client, read: Callable[[bytes], str]) -> None:
        super().__init__(client.base_url, client.fields)
        self._client = client
        self._read = read

    def send(
        self,
        method: str,
        target: str,
        fields: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "",
    ) -> Exchange:
        """Send one request; of a plain GET, only the text is kept."""
        fields = tuple(fields)
        exchange = self._client.send(method, target, fields, body, content_type)
        response = exchange.response
        if method != "GET" or fields or response.status != 200:
            return exchange
        try:
            text = self._read(response.body)
        except Exception:  # another representation altogether, which is compared as it is
            return exchange
        return replace(exchange, response=replace(response, body=text.encode()))


def _without_secrets(exchange: Exchange) -> Exchange:
    """Take credentials out of what a report shows, in the log of a pipeline for instance.

    Those of the request, also where the server sends them back, and the cookies that it sets.
    """
    sent = [value for name, value in exchange.fields if _SECRET.search(name)]
    words = [word for value in sent for word in (value, value.partition(" ")[2])]
    got = exchange.response
    return replace(
        exchange,
        fields=tuple((n, "…" if _SECRET.search(n) else v) for n, v in exchange.fields),
        response=replace(
            got, fields=tuple((n, "…" if n.lower() == "set-cookie" else v) for n, v in got.fields)
        ),
        secrets=tuple(word for word in words if len(word) >= _SHORTEST_SECRET),
    )


def client_of(where: object, headers: Headers, content_type: str) -> Client:
    """Give a client of an application, of one with cookies, or of a server's URL.

    :param where: a Flask app, its test client, or a URL.
    :raises SetupError: when ``where`` is none of them.
    """
    if isinstance(where, Flask):
        where = where.test_client()
    if isinstance(where, FlaskClient):
        return InProcessClient(where, headers, content_type)
    if isinstance(where, str) and where.startswith(("http://", "https://")):
        return MaskingClient(where.rstrip("/"), headers, content_type)
    raise SetupError(f"give a Flask app, its test client or a URL, not {where!r}")


def read_first(client: Client, target: str) -> Exchange:
    """Read a resource before anything is done to it.

    :raises AssertionError: when it cannot be read, or tells no strong tag.
    """
    __tracebackhide__ = True
    seen = client.send("GET", target)
    if seen.response.status != 200:
        raise AssertionError(f"the resource cannot be read; are headers= due?\n{seen}")
    tag = seen.response.get("ETag")
    if not tag:
        raise AssertionError(
            "GET tells no ETag, so no client can name what it read; guard it and the write: "
            f'@require_match(load, etag="rev") below each route\n{seen}'
        )
    if tag.startswith("W/"):
        raise AssertionError(
            f"GET tells the weak tag {tag}, and If-Match never matches one "
            f"(RFC 9110 §13.1.1)\n{seen}"
        )
    return seen


class _Quiet(WSGIRequestHandler):
    """A handler that keeps hundreds of requests out of the log of a test."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Log nothing; what the application logs and raises is still seen."""
        if type == "error":
            super().log(type, message, *args)


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an application on a free loopback port, with a thread for each request.

    :return: the URL of the server.
    """
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, args=[POLL_SECONDS])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
