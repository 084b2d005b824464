"""Servers of several parts, and resources that others work on, are no violations."""

import itertools
import json
from typing import Any

import pytest

from flask_preconditions.checker import check
from tests.samples import sample

from .misbehaviour import answers
from .resource import FIRST
from .resource import Fields
from .resource import Handler
from .resource import Resource
from .resource import field_of
from .resource import serving
from .test_conforming import assert_conforms


class Lagging:
    """Shows each write to all readers but every so many, who see it a few reads later."""

    def __init__(self, every: int, lag: int) -> None:
        self.every, self.lag = every, lag
        self.history: list[bytes] = []
        self.reads = itertools.count(1)

    def __call__(self, body: bytes) -> bytes:
        if self.history[-1:] != [body]:
            self.history.append(body)
        is_late = next(self.reads) % self.every == 0
        return self.history[-1 - self.lag :][0] if is_late else body


@pytest.mark.parametrize("every", sample([2, 3, 4, 7], every=2))
def test_a_copy_that_lags_behind_is_no_finding(every: int) -> None:
    lagging = Lagging(every, 1)

    class Copying(Handler):
        def perform(self, method: str, fields: Fields, new: bytes) -> None:
            self.resource.content = lagging if method in ("GET", "HEAD") else bytes
            super().perform(method, fields, new)

    with serving(Resource(), handling=Copying) as server:
        report = check(server.url, write=True, field="text", rounds=2)
        assert [f.title for f in report.findings] == []
        assert report.conclusion == "undecided"
        assert json.loads(server.text) == FIRST


@pytest.mark.parametrize("places", ["0001", "001", "0110", "000000001"])
def test_a_tag_that_each_part_of_a_server_makes_its_own_way_is_no_finding(places: str) -> None:
    turn = itertools.cycle(places)

    class Parts(Handler):
        def perform(self, method: str, fields: Fields, new: bytes) -> None:
            part = next(turn)
            resource = self.resource
            plain = type(resource).tag

            def tag(body: bytes) -> str:
                return plain(resource, body + part.encode())

            resource.tag = tag  # type: ignore[method-assign]
            super().perform(method, fields, new)

    with serving(Resource(), handling=Parts) as server:
        report = check(server.url)
    assert [f.title for f in report.findings] == []


@pytest.mark.parametrize("every", [2, 3])
def test_a_304_that_comes_now_and_then_is_a_finding(every: int) -> None:
    count = itertools.count(1)

    def forget(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_asked = field_of(fields, "If-None-Match") is not None and handler.command == "GET"
        if is_asked and next(count) % every == 0:
            fields[:] = [f for f in fields if f[0].lower() != "if-none-match"]
        return None

    with serving(Resource(decide=forget)) as server:
        report = check(server.url)
    assert any("If-None-Match" in finding.title for finding in report.findings)


def test_what_others_write_all_the_time_is_not_said_to_conform() -> None:
    count = itertools.count(1)

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_refused = handler.command == "PUT" and "stale" in (field_of(fields, "If-Match") or "")
        if is_refused and handler.path in resource.docs and next(count) % 2:
            del resource.docs["/thing"]
            return 412
        return None

    with serving(Resource(decide=decide)) as server:
        report = check(server.url, write=True, field="text", rounds=0)
    assert report.findings == ()
    assert report.conclusion == "undecided"
    assert "nobody else" in (report.why_undecided or "")


def test_what_others_wrote_is_told_for_it_is_overwritten() -> None:
    written: list[bool] = []

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_refused = handler.command == "PUT" and field_of(fields, "If-Match") == '"stale"'
        if is_refused and not written:
            written.append(True)
            resource.docs["/thing"] = b'{"name": "1", "text": "of somebody"}'
            return 412
        return None

    with serving(Resource(decide=decide)) as server:
        report = check(server.url, write=True, field="text", rounds=0)
    assert_conforms(report)
    assert any("of somebody" in note for note in report.notes)


def test_a_race_that_somebody_else_wins_is_no_finding() -> None:
    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        if handler.command == "PUT" and b" race " in handler.new:
            others = {**FIRST, "text": f"of others {len(resource.log)}"}
            resource.docs["/thing"] = json.dumps(others).encode()
        return None

    with serving(Resource(decide=decide)) as server:
        report = check(server.url, write=True, field="text", rounds=3)
    assert [f.title for f in report.findings] == []


def test_an_empty_content_says_that_it_is_empty() -> None:
    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_write = handler.command in ("PUT", "PATCH")
        return 411 if is_write and field_of(fields, "Content-Length") is None else None

    made: dict[str, Any] = {"bodies": (b"one", b"two"), "restore": b""}
    with serving(Resource(decide=decide, merges=False), b"") as server:
        report = check(server.url, write=True, rounds=2, **made)
        assert server.text == b""
    assert_conforms(report)


def test_different_parts_may_name_themselves() -> None:
    count = itertools.count()
    named = answers(lambda method, code, fields: fields.update(Server=f"part-{next(count) % 3}"))
    with serving(Resource(answer=named)) as server:
        assert_conforms(check(server.url, write=True, field="text", rounds=2))


def test_a_page_in_the_place_of_the_resource_proves_nothing() -> None:
    count = itertools.count(1)

    class Maintained(Handler):
        def perform(self, method: str, fields: Fields, new: bytes) -> None:
            if 100 < next(count) < 600:
                return self.send(200, b"<p>We are back soon.", Content_Type="text/html")
            return super().perform(method, fields, new)

    with serving(Resource(), handling=Maintained) as server:
        report = check(server.url, write=True, field="text", rounds=0)
    assert [f.title for f in report.findings] == []
    assert report.conclusion != "conforms"
    assert any("GET tells no ETag by now" in reason for reason in report.unjudged)


@pytest.mark.parametrize("first", sample(range(1, 6), every=3))
def test_a_write_that_is_dropped_before_anything_is_judged_is_sent_again(first: int) -> None:
    count = itertools.count(1)

    def drops(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        return 0 if handler.command == "PUT" and next(count) == first else None

    with serving(Resource(decide=drops)) as server:
        assert_conforms(check(server.url, write=True, field="text", rounds=0))
        assert json.loads(server.text) == FIRST


@pytest.mark.parametrize("status", [403, 409, 412])
def test_what_is_refused_without_a_condition_may_be_so_with_another_one(status: int) -> None:
    def asks(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_write = handler.command in ("PUT", "PATCH")
        return status if is_write and field_of(fields, "If-Match") is None else None

    with serving(Resource(decide=asks)) as server:
        report = check(server.url, write=True, field="text", rounds=0)
    assert_conforms(report)
    assert report.required
