"""Rate limits, credentials that run out, bans: what stands before a server accuses nobody."""

import itertools
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from flask_preconditions.checker import FORMATS
from flask_preconditions.checker import CheckReport
from flask_preconditions.checker import Unusable
from flask_preconditions.checker import check
from tests.samples import sample

from .misbehaviour import sets
from .resource import FIRST
from .resource import Fields
from .resource import Handler
from .resource import Resource
from .resource import field_of
from .resource import serving
from .test_conforming import assert_conforms

Decide = Callable[[Resource, Handler, Fields], int | None]


def at(places: Callable[[int], bool], status: int, *methods: str) -> Decide:
    """Answer some requests with a status, by their number from the first one on."""
    count = itertools.count(1)

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        if methods and handler.command not in methods:
            return None
        return status if places(next(count)) else None

    return decide


def run(decide: Decide, answer: Any = None, **options: Any) -> CheckReport:
    made = Resource(decide=decide) if answer is None else Resource(decide=decide, answer=answer)
    with serving(made) as server:
        report = check(server.url, **options)
        assert json.loads(server.text) == FIRST
    return report


def asks_to_wait(resource: Resource, method: str, status: int, fields: dict[str, str]) -> None:
    if status in (429, 503):
        fields["Retry-After"] = "0"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("answer", [None, asks_to_wait], ids=["bare", "retry-after"])
def test_a_read_that_is_put_off_is_asked_again(status: int, answer: Any) -> None:
    report = run(at(lambda n: n in (30, 31, 90), status), answer)
    assert_conforms(report)
    assert report.conclusion == "conforms"
    assert len(report.judged) > 60


def test_a_server_that_puts_off_every_twentieth_request_is_judged_as_any_other() -> None:
    report = run(
        at(lambda n: n > 20 and n % 20 == 0, 429), asks_to_wait, write=True, field="text", rounds=2
    )
    assert_conforms(report)
    assert report.conclusion == "conforms"
    assert len(report.judged) > 150


def test_a_limit_that_never_ends_is_the_reason_and_no_finding() -> None:
    with serving(Resource(decide=at(lambda n: n > 60, 429), answer=long_wait)) as server:
        report = check(server.url)
    assert report.findings == ()
    assert report.conclusion == "undecided"
    assert report.why_undecided
    assert "GET is 429" in report.why_undecided


def long_wait(resource: Resource, method: str, status: int, fields: dict[str, str]) -> None:
    if status == 429:
        fields["Retry-After"] = "3600"


@pytest.mark.parametrize("status", [401, 404, 500, 302])
def test_a_get_that_is_not_as_before_proves_nothing(status: int) -> None:
    with serving(Resource(decide=at(lambda n: n > 80, status))) as server:
        report = check(server.url)
    assert report.findings == ()
    assert report.conclusion == "undecided"
    assert f"GET is {status}" in (report.why_undecided or "")


@pytest.mark.parametrize("status", sample([401, 404], every=2))
def test_a_ban_in_the_middle_of_the_writes_accuses_nobody(status: int) -> None:
    with serving(Resource(decide=at(lambda n: n > 150, status))) as server:
        report = check(server.url, write=True, field="text", rounds=0)
    assert report.findings == ()
    assert report.not_restored
    assert str(status) in report.not_restored


@pytest.mark.parametrize("status", sample([403, 429, 503, 507], every=4))
def test_writes_that_are_refused_from_some_moment_on_are_not_judged(status: int) -> None:
    made = at(lambda n: 60 < n < 400, status, "PUT", "PATCH")

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        # what puts back is let through
        if handler.command == "PUT" and b'"as it was"' in handler.new:
            return None
        return made(resource, handler, fields)

    with serving(Resource(decide=decide, answer=asks_to_wait)) as server:
        report = check(server.url, write=True, field="text", rounds=0, timeout=0.5)
        assert json.loads(server.text) == FIRST
    assert [f.title for f in report.findings] == []
    assert report.conclusion == "undecided"
    assert any(f"is {status}" in reason for reason in report.unjudged)


@pytest.mark.parametrize("value", ['"stale"', "*", None])
@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_what_somebody_else_deletes_is_put_back_and_told(method: str, value: str | None) -> None:
    deleted: list[int] = []

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_such = handler.command == method and field_of(fields, "If-Match") == value
        if is_such and not deleted and len(resource.log) > 60:
            deleted.append(len(resource.log))
            del resource.docs["/thing"]
            return 404 if method == "GET" else 412
        return None

    report = run(decide, write=True, field="text", rounds=2)
    assert deleted
    assert_conforms(report)
    assert any("somebody else" in note for note in report.notes)


def test_what_somebody_else_writes_is_no_finding_and_is_told() -> None:
    count = itertools.count(1)

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        if next(count) in (150, 202, 251, 301):
            resource.docs["/thing"] = json.dumps({**FIRST, "text": "of others"}).encode()
        return None

    report = run(decide, write=True, field="text", rounds=2)
    assert_conforms(report)
    assert any("somebody else" in note for note in report.notes)


