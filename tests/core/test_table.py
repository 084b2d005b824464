"""The table checks itself."""

import tomllib
from collections import Counter
from typing import Any

import pytest

from flask_preconditions.conformance import STATES
from flask_preconditions.conformance import VectorError
from flask_preconditions.conformance import load_vectors
from flask_preconditions.conformance import resolve
from flask_preconditions.conformance import table
from flask_preconditions.core import CLAUSES
from flask_preconditions.core import PRECEDENCE
from flask_preconditions.core import EntityTag
from flask_preconditions.core import Field
from flask_preconditions.core import Outcome
from flask_preconditions.core import Reason
from flask_preconditions.core import Validators

VECTORS = load_vectors()

# Cited by the code for what is no request field: see the places.
CITED_ELSEWHERE = {"9110 5.4", "9110 8.8.1", "9457 3"} | {
    # Rules of the check about the fields of plain answers.
    "9110 8.6",
    "9110 8.8.2",
    "9110 8.8.2.1",
    "9110 8.8.3.3",
    "9110 9.3.2",
    "9110 12.5.5",
    "9110 15.3.7",
    "9111 4.3.2",
}

ROW = """
id = "a-row"
title = "a row"
clause = "9110 13.1.1"
kind = "required"
state = "document"
method = "PUT"
fields = [["If-Match", "{etag}"]]
expect = { outcome = "perform", status = "2xx", unchanged = false }
"""


def test_every_clause_is_cited_by_a_vector() -> None:
    assert set(CLAUSES) - {vector.clause.id for vector in VECTORS} == CITED_ELSEWHERE


def test_every_outcome_reason_and_step_is_reached() -> None:
    expected = [vector.expect for vector in VECTORS]
    assert {expect.outcome for expect in expected} == set(Outcome)
    # A race is lost between two requests, which no single one can show.
    assert {expect.reason for expect in expected if expect.reason} == set(Reason) - {
        Reason.LOST_RACE
    }
    assert {expect.decided_by for expect in expected if expect.decided_by} == set(Field)
    assert {rule.field for rule in PRECEDENCE} == set(Field)


def test_every_state_is_used() -> None:
    assert {vector.state for vector in VECTORS} == set(STATES)


def test_every_field_has_vectors_of_its_own() -> None:
    groups = Counter(vector.group for vector in VECTORS)
    assert min(groups[field.lower()] for field in Field) >= 20
    assert len(VECTORS) >= 150


def test_an_id_names_one_vector_of_the_whole_table() -> None:
    assert len({vector.id for vector in VECTORS}) == len(VECTORS)


def test_no_two_vectors_say_the_same() -> None:
    said = [(v.state, v.etag, v.method, v.fields, v.required, v.expect) for v in VECTORS]
    assert [what for what, count in Counter(said).items() if count > 1] == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("title", "missing 1 required positional argument: 'title'"),
        ('clause = "9110 1.1"', "'9110 1.1' is missing or unknown"),
        ('kind = "nice"', "'nice' is not a valid Kind"),
        ('state = "broken"', "'broken' is missing or unknown"),
        ('colour = "red"', "colour"),
        ('fields = [["If-Match", "{etag:blue}"]]', "unknown placeholder {etag:blue}"),
        ('fields = [["If-Match", "{colour}"]]', "unknown placeholder {colour}"),
        ('etag = "unquoted"', "'unquoted' is not an entity tag"),
        ("expect = { status = 200, unchanged = true }", "'outcome' is missing"),
        ('expect = { outcome = "perform", status = 200, unchanged = true, x = 1 }', "'x'"),
    ],
)
def test_a_wrong_row_is_named_with_its_file_and_mistake(line: str, words: str) -> None:
    key = line.partition(" ")[0]
    kept = [row for row in ROW.splitlines() if not row.startswith(f"{key} ")]
    row = tomllib.loads("\n".join([*kept, line] if " = " in line else kept))
    with pytest.raises(VectorError) as caught:
        table.read_rows("if-match", [row])
    assert str(caught.value).startswith("if-match.toml: a-row: ")
    assert words in str(caught.value)


def test_a_row_without_an_id_is_found_by_its_file() -> None:
    with pytest.raises(VectorError, match=r"if-match\.toml: a row without an id"):
        table.read_rows("if-match", [{}])


def test_an_id_is_taken_once() -> None:
    row: dict[str, Any] = tomllib.loads(ROW)
    with pytest.raises(VectorError, match="the id 'a-row' is taken"):
        table.read_rows("if-match", [row, row])


def test_placeholders_follow_the_state() -> None:
    state = Validators(EntityTag("x"), STATES["document"].last_modified)
    resolved = {
        name: resolve(f"{{{name}}}", state)
        for name in ("etag", "etag:weak", "etag:lower", "etag:opaque", "etag:gzip", "etag:stale")
    }
    assert list(resolved.values()) == ['"x"', 'W/"x"', 'w/"x"', "x", '"x-gzip"', '"stale"']
    assert resolve("{tags:3}", state) == '"t0", "t1", "t2"'
    assert resolve("{pad:4}", state) == "xxxx"
    assert resolve("{date:asctime}", state) == "Tue Nov 15 12:45:26 1994"
    assert resolve("{date:rfc850}", state) == "Tuesday, 15-Nov-94 12:45:26 GMT"
    assert resolve("{date:older}", STATES["bare"]) == "Tue, 15 Nov 1994 12:45:25 GMT"
    assert resolve("{etag}", STATES["absent"]) == '"v1"'


def test_a_status_may_be_a_class() -> None:
    expect = next(vector.expect for vector in VECTORS if vector.expect.status == ("2xx",))
    assert expect.accepts_status(204)
    assert not expect.accepts_status(304)
