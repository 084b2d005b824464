"""How often a check waits for a date that is not told just after a write (RFC 9110 §8.8.2.2)."""

from dataclasses import replace
from typing import Any

import pytest

from flask_preconditions.checker import CheckReport
from flask_preconditions.checker import check
from flask_preconditions.checker.client import Allowance
from flask_preconditions.checker.client import CheckClient
from flask_preconditions.checker.client import split_url
from flask_preconditions.checker.dates import NO_WAIT
from flask_preconditions.checker.run import Options
from flask_preconditions.checker.run import Run
from flask_preconditions.checker.text import Screen

from .resource import SAVED_AT
from .resource import Resource
from .resource import drops
from .resource import serving

UNDATED = 5
FIELDS = ("If-Match", "If-None-Match", "If-Unmodified-Since", "If-Modified-Since", "If-Range")
BY_DATE = {
    "if-unmodified-since-equal",
    "if-unmodified-since-equal-patch",
    "if-unmodified-since-older",
    "if-unmodified-since-newer",
    "if-unmodified-since-far-future",
    "if-unmodified-since-rfc850",
    "if-unmodified-since-asctime",
}


def run(resource: Resource, **options: Any) -> tuple[CheckReport, int]:
    """Check a resource; tell how many GETs did nothing but wait for a date."""
    polls = 0

    def answer(resource: Resource, method: str, status: int, fields: dict[str, str]) -> None:
        nonlocal polls
        fields["Date"] = SAVED_AT
        (one, _, asked), *before = resource.sent[:-3:-1]
        is_poll = bool(before) and one == before[0][0] == "GET" and asked == before[0][2]
        polls += is_poll and status == 200 and "Last-Modified" not in undated[-1]
        undated.append(fields)

    undated: list[dict[str, str]] = [{}]
    resource.answer = answer
    with serving(resource) as server:
        return check(server.url, write=True, field="text", rounds=0, **options), polls


@pytest.mark.parametrize("required", [True, False])
def test_a_date_is_waited_for_a_few_times(required: bool) -> None:
    report, polls = run(Resource(undated=UNDATED, required=required))
    assert report.findings == ()
    assert {r.vector.id for r in report.judged} >= BY_DATE
    assert polls <= 8 * UNDATED
    assert "the resource tells no Last-Modified" not in report.left_out


def test_a_method_that_ignores_dates_is_not_waited_for() -> None:
    ignoring = Resource(undated=UNDATED, read=drops(*FIELDS))
    report, polls = run(ignoring)
    titles = [finding.title for finding in report.findings]
    assert "PUT and PATCH ignore If-Unmodified-Since" in titles
    assert polls <= 8 * UNDATED
    assert any("PUT does not look at If-Unmodified-Since" in said for said in report.left_out)


def test_a_short_deadline_leaves_out_what_needs_another_date() -> None:
    def tell_date(resource: Resource, method: str, status: int, fields: dict[str, str]) -> None:
        fields["Date"] = SAVED_AT

    with serving(Resource(undated=UNDATED, required=True, answer=tell_date)) as server:
        base_url, target = split_url(server.url)
        client = CheckClient(base_url, (), 5, Allowance(600))
        short = Run(client, target, Screen([]), replace(OPTIONS, waits=2))
        short.look()
        short.play()
        report = short.report(server.url, strict=False)
    assert report.findings == ()
    assert report.unjudged == {NO_WAIT: report.unjudged.total()}
    assert report.unjudged.total() >= 2


OPTIONS = Options(
    write=True,
    field="text",
    bodies=(),
    restore=None,
    content_type=None,
    absent=None,
    required=None,
    rounds=0,
    method=None,
    ignore=(),
    waits=7,
)


def test_a_request_that_two_vectors_share_is_sent_once() -> None:
    with serving(Resource()) as server:
        check(server.url)
        sent = [fields for method, _, fields in server.sent if method == "GET"]
    stale = [f for f in sent if ("If-Match", '"stale"') in f and len(f) == 3]
    assert len(stale) == len({tuple(f) for f in stale})


def test_the_table_leaves_a_share_of_the_time_to_the_race() -> None:
    allowance = Allowance(100)
    with allowance.keeping(0.25):
        assert allowance.left <= 75
    assert allowance.seconds == 100


def test_nothing_is_kept_of_what_is_over() -> None:
    allowance = Allowance(0)
    with allowance.keeping(0.25):
        assert allowance.seconds == 0
