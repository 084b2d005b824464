"""``/api/etag/{tag}``: what the evaluator says, over HTTP, for the whole table."""

import re

import pytest
from flask.testing import FlaskClient

from flask_preconditions import ABSENT
from flask_preconditions import EntityTag
from flask_preconditions import Outcome
from flask_preconditions import Validators
from flask_preconditions import evaluate
from flask_preconditions.conformance import Vector
from flask_preconditions.conformance import load_vectors
from flask_preconditions.core import format_http_date
from tests.samples import sample

METHODS = ("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "QUERY", "OPTIONS")
FIRST = EntityTag("v1")


def tag_of(vector: Vector) -> EntityTag:
    return FIRST if vector.current is ABSENT else vector.current.etag or FIRST


# The URL of the simulator cannot name an empty tag, nor one with a slash or beyond ASCII.
VECTORS = [
    vector
    for vector in load_vectors()
    if vector.method in METHODS and re.fullmatch(r"[!-.0-~]+", tag_of(vector).opaque)
]


@pytest.mark.parametrize("vector", sample(VECTORS, every=10), ids=lambda v: v.id)
def test_the_answer_is_that_of_the_evaluator(client: FlaskClient, vector: Vector) -> None:
    state = vector.current
    tag = tag_of(vector)
    query = {"exists": "0"} if state is ABSENT else {}
    date = None if state is ABSENT else state.last_modified
    if tag.weak:
        query["weak"] = "1"
    if date:
        query["modified"] = format_http_date(date)
    known = Validators(tag, date)
    fields = vector.resolve_fields(known if state is not ABSENT else state)
    got = client.open(
        f"/api/etag/{tag.opaque}", method=vector.method, query_string=query, headers=list(fields)
    )
    expected = evaluate(vector.method, fields, ABSENT if state is ABSENT else known)
    if expected.outcome is Outcome.PERFORM:
        assert got.status_code in (200, 201, 404)
        assert (got.status_code == 404) is (state is ABSENT and vector.method != "PUT")
    else:
        assert got.status_code == expected.status
    if got.get_data() and got.status_code != 404:
        told = got.get_json(force=True)["evaluated"]
        assert (told["outcome"], told["reason"]) == (expected.outcome, expected.reason)


def test_a_refusal_has_the_trace_and_the_current_tag(client: FlaskClient) -> None:
    got = client.put("/api/etag/v1", headers={"If-Match": '"v0"'})
    told = got.get_json(force=True)
    assert (got.status_code, got.content_type) == (412, "application/problem+json")
    assert (got.headers["ETag"], got.headers["Cache-Control"]) == ('"v1"', "no-store")
    assert told["evaluated"]["trace"][0]["step"] == 1
    assert told["next"]["href"] == "/api/etag/v1"


def test_require_asks_for_a_condition(client: FlaskClient) -> None:
    assert client.put("/api/etag/v1?require=1").status_code == 428
    assert client.put("/api/etag/v1").status_code == 200


def test_require_of_a_weak_tag_alone_is_refused_with_the_way_out(client: FlaskClient) -> None:
    got = client.put("/api/etag/v1?require=1&weak=1")
    assert got.status_code == 400
    assert "Add modified" in got.get_json(force=True)["detail"]
    dated = client.put(
        "/api/etag/v1",
        query_string={"require": "1", "weak": "1", "modified": "Sun, 06 Nov 1994 08:49:37 GMT"},
        headers={"If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"},
    )
    assert dated.status_code == 200


@pytest.mark.parametrize("tag", ["a%22b", "a%20b", "%0d%0aX:y", "ü", "a" * 129])
def test_what_is_no_tag_is_refused(client: FlaskClient, tag: str) -> None:
    got = client.get(f"/api/etag/{tag}")
    assert got.status_code == 400
    assert "ETag" not in got.headers
