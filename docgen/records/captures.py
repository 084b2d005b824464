"""What the application itself answers: its refusals, by its own test client."""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Flask
from msgspec.structs import replace

from flask_preconditions.core import Outcome

from ..sources.application import Operation
from ..sources.description import root_of
from ..sources.samples import Sample
from ..sources.samples import Samples
from ..sources.samples import sample_of
from .server import Exchange
from .server import Request
from .server import Response

if TYPE_CHECKING:  # most sites have no application to ask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

# What an old copy would name. No state is called so, and no date of a state is so old.
_OLD_TAG = "the-version-you-read"
_OLD_DATE = "Thu, 01 Jan 1970 00:00:00 GMT"
_SHOWN_REQUEST = re.compile(r"accept(-\w+)?|cache-control|content-type|if-[\w-]+|prefer", re.I)
_SHOWN_RESPONSE = re.compile(
    r"allow|cache-control|content-(location|type)|etag|last-modified|link|location|retry-after|"
    r"vary|www-authenticate",
    re.I,
)
_WITHOUT_BODY = ("GET", "DELETE")  # a body of a DELETE means nothing (RFC 9110 §9.3.5)
_OCCURRENCE = re.compile(r"urn:uuid:[0-9a-f-]{36}")
_QUERY = re.compile(r"([?#])[^\s<>]+")
_VARIABLE = re.compile(r"\{([^}]*)\}")


@dataclass(slots=True)
class Captured:
    """What an operation answered.

    :param read: the read that a refused write begins with, or the read itself.
    :param example: the request that would be performed.
    :param refused: the refusals, by outcome.
    :param host: the host that answered, where it is another than the application's own.
    """

    read: Exchange | None = None
    example: Request | None = None
    refused: dict[Outcome, Exchange] = field(default_factory=dict)
    host: str = ""


Captures = dict[tuple[str, str], Captured]
"""By endpoint and method."""


def capture(
    app: Flask, operations: list[Operation], samples: Samples
) -> tuple[Captures, list[str]]:
    """Send what is refused to each operation that has a sample, and keep the answers.

    Nothing is written: a write is sent only where each request of its kind is refused.

    :return: the answers, and what was not answered as it should be.
    """
    captures: Captures = {}
    doubts: list[str] = []
    with _quiet():
        for operation in operations:
            sample = sample_of(samples, operation.endpoint, operation.method)
            if sample is None:
                continue
            missing = [
                name for name in _VARIABLE.findall(operation.address) if name not in sample.path
            ]
            if missing:
                doubts.append(f"{operation.endpoint}: path has no value for '{missing[0]}'")
                continue
            capturing = _Capturing(app, operation, sample)
            captures[operation.endpoint, operation.method] = capturing.captured
            doubts += capturing.go()
    return captures, doubts


