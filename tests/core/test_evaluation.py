"""The evaluation as a whole: against a second reading of §13.2.2, and what always holds."""

from datetime import UTC
from datetime import datetime
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_preconditions.core import ABSENT
from flask_preconditions.core import INDIFFERENT_METHODS
from flask_preconditions.core import NOTHING_SENT
from flask_preconditions.core import READ_METHODS
from flask_preconditions.core import SAFE_METHODS
from flask_preconditions.core import Conditions
from flask_preconditions.core import EntityTag
from flask_preconditions.core import Field
from flask_preconditions.core import Outcome
from flask_preconditions.core import Reason
from flask_preconditions.core import Sent
from flask_preconditions.core import State
from flask_preconditions.core import Truth
from flask_preconditions.core import Validators
from flask_preconditions.core import evaluate
from flask_preconditions.core import is_guarded
from flask_preconditions.core import lose_race
from flask_preconditions.core import parse_tag_list
from flask_preconditions.core.dates import Clock
from flask_preconditions.core.evaluation import decide_at_once
from flask_preconditions.core.evaluation import decide_in_full

SAVED_AT = datetime(1994, 11, 15, 12, 45, 26, tzinfo=UTC)
CURRENT = Validators(EntityTag("v1"), SAVED_AT, strong_date=True)
EARLIER, EQUAL = "Tue, 15 Nov 1994 12:45:25 GMT", "Tue, 15 Nov 1994 12:45:26 GMT"

# Each value of a field with the truth of its condition for CURRENT; None stands for a
# field that is not sent, "ignored" for a date that is none.
VALUES: dict[Field, dict[str | None, object]] = {
    Field.IF_MATCH: {None: None, '"v1"': True, '"v0"': False},
    Field.IF_UNMODIFIED_SINCE: {None: None, EQUAL: True, EARLIER: False, "soon": "ignored"},
    Field.IF_NONE_MATCH: {None: None, '"v0"': True, '"v1"': False},
    Field.IF_MODIFIED_SINCE: {None: None, EARLIER: True, EQUAL: False, "soon": "ignored"},
    Field.IF_RANGE: {None: None, '"v1"': True, '"v0"': False},
}
WRITES = ["PUT", "PATCH", "DELETE", "POST"]


def read_the_rfc(method: str, truth: dict[Field, object]) -> tuple[int | None, bool]:
    """Follow §13.2.2 word by word: the status, if any, and whether Range applies."""
    is_read = method in ("GET", "HEAD")
    if truth[Field.IF_MATCH] is not None:
        if truth[Field.IF_MATCH] is False:
            return 412, True
    elif truth[Field.IF_UNMODIFIED_SINCE] is False:
        return 412, True
    if truth[Field.IF_NONE_MATCH] is not None:
        if truth[Field.IF_NONE_MATCH] is False:
            return (304 if is_read else 412), True
    elif is_read and truth[Field.IF_MODIFIED_SINCE] is False:
        return 304, True
    if method == "GET" and truth[Field.IF_RANGE] is False:
        return None, False
    return None, True


@pytest.mark.parametrize("method", ["GET", "HEAD", *WRITES])
def test_every_combination_of_fields_is_decided_as_the_rfc_says(method: str) -> None:
    for values in product(*VALUES.values()):
        sent = dict(zip(VALUES, values, strict=True))
        truth = {field: VALUES[field][value] for field, value in sent.items()}
        fields = {field: value for field, value in sent.items() if value is not None}
        decision = evaluate(method, fields | {"Range": "bytes=0-3"}, CURRENT)
        got = decision.status, decision.honours_range
        wanted = read_the_rfc(method, truth)
        assert got == wanted, f"{method} {fields}\n{decision.explain()}"


TAGS = st.sampled_from(["v1", '"v1"', 'W/"v1"', '"v0"', '"v0", "v1"', "*", '"v1", *', "", '""'])
DATES = st.sampled_from([EQUAL, EARLIER, "soon", "", "Fri, 31 Dec 9999 23:59:60 GMT"])
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        Field.IF_MATCH: TAGS,
        Field.IF_UNMODIFIED_SINCE: DATES,
        Field.IF_NONE_MATCH: TAGS,
        Field.IF_MODIFIED_SINCE: DATES,
        Field.IF_RANGE: TAGS | DATES,
        "Range": st.just("bytes=0-3"),
    },
)
STATES = st.sampled_from(
    [
        ABSENT,
        CURRENT,
        Validators(),
        Validators(EntityTag("v1", weak=True)),
        Validators(EntityTag("")),
        Validators(last_modified=SAVED_AT),
    ]
)
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@given(
    st.text(),
    st.dictionaries(st.sampled_from([*Field, "Range"]), st.text()) | FIELDS,
    STATES,
    st.booleans(),
)
def test_no_request_makes_the_evaluation_raise(
    method: str, fields: dict[str, str], current: State, required: bool
) -> None:
    decision = evaluate(method, fields, current, required=required, now=NOW)
    assert decision.trace
    assert decision.explain()


@given(st.sampled_from(["PUT", "PATCH", "DELETE"]), FIELDS, STATES)
def test_a_malformed_condition_never_lets_a_write_through(
    method: str, fields: dict[str, str], current: State
) -> None:
    values = [fields.get(Field.IF_MATCH), fields.get(Field.IF_NONE_MATCH)]
    is_malformed = any(v is not None and isinstance(parse_tag_list(v), str) for v in values)
    decision = evaluate(method, fields, current, creates=True)
    assert (decision.outcome is Outcome.MALFORMED) is is_malformed
    assert (decision.malformed is not None) is is_malformed


