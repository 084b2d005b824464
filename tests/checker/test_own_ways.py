"""Methods, fields and contents of servers that are right in a way of their own."""

import itertools
import json
import socket

import pytest

from flask_preconditions.checker import Unusable
from flask_preconditions.checker import check
from flask_preconditions.core import EntityTag
from flask_preconditions.core import Outcome
from flask_preconditions.core import Validators
from flask_preconditions.core import evaluate

from .resource import FIRST
from .resource import METHODS
from .resource import Fields
from .resource import Handler
from .resource import Resource
from .resource import field_of
from .resource import serving
from .test_conforming import assert_conforms


def test_a_delete_may_succeed_where_nothing_is_and_one_method_alone_ask_for_a_condition() -> None:
    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_named = field_of(fields, "If-Match") is not None
        if handler.command not in ("PATCH", "DELETE"):
            return None
        if handler.path in resource.docs:
            return None if is_named else 428
        is_delete = handler.command == "DELETE"
        return (412 if is_named else 204) if is_delete else None

    with serving(Resource(decide=decide)) as server:
        report = check(server.url, write=True, field="text", absent="/none", rounds=0)
        assert json.loads(server.text) == FIRST
    assert_conforms(report)
    judged = {result.vector.id for result in report.judged}
    assert {"if-match-stale-tag-delete", "if-match-stale-tag-patch"} <= judged
    assert "methods-delete-absent-star" not in judged


def test_what_was_left_may_be_gone_and_a_write_tell_the_weak_form_of_its_tag() -> None:
    left: set[str] = set()

    class Leaving(Handler):
        def send(self, status: int, body: bytes = b"", **more: str) -> None:
            resource, is_ok = self.resource, status in (201, 204)
            if self.command == "DELETE" and is_ok:
                left.add(self.path)
            if self.command in ("PUT", "PATCH") and is_ok:
                more["ETag"] = f"W/{resource.tag(resource.docs[self.path])}"
            gone = 410 if status == 404 and self.path in left else status
            super().send(gone, body, **more)

    with serving(Resource(), handling=Leaving) as server:
        report = check(server.url, write=True, field="text", absent="/none", rounds=0)
    assert_conforms(report)
    assert "methods-patch-absent-star" in {result.vector.id for result in report.judged}


class Bare(Handler):
    """Tells no validators to HEAD, chunks of a 304 that has none, and blanks after each value."""

    def send_header(self, keyword: str, value: str) -> None:
        super().send_header(keyword, f"{value} \t")

    def send(self, status: int, body: bytes = b"", **more: str) -> None:
        if self.command == "HEAD":
            more = {"Content_Type": "application/json"}
        elif status == 304:
            more["Transfer_Encoding"] = "chunked"
        super().send(status, body, **more)


def test_head_may_tell_less_than_get_a_304_name_chunks_and_a_value_end_with_blanks() -> None:
    with serving(Resource(), handling=Bare) as server:
        report = check(server.url)
    assert_conforms(report)
    assert len(report.judged) > 60


class Found(Handler):
    """Tells the tag of what a QUERY finds."""

    def do_QUERY(self) -> None:
        self.handle_one()

    def perform(self, method: str, fields: Fields, new: bytes) -> None:
        if method != "QUERY":
            return super().perform(method, fields, new)
        decision = evaluate(method, fields, Validators(EntityTag("found")))
        if decision.outcome is Outcome.NOT_MODIFIED:
            return self.send(304, ETag='"found"')
        return self.send(decision.status or 200, b"[]", ETag='"found"', Accept_Query="*/*")


def test_a_query_has_a_tag_of_its_own() -> None:
    methods = (*METHODS, "QUERY")
    with serving(Resource(methods=methods), handling=Found) as server:
        report = check(server.url)
    assert_conforms(report)
    assert "methods-query-stale" in {result.vector.id for result in report.judged}


