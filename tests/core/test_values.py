"""Validators, clauses and decisions as values."""

from datetime import UTC
from datetime import datetime

import pytest

from flask_preconditions.core import ABSENT
from flask_preconditions.core import CLAUSES
from flask_preconditions.core import EntityTag
from flask_preconditions.core import Outcome
from flask_preconditions.core import Validators
from flask_preconditions.core import evaluate
from flask_preconditions.core import parse_tag_list
from flask_preconditions.core.values import value


def test_validators_keep_whole_seconds_in_utc() -> None:
    late = datetime(2026, 1, 1, 12, 0, 0, 999_999, tzinfo=UTC)
    assert Validators(last_modified=late).last_modified == late.replace(microsecond=0)


def test_validators_refuse_a_bare_string_and_say_how_to_wrap_it() -> None:
    with pytest.raises(TypeError, match=r"pass EntityTag\('v1'\)"):
        Validators("v1")  # type: ignore[arg-type]


def test_validators_take_a_tag_of_a_class_of_ones_own() -> None:
    class Revision(EntityTag):
        pass

    tag = Revision("v1")
    assert Validators(tag).etag is tag


def test_lists_of_tags_are_compared_by_what_they_list() -> None:
    one, same, other = (parse_tag_list(text) for text in ('"a",W/"b"', 'W/"b" , "a",', '"a"'))
    assert one == same != other
    assert hash(one) == hash(same)
    assert one != '"a",W/"b"'
    assert EntityTag("a") != "a"
    assert repr(other) == """TagList('"a"')"""


def test_a_value_may_compare_in_a_way_of_its_own() -> None:
    @value
    class Word:
        text: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Word) and self.text.lower() == other.text.lower()

        def __hash__(self) -> int:
            return hash(self.text.lower())

    assert Word("A") == Word("a")
    assert repr(Word("A")).endswith("Word(text='A')")


def test_absent_shows_its_name() -> None:
    assert repr(ABSENT) == "ABSENT"


def test_a_clause_can_be_cited_and_opened() -> None:
    clause = CLAUSES["9110 13.2.2"]
    assert str(clause) == "RFC 9110 §13.2.2"
    assert clause.url == "https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2"


def test_a_decision_explains_each_step_with_its_clause() -> None:
    fields = {"If-Match": '"v1"', "If-None-Match": '"v1"', "If-Modified-Since": "soon"}
    decision = evaluate("PUT", fields, Validators(EntityTag("v1")))
    assert decision.explain().splitlines() == [
        "failed (412) by If-None-Match, exists",
        '  1. If-Match: the current tag "v1" is listed (RFC 9110 §13.1.1)',
        '  3. If-None-Match: the current tag "v1" is listed (RFC 9110 §13.1.2)',
    ]
    open_write = evaluate("PUT", {}, Validators())
    assert open_write.explain().splitlines() == [
        "perform",
        "  6. perform: no condition applies (RFC 9110 §13.2.2)",
    ]


def test_fields_may_come_as_pairs_with_a_name_twice() -> None:
    pairs = [("if-match", '"v0"'), ("If-Match", '"v1"')]
    assert evaluate("PUT", pairs, Validators(EntityTag("v1"))).outcome is Outcome.PERFORM


def test_the_caller_says_which_methods_create() -> None:
    fields = {"If-Match": "*"}
    assert evaluate("PUT", fields, ABSENT).outcome is Outcome.FAILED
    assert evaluate("PUT", fields, ABSENT, creates=False).outcome is Outcome.PERFORM
    assert evaluate("PATCH", fields, ABSENT, creates=True).outcome is Outcome.FAILED
    only_dates = {"If-Modified-Since": "Sun, 06 Nov 1994 08:49:37 GMT", "If-Range": '"v1"'}
    created = evaluate("GET", only_dates | {"Range": "bytes=0-"}, ABSENT, creates=True)
    assert created.outcome is Outcome.PERFORM
    assert not created.honours_range
