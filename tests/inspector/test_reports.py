"""Every format, with no secret of who was recorded and no character of who answered."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from flask_preconditions.inspector import FORMATS
from flask_preconditions.inspector import Capture
from flask_preconditions.inspector import InspectReport
from flask_preconditions.inspector import find_rule
from flask_preconditions.inspector import inspect
from flask_preconditions.recorded import read_transcript
from flask_preconditions.recorded.har import read_recorded

SECRETS = ("s3cr3t-token", "dXNlcjpodW50ZXIyMg==", "hunter22", "c00kie", "fr3sh", "kn0ck", "ap1key")

HOSTILE = """
GET http://user:hunter22@api.example/docs/1?access_token=kn0ck HTTP/1.1
Host: api.example
Authorization: Basic dXNlcjpodW50ZXIyMg==
Cookie: session=c00kie
X-Api-Key: ap1key
If-Match: "s3cr3t-token\x1b[31m"

HTTP/1.1 412 Precondition\x07 Failed
Set-Cookie: session=fr3sh; Path=/
ETag: W/"<script>&]]>"
Content-Type: text/html
Retry-After: 5\x07

You sent c00kie, hunter22, ap1key and kn0ck: \x1b]0;title\x07 <b>]]> ``` | `x` \u202e
X-Token: s3cr3t-token
"""


@pytest.fixture
def report() -> InspectReport:
    text = HOSTILE.replace("\nIf-Match", "\nX-Token: s3cr3t-token\nIf-Match")
    capture = Capture("http://user:hunter22@api.example/?key=kn0ck", read_transcript(text))
    made = inspect(capture, [(0, "httplint-some", "it says c00kie\x1b[0m")])
    assert len(made.remarks) == 5
    return made


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_has_a_secret_or_a_control_character(form: str, report: InspectReport) -> None:
    told = FORMATS[form](report)
    for secret in SECRETS:
        assert secret not in told, secret
    assert [c for c in told if not c.isprintable() and c != "\n"] == []
    told.encode()


def test_the_machine_formats_can_be_read(report: InspectReport) -> None:
    ids = {remark.id for remark in report.remarks}
    assert {each["id"] for each in json.loads(FORMATS["json"](report))["findings"]} == ids
    [run] = json.loads(FORMATS["sarif"](report))["runs"]
    assert {result["ruleId"] for result in run["results"]} == ids
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == ids
    assert {result["level"] for result in run["results"]} <= {"error", "warning", "note"}
    suite = ElementTree.fromstring(FORMATS["junit"](report))
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert ids <= cases.keys()
    failed = {name for name, case in cases.items() if case.find("failure") is not None}
    grave = {remark.id for remark in report.remarks if remark.severity != "note"}
    assert failed == grave
    assert int(suite.attrib["tests"]) == len(cases)


def test_the_har_can_be_inspected_again(report: InspectReport) -> None:
    exchanges, left_out = read_recorded(FORMATS["har"](report))
    assert (len(exchanges), left_out) == (1, [])
    assert "412-without-etag" not in FORMATS["har"](report)
    assert exchanges[0].status == 412


def test_markdown_keeps_hostile_text_in_its_place(report: InspectReport) -> None:
    told = FORMATS["markdown"](report)
    fenced = told.split("````")
    assert "<script>" not in "".join(fenced[::2])


def test_what_was_not_looked_at_is_told(report: InspectReport) -> None:
    told = FORMATS["text"](report)
    assert "no answer was 428: 428-though-guarded" in told
    assert "nothing was read: " in told
    suite = ElementTree.fromstring(FORMATS["junit"](report))
    skipped = {case.get("name") for case in suite.iterfind("testcase[skipped]")}
    assert "428-though-guarded" in skipped


def test_the_same_fault_of_a_resource_is_told_once() -> None:
    text = "> GET /docs/1\n< 200 OK\n< ETag: 1\n\ntext\n" * 3
    report = inspect(Capture("thrice", read_transcript(text)))
    [remark] = report.remarks
    assert (remark.id, remark.count, remark.place) == ("etag-malformed", 3, 1)
    assert "and 2 more like it" in FORMATS["text"](report)


def test_contents_of_answers_that_are_no_refusals_are_not_shown() -> None:
    text = "> GET /docs/1\n< 200 OK\n< ETag: 1\n\nprivate\n"
    report = inspect(Capture("one", read_transcript(text)))
    for form in FORMATS.values():
        assert "private" not in form(report)


SITE = "https://docs.example/ref/"


def test_each_finding_links_to_what_passes_and_what_fails(report: InspectReport) -> None:
    linked = replace(report, site=SITE)
    ids = [remark.id for remark in report.remarks if find_rule(remark.id)]
    assert 0 < len(ids) < len(report.remarks)  # what httplint says has no page
    for form in ("text", "markdown", "json", "junit", "sarif"):
        text = FORMATS[form](linked)
        assert [id for id in ids if f"{SITE}try/rules/#{id}" not in text] == [], form
        assert text.count(f"{SITE}try/rules/#") == len(ids), form
        assert SITE not in FORMATS[form](report)
