"""The evaluator against one written apart, from the text of the RFC alone.

The table is exhaustive: every value of the five fields with every other, on every kind of
state and method. Both ways of the evaluator are compared, the short one and the full one.
It comes in parts, of which the first is a sample: each seventh row.
"""

from datetime import UTC
from datetime import datetime
from itertools import islice
from itertools import product
from typing import NamedTuple

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from flask_preconditions.core import ABSENT
from flask_preconditions.core import Decision
from flask_preconditions.core import EntityTag
from flask_preconditions.core import Sent
from flask_preconditions.core import State
from flask_preconditions.core import Validators
from flask_preconditions.core import decide
from flask_preconditions.core import decide_at_once
from flask_preconditions.core import decide_in_full
from flask_preconditions.core import parse_http_date
from flask_preconditions.core import parse_tag_list
from tests import rfc9110
from tests.samples import sample

SAVED_AT = datetime(1994, 11, 15, 12, 45, 26, tzinfo=UTC)
NOW = datetime(2026, 11, 23, tzinfo=UTC)
LATER, EQUAL = "Wed, 16 Nov 1994 12:45:26 GMT", "Tuesday, 15-Nov-94 12:45:26 GMT"
EARLIER = "Tue Nov 15 12:45:25 1994"

# Not sent, true and false (each by a tag or date), weak, malformed, and the wildcard.
TAGS = (None, '"v0", "v1"', '"v0"', 'W/"v1"', "v1", "*")
NO_TAGS = (None, '"v0"', '"v0", "v1"', 'W/"v1"', '"v1', " * ")
DATES = (None, LATER, EARLIER, EQUAL, "Tue, 15 Nov 1994 12:45:26 UTC", "*")
RANGES = (None, '"v1"', '"v0"', 'W/"v1"', '"v1', EQUAL, EARLIER, "*")

STRONG, WEAK = EntityTag("v1"), EntityTag("v1", weak=True)
# Of each class: reads, with and without ranges; a write that creates, and one that does not;
# and what involves no representation.
CLASSES = ("GET", "HEAD", "QUERY", "PUT", "PATCH", "OPTIONS")
WRITES = ("PUT", "PATCH", "POST", "DELETE")
METHODS = (*CLASSES, "POST", "DELETE", "TRACE", "CONNECT")


class Kind(NamedTuple):
    """One state of a target, for both evaluators."""

    ours: State
    theirs: rfc9110.Target


def kind(tag: EntityTag | None, date: datetime | None = None, strong: bool = False) -> Kind:
    plain = None if tag is None else (tag.weak, tag.opaque)
    return Kind(Validators(tag, date, strong), rfc9110.Target(True, plain, date, strong))


KINDS = {
    "strong": kind(STRONG, SAVED_AT, strong=True),
    "weak": kind(WEAK, SAVED_AT),
    "dated": kind(None, SAVED_AT, strong=True),
    "just tagged": kind(STRONG),
    "bare": kind(None),
    "absent": Kind(ABSENT, rfc9110.Target(exists=False)),
}


def compare(method: str, sent: Sent, state: Kind, *, required: bool, creates: bool) -> str | None:
    """Decide a request in three ways; tell where they differ."""
    wanted = rfc9110.answer(
        method,
        rfc9110.Request(*sent),
        state.theirs,
        creates=creates,
        required=required,
        this_year=NOW.year,
    )
    decided: list[Decision | None] = [decide(method, sent, state.ours, required, creates, NOW)]
    # What these two are given has been decided already where the method ignores conditions.
    if decided[0] and decided[0].found[0][0].clause.id != "9110 13.2.1":
        decided.append(decide_in_full(method, sent, state.ours, required, NOW))
        decided.append(decide_at_once(method, sent, state.ours, required))
    for decision in decided:
        if decision is None:
            continue
        ranged = decision.honours_range or decision.status is not None
        if (decision.status, ranged) != wanted:
            return f"{method} {sent} on {state.ours}\nwanted {wanted}\n{decision.explain()}"
    return None


COUNT_OF_PARTS = 13  # it divides no count of values, so every three values meet in each part


def differences(method: str, state: Kind, has_range: bool, part: int) -> list[str]:
    found = []
    table = product(TAGS, DATES, NO_TAGS, DATES, RANGES)
    for values in islice(table, part, None, COUNT_OF_PARTS):
        sent = Sent(*values, has_range)
        for required in (False, True) if method in WRITES else (False,):
            told = compare(method, sent, state, required=required, creates=method == "PUT")
            if told:
                found.append(told)
    return found


