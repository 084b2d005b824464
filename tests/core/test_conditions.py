"""The request fields as typed values."""

from datetime import UTC
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from flask_preconditions.core import Conditions
from flask_preconditions.core import EntityTag
from flask_preconditions.core import Field
from flask_preconditions.core import Malformed
from flask_preconditions.core import TagList

MOMENT = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


def test_a_request_without_the_fields_has_no_conditions() -> None:
    assert Conditions.parse({}) == Conditions()
    assert Conditions.parse({"Host": "example.org", "If": "(<urn:1>)"}) == Conditions()


def test_each_field_is_read_into_its_type() -> None:
    fields = {
        "If-Match": '"a", W/"b"',
        "If-Unmodified-Since": DATE,
        "If-None-Match": "*",
        "If-Modified-Since": DATE,
        "If-Range": '"a"',
        "Range": "bytes=0-3",
    }
    assert Conditions.parse(fields) == Conditions(
        if_match=TagList('"a", W/"b"'),
        if_unmodified_since=MOMENT,
        if_none_match=TagList("*"),
        if_modified_since=MOMENT,
        if_range=EntityTag("a"),
        has_range=True,
    )


@pytest.mark.parametrize("kind", [dict, list, Headers])
def test_fields_come_as_a_mapping_or_as_pairs(kind: type) -> None:
    fields = kind([("if-match", '"a"')])
    assert Conditions.parse(fields).if_match == TagList('"a"')


def test_the_lines_of_one_field_are_one_value_whatever_their_case() -> None:
    conditions = Conditions.parse([("If-Match", '"a"'), ("Host", "x"), ("IF-MATCH", '"b"')])
    assert conditions.if_match == TagList('"a", "b"')


def test_a_field_that_was_sent_and_cannot_be_read_is_never_taken_for_not_sent() -> None:
    conditions = Conditions.parse(dict.fromkeys(Field, ""))
    for condition in (
        conditions.if_match,
        conditions.if_unmodified_since,
        conditions.if_none_match,
        conditions.if_modified_since,
        conditions.if_range,
    ):
        assert isinstance(condition, Malformed)
        assert condition.value == ""
        assert condition.problem.endswith(".")


def test_a_malformed_field_keeps_what_was_sent() -> None:
    malformed = Conditions.parse([("If-Match", "a"), ("If-Match", "b")]).if_match
    assert isinstance(malformed, Malformed)
    assert (malformed.field, malformed.value) == (Field.IF_MATCH, "a, b")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (DATE, MOMENT),
        (' W/"a" ', EntityTag("a", weak=True)),
        ('""', EntityTag("")),
        (f'"{DATE}"', "It is not one entity tag."),
        ('"a", "b"', "It is not one entity tag."),
        ("a", "It is neither an entity tag nor a valid HTTP-date."),
        ('abc"', "It is neither an entity tag nor a valid HTTP-date."),
        (f"{DATE}, {DATE}", "It is neither an entity tag nor a valid HTTP-date."),
    ],
)
def test_if_range_is_one_tag_or_one_date(value: str, wanted: object) -> None:
    parsed = Conditions.parse({"If-Range": value}).if_range
    assert (parsed.problem if isinstance(parsed, Malformed) else parsed) == wanted


@given(st.lists(st.tuples(st.sampled_from([*Field, "Range", "Host"]), st.text())))
def test_no_request_makes_the_parser_raise(pairs: list[tuple[str, str]]) -> None:
    conditions = Conditions.parse(pairs)
    sent = {name for name, _ in pairs}
    assert (conditions.if_match is not None) == (Field.IF_MATCH in sent)
    assert (conditions.if_range is not None) == (Field.IF_RANGE in sent)
    assert conditions.has_range == ("Range" in sent)