class _Capturing:
    """The requests to one operation."""

    def __init__(self, app: Flask, operation: Operation, sample: Sample) -> None:
        self.captured = Captured(host=target_of(operation.host, sample))
        self._client: FlaskClient = app.test_client()
        self._root = root_of(app)
        self._operation = operation
        self._sample = sample
        self._target = target_of(operation.path, sample)
        host = self.captured.host
        self._base_url = f"http://{host}{self._root}" if host else None

    def go(self) -> Iterator[str]:
        """Capture, and tell what was not answered as it should be."""
        read = self._send("GET", [])
        field_name = "ETag" if self._operation.has_tag else "Last-Modified"
        validator = read.response.get(field_name) if read.response.status == 200 else None
        if self._operation.is_read:
            yield from self._go_on_reading(read, validator)
        else:
            self.captured.read = read if validator else None
            yield from self._refuse(validator)

    def _go_on_reading(self, read: Exchange, validator: str | None) -> Iterator[str]:
        self.captured.read = read
        if self._operation.method != "GET":
            return
        if validator is None:
            yield f"{self._said(read)}, and no validator; name something that exists"
            return
        name = "If-None-Match" if self._operation.has_tag else "If-Modified-Since"
        yield from self._expect(Outcome.NOT_MODIFIED, [(name, validator)])

    def _refuse(self, validator: str | None) -> Iterator[str]:
        operation = self._operation
        name = "If-Match" if operation.has_tag else "If-Unmodified-Since"
        if Outcome.REQUIRED in operation.refusals and operation.refuses_bare:
            yield from self._expect(Outcome.REQUIRED, [])
        if Outcome.FAILED in operation.refusals and operation.refuses_stale:
            old = f'"{_OLD_TAG}"' if operation.has_tag else _OLD_DATE
            yield from self._expect(Outcome.FAILED, [(name, old)])
        if Outcome.MALFORMED in operation.refusals and operation.has_tag:
            yield from self._expect(Outcome.MALFORMED, [(name, _OLD_TAG)])
        failed = self.captured.refused.get(Outcome.FAILED)
        told = failed.response.get("ETag") if failed and operation.has_tag else None
        if current := validator or told:
            self.captured.example = self._request(operation.method, [(name, current)])

    def _expect(self, outcome: Outcome, condition: list[tuple[str, str]]) -> Iterator[str]:
        exchange = self._send(self._operation.method, condition)
        if exchange.response.status == outcome.status:
            # As it was on the wire; a command has the root in its server.
            sent = replace(exchange.request, target=self._root + exchange.request.target)
            self.captured.refused[outcome] = Exchange(sent, exchange.response)
        else:
            yield f"{self._said(exchange)}, where {outcome.status} is due"

    def _said(self, exchange: Exchange) -> str:
        request, response = exchange.request, exchange.response
        return (
            f"{self._operation.endpoint}: {request.method} {request.target} was answered with "
            f"{response.status}"
        )

    def _send(self, method: str, condition: list[tuple[str, str]]) -> Exchange:
        request = self._request(method, condition)
        headers = {**self._sample.headers, **dict(condition)}
        body = None if method in _WITHOUT_BODY else self._sample.json
        answer = self._client.open(
            self._target, method=method, headers=headers, json=body, base_url=self._base_url
        )
        return Exchange(request, _response(answer))

    def _request(self, method: str, condition: list[tuple[str, str]]) -> Request:
        fields = [(name, _shown(name, value)) for name, value in self._sample.headers.items()]
        fields += condition
        body = None
        if method not in _WITHOUT_BODY and self._sample.json is not None:
            fields.append(("Content-Type", "application/json"))
            body = json.dumps(self._sample.json, ensure_ascii=False)
        return Request(fields=fields, body=body, method=method, target=self._target)


def target_of(path: str, sample: Sample) -> str:
    """Fill in the variables of a path."""
    return _VARIABLE.sub(lambda found: quote(str(sample.path[found[1]]), safe="/"), path)


def _shown(name: str, value: str) -> str:
    # Whatever else it is, it may be a secret.
    return value if _SHOWN_REQUEST.fullmatch(name) else "…"


def _told(name: str, value: str) -> str:
    # Neither the query of an address nor what a challenge says may give a key away.
    if name in ("content-location", "link", "location"):
        return _QUERY.sub(r"\1…", value)
    scheme, blank, _ = value.partition(" ")
    return f"{scheme} …" if name == "www-authenticate" and blank else value


def _response(answer: "TestResponse") -> Response:
    fields = [
        (name, _told(name.lower(), value))
        for name, value in answer.headers
        if _SHOWN_RESPONSE.fullmatch(name)
    ]
    text = answer.get_data(as_text=True) if answer.is_json else ""
    # An occurrence is new in each build, and pages are to be the same.
    body = _OCCURRENCE.sub("urn:uuid:…", text)
    status, _, phrase = answer.status.partition(" ")
    return Response(fields=fields, body=body or None, status=int(status), phrase=phrase.title())


@contextmanager
def _quiet() -> Iterator[None]:
    """Let nobody log the refusals, which were asked for."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
