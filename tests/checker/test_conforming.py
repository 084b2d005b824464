"""Servers that are right, or not answered for: nothing is found at them."""

import itertools
import json
import re
from typing import Any

import pytest

from flask_preconditions.checker import CheckReport
from flask_preconditions.checker import Unusable
from flask_preconditions.checker import check
from tests.samples import sample

from .resource import FIRST
from .resource import Fields
from .resource import Handler
from .resource import Resource
from .resource import drops
from .resource import field_of
from .resource import serving

BODIES = (b"body one", b"body two")


def assert_conforms(report: CheckReport) -> None:
    found = [(f.title, [r.vector.id for r in f.results]) for f in report.findings]
    assert found == []
    assert report.not_restored is None


@pytest.mark.parametrize("options", [{}, {"absent": "/none"}, {"strict": True}])
def test_a_right_server_has_no_finding_when_read(options: Any) -> None:
    with serving(Resource()) as server:
        report = check(server.url, **options)
    judged = {result.vector.id for result in report.judged}
    assert len(judged) > 60
    if options.get("strict"):  # its refusals are no problem documents, and its 304 tells a date
        assert {r.vector.id for r in report.failed} <= {
            "if-match-412-head",
            "if-none-match-304-no-last-modified",
        }
    else:
        assert_conforms(report)