def storing(change: str) -> type[Handler]:
    """Cut the text at twelve characters, or count the writes in the content."""
    numbers = itertools.count(2)

    class Storing(Handler):
        def write(self, method: str, old: bytes | None, new: bytes) -> None:
            if method == "DELETE" or (change == "revision" and method == "PATCH"):
                return super().write(method, old, new)
            sent = json.loads(new)
            if change == "revision":
                if old is not None and sent["rev"] != json.loads(old)["rev"]:
                    return self.send(409)
                sent = new.replace(b'"rev": %d' % sent["rev"], b'"rev": %d' % next(numbers))
                return super().write(method, old, sent)
            text = {**sent, "text": sent["text"][:12]}
            return super().write(method, old, json.dumps(text).encode())

    return Storing


def test_an_empty_list_names_no_tag_and_stops_nothing() -> None:
    def read(method: str, fields: Fields) -> Fields:
        return [f for f in fields if f[0] != "If-None-Match" or f[1].strip()]

    with serving(Resource(read=read)) as server:
        report = check(server.url, write=True, field="text", rounds=0)
    assert_conforms(report)


def test_a_range_may_be_sent_for_the_current_tag_without_its_quotes() -> None:
    made = Resource()

    def read(method: str, fields: Fields) -> Fields:
        now = made.tag(made.text)
        return [(n, now if n == "If-Range" and v == now.strip('"') else v) for n, v in fields]

    made.read = read
    with serving(made) as server:
        assert_conforms(check(server.url))


def test_a_text_that_is_cut_tells_no_two_writes_apart() -> None:
    with (
        serving(Resource(), handling=storing("cut")) as server,
        pytest.raises(Unusable, match="stores 'as it was 00' of a longer text"),
    ):
        check(server.url, write=True, field="text")
    assert json.loads(server.text) == FIRST


def test_a_long_text_stays_as_long() -> None:
    first = {"text": "x" * 40}

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_long = handler.command == "PUT" and len(json.loads(handler.new)["text"]) > 40
        return 422 if is_long else None

    made = Resource(decide=decide, methods=("GET", "PUT"))
    with serving(made, json.dumps(first).encode()) as server:
        report = check(server.url, write=True, rounds=0)
        assert json.loads(server.text) == first
    assert report.findings == ()


def test_a_write_that_is_put_off_and_there_at_once_has_come() -> None:
    class Accepting(Handler):
        def send(self, status: int, body: bytes = b"", **more: str) -> None:
            is_done = self.command == "PUT" and status in (201, 204)
            super().send(202 if is_done else status, body, **more)

    with serving(Resource(methods=("GET", "PUT")), handling=Accepting) as server:
        report = check(server.url, write=True, field="text", rounds=2)
        assert json.loads(server.text) == FIRST
    assert_conforms(report)


def test_where_delete_is_not_offered_nothing_is_created_and_long_fields_may_be_left() -> None:
    class Short(Handler):
        def send_error(self, *_: object, **__: object) -> None:  # a line of more than 64 kilobytes
            self.connection.shutdown(socket.SHUT_RDWR)

    with serving(Resource(methods=("GET", "PUT")), handling=Short) as server:
        report = check(server.url, write=True, field="text", absent="/none", rounds=0)
        assert set(server.docs) == {"/thing"}
    assert_conforms(report)
    assert report.conclusion == "conforms"


def test_every_digit_is_put_back_and_the_revision_is_the_current_one() -> None:
    first = b'{"text": "x", "rev": 1, "price": 1.10, "ratio": 0.12345678901234567890, "far": 1e400}'
    made = Resource(methods=("GET", "HEAD", "PUT"))
    with serving(made, first[:-1] + b', "seen": 3}', storing("revision")) as server:
        report = check(server.url, write=True, field="text", ignore=["seen"], rounds=0)
        held = server.text
    assert report.not_restored is None
    assert b'"price": 1.10, "ratio": 0.12345678901234567890, "far": 1E+400}' in held
    assert json.loads(held)["text"] == "x"