@given(st.sampled_from(["PUT", "PATCH", "DELETE"]), FIELDS, STATES)
def test_a_required_condition_is_true_before_a_write_is_performed(
    method: str, fields: dict[str, str], current: State
) -> None:
    decision = evaluate(method, fields, current, required=True, creates=True, now=NOW)
    if decision.outcome is Outcome.PERFORM:
        assert is_guarded(Conditions.parse(fields), current)
        held = {step.field for step in decision.trace if step.evaluation.truth is Truth.TRUE}
        assert held & {Field.IF_MATCH, Field.IF_UNMODIFIED_SINCE, Field.IF_NONE_MATCH}


@pytest.mark.parametrize("method", WRITES)
def test_no_write_passes_by_a_date_whose_second_lasts(method: str) -> None:
    fields, current = {Field.IF_UNMODIFIED_SINCE: EQUAL}, Validators(last_modified=SAVED_AT)

    def decide(
        now: datetime | Clock | None, state: Validators = current, by: str = method
    ) -> int | None:
        return evaluate(by, fields, state, now=now, required=True, creates=True).status

    lasts, over = SAVED_AT.replace(microsecond=999_999), SAVED_AT + timedelta(seconds=1)
    assert decide(lasts) == 412
    assert decide(lambda: lasts) == 412
    assert decide(SAVED_AT - timedelta(hours=1)) == 412  # a clock that is behind
    for passed in (decide(over), decide(None), decide(lasts, by="GET")):
        assert passed is None
    assert decide(lasts, Validators(last_modified=SAVED_AT, strong_date=True)) is None


@given(FIELDS, STATES, st.booleans())
def test_the_policy_only_adds_428(fields: dict[str, str], current: State, creates: bool) -> None:
    free = evaluate("PUT", fields, current, creates=creates)
    held = evaluate("PUT", fields, current, creates=creates, required=True)
    assert held == free or held.outcome is Outcome.REQUIRED


@given(st.sampled_from(sorted(SAFE_METHODS)), FIELDS, STATES)
def test_a_read_is_never_428(method: str, fields: dict[str, str], current: State) -> None:
    assert evaluate(method, fields, current, required=True) == evaluate(method, fields, current)


@given(st.sampled_from(sorted(INDIFFERENT_METHODS)), FIELDS, STATES)
def test_a_method_without_a_representation_ignores_every_field(
    method: str, fields: dict[str, str], current: State
) -> None:
    decision = evaluate(method, fields, current, required=True)
    assert (decision.outcome, decision.decided_by) == (Outcome.PERFORM, None)


@given(st.sampled_from([*sorted(READ_METHODS), *WRITES]), FIELDS, STATES)
def test_304_answers_reads_only(method: str, fields: dict[str, str], current: State) -> None:
    decision = evaluate(method, fields, current)
    assert decision.outcome is not Outcome.NOT_MODIFIED or method in READ_METHODS


@given(FIELDS, STATES)
def test_the_steps_are_taken_in_the_order_of_the_rfc(
    fields: dict[str, str], current: State
) -> None:
    numbers = [step.number for step in evaluate("GET", fields, current).trace]
    assert numbers == sorted(set(numbers))


def test_method_names_are_case_sensitive() -> None:
    assert evaluate("options", {"If-Match": '"v0"'}, CURRENT).outcome is Outcome.FAILED
    assert evaluate("put", {}, CURRENT, required=True).outcome is Outcome.REQUIRED


VERBATIM = st.sampled_from(
    [*('"v1"', 'W/"v1"', '""', '"v0"', "*", '"v1", "v0"', '"v"1"', "v1", '"v0" ', '"v0'), '"\x00"']
)


@given(
    st.sampled_from(sorted(SAFE_METHODS - INDIFFERENT_METHODS) + WRITES),
    FIELDS
    | st.fixed_dictionaries({}, optional={Field.IF_MATCH: VERBATIM, Field.IF_NONE_MATCH: VERBATIM}),
    STATES,
    st.booleans(),
)
def test_what_is_decided_at_once_is_what_the_full_evaluation_says(
    method: str, fields: dict[str, str], current: State, required: bool
) -> None:
    sent = Sent.collect(fields)
    at_once = decide_at_once(method, sent, current, required)
    in_full = decide_in_full(method, sent, current, required, NOW)
    assert at_once is None or (at_once, at_once.trace) == (in_full, in_full.trace)


@given(st.sampled_from(["GET", "PUT"]), STATES, st.booleans())
def test_nothing_sent_and_one_strong_tag_are_decided_at_once(
    method: str, current: State, required: bool
) -> None:
    assert decide_at_once(method, NOTHING_SENT, current, required)
    if current is not ABSENT and current.etag and not current.etag.weak:
        field = {"GET": Field.IF_NONE_MATCH, "PUT": Field.IF_MATCH}[method]
        assert decide_at_once(method, Sent.collect({field: str(current.etag)}), current, required)
        assert decide_at_once(method, Sent.collect({field: '"another"'}), current, required)


def test_a_lost_race_is_a_failure_that_tells_what_was_true_before() -> None:
    tag = EntityTag("v1")
    performed = evaluate("PUT", {"If-Match": '"v1"'}, Validators(tag))
    lost = lose_race(performed)
    assert (performed.outcome, lost.outcome) == (Outcome.PERFORM, Outcome.FAILED)
    assert (lost.reason, lost.decided_by, lost.tag) == (Reason.LOST_RACE, Field.IF_MATCH, tag)
    assert lost.trace[:-1] == performed.trace
