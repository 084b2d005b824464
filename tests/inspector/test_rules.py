"""The table of rules: each passes and fails what it says, and finds what servers get wrong."""

import io

import pytest

from flask_preconditions.inspector import Capture
from flask_preconditions.inspector import Rule
from flask_preconditions.inspector import Severity
from flask_preconditions.inspector import inspect
from flask_preconditions.inspector import load_rules
from flask_preconditions.inspector import open_source
from flask_preconditions.inspector.inspection import facts_of
from flask_preconditions.inspector.inspection import holds
from flask_preconditions.inspector.inspection import judge
from flask_preconditions.recorded import read_transcript
from flask_preconditions.simulator import create_app
from flask_preconditions.testing.clients import serving

from .samples import DOC
from .samples import SERVERS
from .samples import ids
from .samples import recorded_of
from .samples import session

RULES = load_rules()

FOUND = {
    "weaken": {"etag-weak", "if-match-weak"},
    "suffix-gzip": {"200-though-current", "412-though-true", "etag-suffix"},
    "strip-etag": {"412-without-etag", "etag-missing"},
    "unquoted": {"etag-malformed", "if-match-malformed", "if-none-match-malformed"},
    "no-cors": {"cors-lost"},
    "cacheable": {"refusal-may-be-kept"},
    "bare": {
        *{"412-without-etag", "428-without-explanation"},
        *{"refusal-is-no-problem", "refusal-without-no-store"},
    },
    "html": {"412-without-etag", "refusal-is-no-problem", "refusal-without-no-store"},
    "untyped": {"problem-untyped", "refusal-is-no-problem"},
    "other-status": {"problem-faulty"},
    "redirect": {"write-redirected"},
    "ignore": {"one-tag-two-writes", "stale-performed", "unknown-performed", "write-unguarded"},
    "check-then-write": {"one-tag-two-writes"},
    "same-tag": {"one-tag-two-contents", "one-tag-two-writes"},
}
"""What a session with a fault of the simulator shows; see planted.toml for the others."""

READ = {
    "weaken": {"etag-weak", "if-match-weak"},
    "suffix-gzip": {"200-though-current", "412-though-true", "etag-suffix"},
    "strip-etag": {"412-without-etag", "etag-missing"},
    "unquoted": {"etag-malformed"},
    "no-cors": {"cors-lost"},
    "cacheable": {"refusal-may-be-kept"},
    "bare": {"412-without-etag", "refusal-is-no-problem", "refusal-without-no-store"},
    "html": {"412-without-etag", "refusal-is-no-problem", "refusal-without-no-store"},
    "ignore": {"200-though-current", "200-though-false"},
}
"""What reads of its URL alone show."""


def broken(text: str) -> list[Rule]:
    return [rule for _, rule in judge(Capture("a transcript", read_transcript(text)))]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_finds_its_fault_and_passes_what_is_right(rule: Rule) -> None:
    assert rule in broken(rule.fails)
    passed = broken(rule.passes)
    assert rule not in passed
    assert [each.id for each in passed if each.severity is not Severity.NOTE] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_finding_shows_its_evidence(rule: Rule) -> None:
    report = inspect(Capture("a transcript", read_transcript(rule.fails)))
    [remark] = [each for each in report.remarks if each.id == rule.id]
    assert remark.evidence
    assert remark.says == rule.says
    assert remark.fix
    assert remark.source is not None
    assert remark.source.url.startswith("https://")


def test_every_row_of_the_table_tells_exchanges_apart() -> None:
    texts = [text for rule in RULES for text in (rule.passes, rule.fails)]
    captures = [
        Capture("", read_transcript(text), is_of_resource=is_of_resource)
        for text in texts
        for is_of_resource in (True, False)
    ]
    facts = [each for capture in captures for each in facts_of(capture)]
    rows = [row for rule in RULES for row in (*rule.topic.when, *rule.when)]
    assert [row for row in rows if len({holds([row], each) for each in facts}) < 2] == []


def test_sentences_are_sentences() -> None:
    for rule in RULES:
        assert rule.says.endswith(".")
        assert rule.fix.endswith(".")


@pytest.mark.parametrize("server", SERVERS)
def test_what_the_snippet_servers_were_recorded_with_is_clean(server: str) -> None:
    found = {
        (name, rule.id)
        for name, exchanges in recorded_of(server)
        for _, rule in judge(Capture(server, exchanges))
        if rule.severity is not Severity.NOTE
    }
    # There the client sends a weak tag to show what becomes of it.
    assert found == {("weak", "if-match-weak")}


@pytest.mark.parametrize("fault", FOUND)
def test_a_session_with_a_faulty_server_shows_the_fault(fault: str) -> None:
    assert ids(session(fault)) == FOUND[fault]


def test_a_session_with_a_right_server_has_no_finding() -> None:
    assert ids(session(None)) == set()


def test_reads_of_a_url_show_what_reads_can() -> None:
    with serving(create_app()) as origin:
        found = {
            fault: {rule.id for _, rule in judge(_ask(f"{origin}{DOC}?fault={fault}"))}
            for fault in READ
        }
        assert judge(_ask(f"{origin}{DOC}")) == []
    # Its date is told as soon as the second in which it was made is over.
    found["ignore"].discard("200-though-changed-since")
    assert found == READ


def _ask(url: str) -> Capture:
    return open_source(url, io.BytesIO())


def test_a_resource_of_another_language_has_no_older_tag() -> None:
    text = """
> GET /docs/1
> Accept-Language: en
< 200 OK
< ETag: "en"
< Content-Language: en

text
> GET /docs/1
> Accept-Language: fr
< 200 OK
< ETag: "fr"
< Content-Language: fr

texte
> PUT /docs/1
> If-Match: "en"
< 204 No Content
"""
    assert broken(text) == []


def test_a_write_between_makes_an_older_tag_unknown_not_stale() -> None:
    text = """
> GET /docs/1
< 200 OK
< ETag: "1"

text
> PUT /docs/1
> If-Match: "1"
< 204 No Content
> PUT /docs/1
> If-Match: "2"
< 204 No Content
"""
    assert broken(text) == []


def test_the_tag_that_a_412_told_is_no_unknown_one() -> None:
    text = """
> GET /docs/1
< 200 OK
< ETag: "1"

text
> PUT /docs/1
> If-Match: "0"
< 412 Precondition Failed
< ETag: "2"
> PUT /docs/1
> If-Match: "2"
< 204 No Content
"""
    assert [rule.id for rule in broken(text) if rule.severity is not Severity.NOTE] == []


def test_a_condition_of_webdav_is_a_condition() -> None:
    text = """
> PUT /docs/1
> If: (["1"])
< 412 Precondition Failed
< ETag: "2"
"""
    assert "412-without-condition" not in {rule.id for rule in broken(text)}


def test_octets_above_ascii_are_part_of_a_tag() -> None:
    text = '> GET /docs/1\n< 200 OK\n< ETag: "€"\n\ntext\n'
    assert broken(text) == []