@pytest.mark.parametrize("part", sample(range(COUNT_OF_PARTS), COUNT_OF_PARTS))
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("method", CLASSES)
def test_the_exhaustive_table_has_no_difference(method: str, name: str, part: int) -> None:
    found = differences(method, KINDS[name], has_range=True, part=part)
    assert not found, f"{len(found)} differences, such as {found[0]}"


@pytest.mark.parametrize("part", sample(range(COUNT_OF_PARTS), COUNT_OF_PARTS))
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("method", ["GET", "QUERY"])
def test_without_range_the_field_if_range_means_nothing(method: str, name: str, part: int) -> None:
    found = differences(method, KINDS[name], has_range=False, part=part)
    assert not found, f"{len(found)} differences, such as {found[0]}"


TEXT = st.text(st.characters(max_codepoint=255), max_size=40)
PARTS = st.lists(
    st.sampled_from(['"v1"', 'W/"v1"', '","', '",W/"', '""', "*", ",", " ", "\t", '"', "W/", "é"])
)
VALUES = TEXT | PARTS.map("".join)


@example('"0",,')
@given(VALUES)
@settings(max_examples=300, deadline=None)
def test_a_list_of_tags_is_read_as_the_grammar_has_it(value: str) -> None:
    ours, theirs = parse_tag_list(value), rfc9110.read_tags(value)
    if isinstance(ours, str):
        assert theirs is None
        return
    assert theirs is not None
    assert ours.any is (theirs == "*")
    listed = set() if isinstance(theirs, str) else set(theirs)
    assert ours.strong == {opaque for weak, opaque in listed if not weak}
    assert ours.weak == {opaque for weak, opaque in listed if weak}
    for weak, opaque in listed | {(False, ","), (True, ",W/"), (False, "v1"), (True, "")}:
        found = ours.find(opaque)
        assert found == ((False, opaque) in listed, (True, opaque) in listed), (weak, opaque)


DATE_PARTS = st.lists(
    st.sampled_from(
        [
            *("Tue", "Tuesday", ", ", " ", "  ", "15", "5", "29", "31", "Nov", "Feb", "1994", "94"),
            *("15-Nov-94", "23:59:60", "12:45:26", "12:45:60", "24:00:00", "GMT", "UTC", "2000"),
        ]
    ),
    max_size=9,
)
DATE_FORMS = st.sampled_from(
    [
        *("Tue, {0:02} {1} {2:04} {3:02}:{4:02}:{5:02} GMT", "{6}, {0:02} {1} 1994 12:00:00 GMT"),
        *("Monday, {0:02}-{1}-{7:02} {3:02}:{4:02}:{5:02} GMT", "Tue {1} {0:2} 12:00:00 {2:04}"),
        *("Sun {1} {0:02} {3:02}:{4:02}:{5:02} {2:04}", "tue, {0} {1} {2} 12:00:00 gmt"),
    ]
)
DATES_MADE = st.builds(
    lambda form, *parts: form.format(*parts),
    DATE_FORMS,
    st.integers(0, 32),
    st.sampled_from([*rfc9110.MONTHS, "nov", "Nov."]),
    st.integers(0, 9999),
    st.integers(0, 25),
    st.integers(0, 61),
    st.integers(0, 61),
    st.sampled_from(["Mon", "Sun", "Sunday", "Xyz"]),
    st.integers(0, 99),
)


@given(DATES_MADE | DATE_PARTS.map("".join) | TEXT)
@settings(max_examples=500, deadline=None)
def test_a_date_is_read_as_the_grammar_has_it(text: str) -> None:
    assert parse_http_date(text) == rfc9110.read_date(text)


@given(
    st.sampled_from(METHODS),
    st.sampled_from(sorted(KINDS)),
    st.builds(
        Sent,
        *[st.none() | VALUES] * 5,
        st.booleans(),
    ),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=500, deadline=None)
def test_any_request_is_decided_as_the_rfc_says(
    method: str, name: str, sent: Sent, required: bool, creates: bool
) -> None:
    told = compare(method, sent, KINDS[name], required=required, creates=creates)
    assert told is None, told
