"""Servers that are right in a way of their own: none of them is accused."""

import itertools
import json
import threading

import pytest

from flask_preconditions.checker import Unusable
from flask_preconditions.checker import check

from .misbehaviour import Compressing
from .resource import FIRST
from .resource import SAVED_AT
from .resource import Fields
from .resource import Handler
from .resource import Resource
from .resource import field_of
from .resource import serving
from .test_conforming import assert_conforms


class OldHTTP(Handler):
    """HTTP/1.0, which closes after each answer."""

    protocol_version = "HTTP/1.0"


class ToTheEnd(Handler):
    """Contents without a length: they end with the connection."""

    def send_header(self, keyword: str, value: str) -> None:
        if keyword.lower() != "content-length":
            super().send_header(keyword, value)
        elif self.command != "HEAD":
            super().send_header("Connection", "close")


class Chunked(Handler):
    """Contents in chunks, with trailers."""

    def send(self, status: int, body: bytes = b"", **more: str) -> None:
        if not body or self.command == "HEAD":
            return super().send(status, body, **more)
        fields = {name.replace("_", "-"): value for name, value in more.items()}
        self.send_response_only(status)
        for name, value in {**fields, "Transfer-Encoding": "chunked", "Trailer": "ETag"}.items():
            self.send_header(name, value)
        self.end_headers()
        parts = b"".join(b"%x;a=b\r\n%c\r\n" % (1, octet) for octet in body)
        self.wfile.write(parts + b'0\r\nETag: "of a trailer"\r\n\r\n')


class Hinting(Handler):
    """Interim answers before each answer."""

    def send(self, status: int, body: bytes = b"", **more: str) -> None:
        for interim in (b"100 Continue", b'103 Early Hints\r\nETag: "not yet"', b"102 Processing"):
            self.wfile.write(b"HTTP/1.1 " + interim + b"\r\n\r\n")
        super().send(status, body, **more)


class Lower(Handler):
    """Names of fields in lower case."""

    def send_header(self, keyword: str, value: str) -> None:
        super().send_header(keyword.lower(), value)


class Closing(Handler):
    """Closes each connection, and says so."""

    def end_headers(self) -> None:
        self.send_header("Connection", "close")
        super().end_headers()


class CodedAtWill(Compressing):
    """Sends each other answer compressed, asked or not, with the tag of what it sends."""

    numbers = itertools.count()

    def send(self, status: int, body: bytes = b"", **more: str) -> None:
        if next(self.numbers) % 2:
            self.headers["Accept-Encoding"] = "gzip"
        super().send(status, body, **more)


@pytest.mark.parametrize("handling", [OldHTTP, ToTheEnd, Chunked, Hinting, Lower, Closing])
def test_a_server_may_speak_http_in_its_own_way(handling: type[Handler]) -> None:
    with serving(Resource(), handling=handling) as server:
        report = check(server.url, write=True, field="text", rounds=2, absent="/none")
        assert json.loads(server.text) == FIRST
    assert_conforms(report)
    assert len(report.judged) > 180


def test_contents_that_are_compressed_when_asked() -> None:
    with serving(Resource(), handling=Compressing) as server:
        assert_conforms(check(server.url))


def test_contents_that_are_compressed_at_will_cannot_be_judged() -> None:
    with (
        serving(Resource(), handling=CodedAtWill) as server,
        pytest.raises(Unusable, match="two GETs in a row give another content and another tag"),
    ):
        check(server.url)


def test_a_tag_that_counts_the_views() -> None:
    views = itertools.count()

    def tag(body: bytes) -> str:
        return f'"view-{next(views)}"'

    made = Resource()
    made.tag = tag  # type: ignore[method-assign]
    with serving(made) as server:
        assert_conforms(check(server.url))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_write_that_is_redirected_cannot_be_judged(status: int) -> None:
    def moved(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        return status if handler.command in ("PUT", "PATCH") else None

    said = rf"is redirected \({status} to nowhere\)"
    with serving(Resource(decide=moved)) as server, pytest.raises(Unusable, match=said):
        check(server.url, write=True, field="text")


def test_a_head_that_is_not_implemented() -> None:
    def no_head(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        return 501 if handler.command == "HEAD" else None

    with serving(Resource(decide=no_head)) as server:
        assert_conforms(check(server.url, write=True, field="text", rounds=2))


def without_validators(
    resource: Resource, method: str, status: int, fields: dict[str, str]
) -> None:
    fields.pop("ETag", None)
    fields.pop("Last-Modified", None)


def test_a_page_that_asks_to_log_in_is_no_resource() -> None:
    page = b'<html><form><input name="p" type="password"></form></html>'
    made = Resource(kind="text/html", answer=without_validators)
    with serving(made, page) as server, pytest.raises(Unusable, match="log in"):
        check(server.url)


def test_a_first_answer_that_is_slow() -> None:
    count = itertools.count()
    over = threading.Event()

    def slow(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        if next(count) == 0:
            over.wait(1.5)  # a server that wakes up
        return None

    with serving(Resource(decide=slow)) as server:
        assert_conforms(check(server.url))


def test_an_if_range_that_cannot_be_read_may_be_refused() -> None:
    def strict(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        value = field_of(fields, "If-Range")
        is_read = value is None or value.removeprefix("W/").startswith('"') or "GMT" in value
        return None if is_read else 400

    with serving(Resource(decide=strict)) as server:
        assert_conforms(check(server.url))


def test_a_server_may_ask_for_if_match_and_for_nothing_else() -> None:
    def asks(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_write = handler.command in ("PUT", "PATCH", "DELETE")
        is_there = handler.path in resource.docs
        return 428 if is_write and is_there and field_of(fields, "If-Match") is None else None

    with serving(Resource(decide=asks)) as server:
        report = check(server.url, write=True, field="text", rounds=2)
    assert_conforms(report)
    assert report.required


def test_the_date_of_another_clock_does_not_decide() -> None:
    def skewed(resource: Resource, method: str, status: int, fields: dict[str, str]) -> None:
        fields["Date"] = SAVED_AT

    with serving(Resource(answer=skewed)) as server:
        assert_conforms(check(server.url, write=True, field="text", rounds=2))


def test_a_write_may_tell_the_tag_that_is_there_now() -> None:
    def shows(resource: Resource, method: str, code: int, fields: dict[str, str]) -> None:
        if method in ("PUT", "PATCH") and code == 204:
            fields["ETag"] = resource.tag(resource.text)

    with serving(Resource(answer=shows)) as server:
        assert_conforms(check(server.url, write=True, field="text", rounds=2))