def test_a_refused_credential_is_told_before_anything_is_written() -> None:
    decide = at(lambda n: n > 2, 401, "PUT", "PATCH")
    with serving(Resource(decide=decide)) as server, pytest.raises(Unusable, match="401"):
        check(server.url, write=True, field="text")


@pytest.mark.parametrize("first", [40, 120])
@pytest.mark.parametrize("status", [0, "hang"])
def test_a_server_that_ceases_to_answer_is_not_said_to_conform(
    first: int, status: int | str
) -> None:
    count = itertools.count(1)
    over = threading.Event()

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        if next(count) <= first:
            return None
        if status == "hang":
            over.wait(60)
        return 0

    with serving(Resource(decide=decide)) as server:
        report = check(server.url, timeout=0.2)
        over.set()
    assert report.findings == ()
    assert report.conclusion == "undecided"
    assert report.conclusion.exit_status == 2
    assert "Whether it conforms is open: " in report.summary()
    assert "It is undecided: 0 findings" in FORMATS["markdown"](report)
    assert "\nNot judged:\n" in FORMATS["table"](report)


def test_a_server_that_drops_one_request_of_ten_is_not_accused() -> None:
    report = run(at(lambda n: n % 10 == 3, 0))
    assert_conforms(report)


def test_two_writers_who_are_put_off_prove_nothing() -> None:
    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        return 429 if handler.command == "PUT" and b" race " in handler.new else None

    with serving(Resource(decide=decide)) as server:
        report = check(server.url, write=True, field="text", rounds=3, timeout=0.2)
    assert report.race
    assert (report.race.won, report.race.lost) == (0, 0)
    assert "no writer was acknowledged, for both were answered with 429" in str(report.race)
    assert report.findings == ()


def test_a_write_that_is_answered_by_another_place_is_called_so() -> None:
    class Elsewhere(Handler):
        def send(self, status: int, body: bytes = b"", **more: str) -> None:
            if self.command == "PUT" and status == 204:
                return super().send(303, Location="/thing")
            return super().send(status, body, **more)

    with (
        serving(Resource(methods=("GET", "PUT")), handling=Elsewhere) as server,
        pytest.raises(Unusable) as caught,
    ):
        check(server.url, write=True, field="text")
    said = "PUT of what is there is redirected (303 to /thing), so its conditions are ignored"
    assert said in str(caught.value)
    assert json.loads(server.text) == FIRST


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        ('"a b"', "has a blank between its quotes"),
        ("v1", "is not in double quotes"),
        ('w/"v1"', "begins with w/, and the prefix of a weak tag is W/"),
        ('"v"1"', "has a quote between its quotes"),
    ],
)
def test_the_reason_for_a_tag_that_is_none_is_its_own(tag: str, why: str) -> None:
    made = Resource(answer=sets("ETag", tag, "GET", "HEAD"))
    made.decide = lambda resource, handler, fields: None
    with serving(made) as server:
        report = check(server.url)
    found = next(f for f in report.findings if f.title.startswith("The ETag that GET tells"))
    assert why in found.seen
    assert "the resource tells no ETag" not in report.left_out
    assert any("is no entity tag" in reason for reason in report.left_out)


def test_a_server_that_puts_off_the_plainest_question_is_not_said_to_conform() -> None:
    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_plain = handler.command == "PUT" and field_of(fields, "If-Match") == '"stale"'
        return 429 if is_plain else None

    with serving(Resource(decide=decide)) as server:
        report = check(server.url, write=True, field="text", rounds=0, timeout=0.2)
    assert report.findings == ()
    assert report.conclusion == "undecided"


def test_a_get_beside_a_request_that_is_dropped_is_no_fault_of_the_request() -> None:
    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        before = resource.sent[-2][2] if len(resource.sent) > 1 else []
        is_after = handler.command == "GET" and field_of(before, "If-Match") == '"stale"'
        is_again = resource.log[-1:] == ["GET /thing 0"] and len(fields) <= 2
        return 0 if is_after or (is_again and resource.log[-2:] != ["GET /thing 0"] * 2) else None

    with serving(Resource(decide=decide)) as server:
        report = check(server.url)
    assert [f.title for f in report.findings] == []


def test_a_place_that_is_gone_for_ever_once_it_was_left_accuses_nobody() -> None:
    def tomb(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        was_left = "DELETE /none 204" in resource.log
        return 410 if handler.path == "/none" and was_left else None

    report = run(tomb, write=True, field="text", absent="/none", rounds=0)
    assert report.findings == ()


def test_a_place_that_is_closed_to_writes_by_now_accuses_nobody() -> None:
    def close(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_write = handler.command in ("PUT", "PATCH", "DELETE")
        was_left = resource.log.count("DELETE /none 204") >= 3
        return 403 if handler.path == "/none" and was_left and is_write else None

    report = run(close, write=True, field="text", absent="/none", rounds=0)
    assert report.findings == ()
