"""``/api/lab/{session}/docs/{id}``: kept, guarded, bounded."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_preconditions.simulator import Limits
from flask_preconditions.simulator import create_app
from flask_preconditions.simulator.documents import Labs
from flask_preconditions.testing import assert_conformant
from flask_preconditions.testing import assert_no_lost_updates

DOC = "/api/lab/me/docs/welcome"
NEW = {"title": "Mine", "body": "text"}


def tag_of(client: FlaskClient, path: str = DOC) -> str:
    return client.get(path).headers["ETag"]


@pytest.mark.slow
def test_a_document_conforms_and_loses_no_update(app: Flask) -> None:
    # The extension's own promises, which the simulator must not weaken.
    assert_conformant(app, DOC, field="body")
    assert_no_lost_updates(app, DOC, field="body", rounds=5)


def test_a_rival_makes_a_tag_stale(client: FlaskClient) -> None:
    tag = tag_of(client)
    rival = client.post(f"{DOC}/rival")
    assert rival.status_code == 200
    got = client.put(DOC, json=NEW, headers={"If-Match": tag})
    assert got.status_code == 412
    assert client.get(DOC).get_json() == rival.get_json()
    again = client.put(DOC, json=NEW, headers={"If-Match": got.headers["ETag"]})
    assert again.status_code == 204
    assert client.get(DOC).get_json() == NEW


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_rival_meanwhile_makes_it_a_lost_race(client: FlaskClient, method: str) -> None:
    got = client.open(
        f"{DOC}?rival=meanwhile", method=method, json=NEW, headers={"If-Match": tag_of(client)}
    )
    assert (got.status_code, got.get_json(force=True)["reason"]) == (412, "lost-race")
    assert "rival" in client.get(DOC).get_json()["body"]


def test_with_check_then_write_the_rival_is_overwritten(
    client: FlaskClient, waits: list[float]
) -> None:
    asks = f"{DOC}?fault=check-then-write&rival=meanwhile"
    got = client.put(asks, json=NEW, headers={"If-Match": tag_of(client)})
    assert (got.status_code, client.get(DOC).get_json()) == (204, NEW)
    assert len(waits) == 1


def test_create_once_delete_and_create_again_never_repeat_a_tag(client: FlaskClient) -> None:
    path, once = "/api/lab/me/docs/new", {"If-None-Match": "*"}
    made = client.put(path, json=NEW, headers=once)
    assert (made.status_code, made.headers["Location"]) == (201, path)
    first = tag_of(client, path)
    assert client.put(path, json=NEW, headers=once).status_code == 412
    assert client.delete(path, headers={"If-Match": first}).status_code == 204
    assert client.get(path).status_code == 404
    assert client.put(path, json=NEW, headers=once).status_code == 201
    assert tag_of(client, path) != first


@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("HEAD", "bytes=2-5"),
        ("GET", "lines=2-5"),
        ("GET", "bytes=2-3,5-6"),
        ("GET", "bytes=x"),
        ("GET", "bytes=-9999"),
    ],
)
def test_a_range_of_another_method_or_unit_is_ignored(
    client: FlaskClient, method: str, value: str
) -> None:
    assert client.open(DOC, method=method, headers={"Range": value}).status_code == 200


def test_ranges_are_honoured_while_the_copy_is_current(client: FlaskClient) -> None:
    whole = client.get(DOC)
    asks = {"Range": "bytes=2-5", "If-Range": whole.headers["ETag"]}
    part = client.get(DOC, headers=asks)
    assert (part.status_code, part.get_data()) == (206, whole.get_data()[2:6])
    client.post(f"{DOC}/rival")
    assert client.get(DOC, headers=asks).status_code == 200
    beyond = client.get(DOC, headers={"Range": "bytes=9000-"})
    assert (beyond.status_code, beyond.content_type) == (416, "application/problem+json")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[" * 9000, 400),
        (b"[]", 422),
        (b'{"title": 1, "body": "x"}', 422),
        (b'{"title": "x", "body": "x", "more": "x"}', 422),
        (b'{"title": "x"}', 422),
        (b'{"title": "x", "body": "\\ud800"}', 400),
        (b'{"title": "x", "body": "%s"}' % (b"x" * 16_384), 413),
    ],
)
def test_content_that_is_off_is_refused_after_the_check(
    client: FlaskClient, content: bytes, status: int
) -> None:
    stale = client.put(DOC, data=content, headers={"If-Match": '"stale"'})
    assert stale.status_code == 412
    got = client.put(DOC, data=content, headers={"If-Match": tag_of(client)})
    assert (got.status_code, got.content_type) == (status, "application/problem+json")


def test_markup_in_a_document_stays_text(client: FlaskClient) -> None:
    evil = {"title": "<script>alert(1)</script>", "body": "&"}
    client.put(DOC, json=evil, headers={"If-Match": tag_of(client)})
    got = client.get(DOC)
    assert b"<" not in got.get_data()
    assert got.get_json() == evil
    assert got.headers["X-Content-Type-Options"] == "nosniff"


def test_a_thousand_labs_are_as_many_as_are_kept() -> None:
    labs = Labs(Limits(sessions=50))
    for number in range(1000):
        assert labs.find(f"lab-{number}", "welcome")
    assert labs.count == 50
    one = labs.octets // 50
    assert labs.octets == 50 * one
    assert labs.save("lab-999", "welcome", "x", "y", None) is None  # the last ones are kept


def test_the_lab_that_was_used_longest_ago_is_forgotten_and_gets_new_tags() -> None:
    labs = Labs(Limits(sessions=2))
    first = labs.find("a", "welcome")
    kept = labs.find("b", "welcome")
    assert labs.find("a", "welcome") == first
    labs.find("c", "welcome")
    assert labs.find("a", "welcome") == first
    again = labs.find("b", "welcome")
    assert again is not None
    assert kept is not None
    assert again.rev != kept.rev


def test_the_text_of_all_labs_is_bounded() -> None:
    limits = Limits(sessions=100, octets=10_000)
    labs = Labs(limits)
    for number in range(100):
        seen = labs.find(f"lab-{number}", "welcome")
        assert labs.save(f"lab-{number}", "welcome", "", "x" * 1000, seen)
        assert labs.octets <= limits.octets + 1000
    assert labs.count == 10


def test_a_lab_has_a_bound_of_documents() -> None:
    client = create_app(Limits(documents=3)).test_client()
    once = {"If-None-Match": "*"}
    statuses = [
        client.put(f"/api/lab/me/docs/d{number}", json=NEW, headers=once).status_code
        for number in range(3)
    ]
    assert statuses == [201, 201, 409]


def test_a_lab_can_be_begun_anew(client: FlaskClient) -> None:
    client.put(DOC, json=NEW, headers={"If-Match": tag_of(client)})
    assert client.delete("/api/lab/me").status_code == 204
    assert client.get(DOC).get_json()["title"] == "Welcome"