@pytest.mark.parametrize("required", sample([True, False], every=2))
@pytest.mark.parametrize("is_given", sample([False, True], every=2))
def test_a_right_server_has_no_finding_when_written(required: bool, is_given: bool) -> None:
    with serving(Resource(required=required, merges=not is_given)) as server:
        how: Any = {"bodies": BODIES} if is_given else {"field": "text"}
        report = check(server.url, write=True, absent="/none", rounds=5, **how)
        assert json.loads(server.text) == FIRST
        assert set(server.docs) == {"/thing"}
    assert_conforms(report)
    assert report.required is required
    assert report.race
    assert [(race.won, race.lost) for race in report.races] == [(5, 0)] * 3
    played = {r.vector.method for r in report.judged}
    assert played >= {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"}
    assert len(report.judged) > 180


@pytest.mark.parametrize("reads", [0, 1])
def test_a_tag_that_is_weak_just_after_a_write_is_waited_for(reads: int) -> None:
    with serving(Resource(unsettled=2, reads_since=reads)) as server:
        report = check(server.url, write=True, field="text", rounds=3, deadline=120)
    assert_conforms(report)
    assert len(report.judged) > 180
    judged = {result.vector.id for result in report.judged}
    assert {"if-match-current-tag", "if-match-stale-tag", "if-range-current-tag"} <= judged
    assert report.race
    assert report.race.won == 3


@pytest.mark.slow
def test_a_write_by_patch_alone_or_by_choice() -> None:
    methods = ("GET", "HEAD", "PATCH", "OPTIONS")
    with serving(Resource(methods=methods)) as server:
        assert_conforms(check(server.url, write=True, rounds=1, field="text"))
    with serving(Resource()) as server:
        report = check(server.url, write=True, rounds=1, field="text", method="PATCH")
        assert_conforms(report)
        assert {method for method, _, _ in server.sent} & {"PUT", "DELETE"} == set()


def recovering(resource: Resource, handler: Handler, fields: Fields) -> int | None:
    old = resource.docs.get(handler.path)
    value = field_of(fields, "If-Match")
    if value is None or old is None or handler.command not in ("PUT", "PATCH"):
        return None
    opaque = resource.tag(old).strip('"')
    names = re.findall(r'"[^"]*"|[^\s,"]+', value)
    if any(name in (f'"{opaque}"', opaque, "*") for name in names):
        handler.headers.replace_header("If-Match", f'"{opaque}"')
        fields[:] = [(n, f'"{opaque}"' if n.lower() == "if-match" else v) for n, v in fields]
        return None
    return 412


@pytest.mark.slow
def test_a_server_that_recovers_the_current_tag_loses_nothing() -> None:
    with serving(Resource(decide=recovering)) as server:
        assert_conforms(check(server.url, write=True, rounds=1, field="text"))


@pytest.mark.slow
def test_a_method_that_is_not_offered_is_not_judged() -> None:
    with serving(Resource(methods=("GET", "PUT"))) as server:
        report = check(server.url, write=True, rounds=1, field="text")
    assert_conforms(report)
    assert report.methods["HEAD"] == 405
    assert "a plain HEAD is 405, so its conditions are ignored (RFC 9110 §13.2.1)" in (
        report.left_out
    )
    assert "a plain PATCH is 405, so its conditions are ignored (RFC 9110 §13.2.1)" in (
        report.left_out
    )


@pytest.mark.slow
def test_what_cannot_be_created_is_not_judged() -> None:
    def taken(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        return 409 if handler.path == "/none" and handler.command == "PUT" else None

    with serving(Resource(decide=taken)) as server:
        report = check(server.url, write=True, rounds=1, field="text", absent="/none")
    assert_conforms(report)
    said = [reason for reason in report.left_out if "absent target is 409" in reason]
    assert len(said) == 1


@pytest.mark.slow
def test_options_that_names_one_route_says_nothing_of_the_others() -> None:
    def one_route(resource: Resource, method: str, status: int, fields: dict[str, str]) -> None:
        if method == "OPTIONS":
            fields["Allow"] = "GET"

    with serving(Resource(answer=one_route)) as server:
        report = check(server.url, write=True, rounds=1, field="text")
    assert_conforms(report)
    assert report.race


@pytest.mark.slow
def test_a_change_that_is_in_place_already_is_no_lost_update() -> None:
    def applied(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_there = handler.command == "PUT" and resource.docs.get(handler.path) == handler.new
        is_asked = field_of(fields, "If-Match") not in (None, '"stale"')
        return 204 if is_there and is_asked else None

    with serving(Resource(decide=applied, merges=False), b"hello") as server:
        report = check(server.url, write=True, bodies=BODIES)
        assert server.text == b"hello"
    assert report.race
    assert report.race.lost == 0


def counting() -> Any:
    numbers = itertools.count()
    return lambda body: json.dumps({**json.loads(body), "served": next(numbers)}).encode()


def test_a_weak_tag_may_stand_for_contents_that_differ_by_a_clock() -> None:
    made = Resource(weak=True, content=counting())
    made.tag = lambda body: 'W/"v3"'  # type: ignore[method-assign]
    with serving(made) as server:
        report = check(server.url)
    assert_conforms(report)
    assert "the content differs by itself, so the tags alone are compared" in report.notes


def test_a_strong_tag_may_not() -> None:
    made = Resource(content=counting())
    made.tag = lambda body: '"v3"'  # type: ignore[method-assign]
    with serving(made) as server:
        report = check(server.url)
    titles = [finding.title for finding in report.findings]
    assert "One strong ETag stands for two contents" in titles
    assert len(titles) <= 2  # HEAD counts on, too


def test_members_that_change_by_themselves_are_left_out() -> None:
    with serving(Resource(content=counting())) as server:
        report = check(server.url)
    assert "GET tells another ETag each time" in report.left_out
    assert report.notes[0].startswith("GET tells another ETag each time")
    assert "served" in report.notes[1]
    assert [f.title for f in report.findings] == []


def test_a_page_that_differs_with_its_tag_cannot_be_judged() -> None:
    numbers = itertools.count()
    made = Resource(content=lambda body: b"<p>%d" % next(numbers), kind="text/html")
    with serving(made) as server, pytest.raises(Unusable, match="two GETs in a row"):
        check(server.url)


@pytest.mark.slow
def test_a_member_can_be_left_out_by_name() -> None:
    numbers = itertools.count()

    def noted(resource: Resource, method: str, status: int, fields: dict[str, str]) -> None:
        if method == "PUT" and status == 204:
            document = json.loads(resource.text)
            document["note"] = f"written {next(numbers)} times so far"
            resource.docs["/thing"] = json.dumps(document).encode()

    first = b'{"text": "x", "note": "written by nobody"}'
    with (
        serving(Resource(answer=noted, methods=("GET", "PUT")), first) as server,
        pytest.raises(Unusable, match=r"--ignore note; or give a body .* It was: .*by nobody"),
    ):
        check(server.url, write=True, field="text")
    with serving(Resource(answer=noted, methods=("GET", "PUT")), first) as server:
        assert_conforms(check(server.url, write=True, rounds=1, field="text", ignore=["note"]))
        assert json.loads(server.text)["text"] == "x"


@pytest.mark.slow
def test_a_field_may_lie_deeper() -> None:
    first = {"data": {"title": "x", "rev": 1}}
    with serving(Resource(methods=("GET", "PUT")), json.dumps(first).encode()) as server:
        report = check(server.url, write=True, rounds=1, field="data.title")
        assert json.loads(server.text) == first
    assert_conforms(report)


@pytest.mark.slow
def test_a_revision_in_the_body_is_that_of_the_last_get() -> None:
    def revision(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        if handler.command != "PUT" or handler.path not in resource.docs:
            return None
        rev = json.loads(resource.docs[handler.path])["_rev"]
        if json.loads(handler.new).get("_rev") != rev:
            return 400
        document = json.loads(handler.new)
        document["_rev"] = rev + 1
        handler.new = json.dumps(document).encode()
        return None

    made = Resource(decide=revision, methods=("GET", "HEAD", "PUT"))
    with serving(made, b'{"_rev": 1, "text": "x"}') as server:
        report = check(server.url, write=True, rounds=3)
    assert report.race
    assert report.race.won == 3


def test_a_cache_may_ignore_what_it_may_ignore() -> None:
    def cached(resource: Resource, method: str, status: int, fields: dict[str, str]) -> None:
        fields["Age"] = "3"

    def ignores(method: str, fields: Fields) -> Fields:
        hidden = ("if-match", "if-unmodified-since")
        return [f for f in fields if f[0].lower() not in hidden]

    with serving(Resource(read=ignores, answer=cached)) as server:
        report = check(server.url)
    assert_conforms(report)
    assert "a cache may have answered, and may ignore If-Match" in report.left_out


def test_a_304_is_no_must_of_a_cache() -> None:
    def cached(resource: Resource, method: str, status: int, fields: dict[str, str]) -> None:
        fields["Age"] = "3"

    with serving(Resource(read=drops("If-None-Match"), answer=cached)) as server:
        found = check(server.url).findings
    told = {(f.title, str(f.keyword), f.clause.id) for f in found}
    assert told == {("GET and HEAD ignore If-None-Match", "SHOULD", "9111 4.3.2")}


def test_one_dropped_request_is_no_finding_and_no_end() -> None:
    count = itertools.count()

    def drops(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        return 0 if next(count) == 40 else None

    with serving(Resource(decide=drops)) as server:
        report = check(server.url)
    assert_conforms(report)
    assert len(report.judged) > 60


@pytest.mark.slow
def test_a_request_that_is_always_dropped_is_a_result_of_its_own() -> None:
    def drops(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        return 0 if handler.command == "OPTIONS" and handler.path == "/none" else None

    with serving(Resource(decide=drops)) as server:
        report = check(server.url, write=True, rounds=1, field="text", absent="/none")
    assert_conforms(report)
    assert len(report.judged) > 150
    reasons = [reason for reason in report.left_out if "OPTIONS where nothing is" in reason]
    assert reasons == [
        "a plain OPTIONS where nothing is is not answered: "
        "the connection was closed without an answer"
    ]


def test_a_date_that_is_not_told_in_its_own_second_is_waited_for() -> None:
    count = itertools.count()

    def late(resource: Resource, method: str, status: int, fields: dict[str, str]) -> None:
        if next(count) < 6:
            fields.pop("Last-Modified", None)

    with serving(Resource(answer=late)) as server:
        report = check(server.url)
    assert_conforms(report)
    assert "the resource tells no Last-Modified" not in report.left_out


@pytest.mark.slow
def test_two_contents_are_enough_for_a_race() -> None:
    with serving(Resource(merges=False), b"body one") as server:
        report = check(server.url, write=True, bodies=BODIES, restore=BODIES[0])
        assert server.text == b"body one"
    assert_conforms(report)  # a write of what is there may come first, and is no lost update
    assert report.race
    assert report.race.lost == 0


def test_two_contents_show_a_lost_update() -> None:
    numbers = itertools.count()
    made = Resource(merges=False, read=drops("If-Match", methods=("PUT",)))
    stamped: dict[str, str] = {}

    def count(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        if handler.command == "PUT" or not stamped:
            stamped["tag"] = f'"{next(numbers)}"'
        return None

    made.decide = count
    made.tag = lambda body: stamped["tag"]  # type: ignore[method-assign]
    with serving(made, b"body one") as server:
        report = check(server.url, write=True, bodies=BODIES, restore=BODIES[0], rounds=3)
    assert report.race
    assert report.race.lost == 3
