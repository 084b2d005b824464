"""The vectors, played at every server of the snippets over real sockets."""

import json
import re
from typing import Any

import pytest

from docgen.records.record import digest
from flask_preconditions.conformance import Kind
from flask_preconditions.conformance import load_vectors
from flask_preconditions.conformance.races import run_lost_updates
from flask_preconditions.conformance.verdicts import Verdict
from flask_preconditions.conformance.wire import Client
from snippets.tools.documents import play_table
from snippets.tools.serve import HERE
from snippets.tools.serve import Program
from snippets.tools.transcripts import record

VECTORS = load_vectors()


def test_the_server_answers_every_vector_as_the_table_says(client: Client) -> None:
    results = list(play_table(client, VECTORS))
    assert {result.vector.id for result in results} == {vector.id for vector in VECTORS}
    wrong = [
        result.explain()
        for result in results
        if result.verdict
        is not (Verdict.OBSERVED if result.vector.kind is Kind.OBSERVED else Verdict.PASS)
    ]
    if wrong:
        told = "\n\n".join([*wrong, f"{len(wrong)} of {len(VECTORS)} vectors fail"])
        pytest.fail(told, pytrace=False)


def again(server: Program) -> str:
    return f"run `make live SERVER={server.name}` and commit the results"


def test_the_record_fits_the_sources(server: Program) -> None:
    kept = recorded(server)
    assert kept["digest"] == digest(server.sources), again(server)
    assert set(kept["vectors"]) == {vector.id for vector in VECTORS}, again(server)
    failed = [id for id, verdict in kept["vectors"].items() if verdict.startswith("fail")]
    assert failed == []


def test_the_recorded_exchanges_are_what_the_server_does(server: Program, client: Client) -> None:
    found, kept = anonymous(record(client)), anonymous(recorded(server)["transcripts"])
    assert found == kept, again(server)


def test_an_acknowledged_write_is_never_lost(client: Client) -> None:
    made = client.send("PUT", "/docs/race", [("If-None-Match", "*")], b'{"title":"t","body":""}')
    assert made.response.status == 201
    report = run_lost_updates(client, "/docs/race", clients=8, rounds=50)
    assert len(report.acknowledged) == 400
    assert report.lost == frozenset(), report
    assert set(report.answers) <= {204, 412}


def test_a_document_made_again_never_takes_an_old_tag(client: Client) -> None:
    body = b'{"title": "t", "body": "b"}'
    create = [("If-None-Match", "*")]
    client.send("PUT", "/docs/again", create, body)
    old = client.send("GET", "/docs/again").response.get("ETag")
    assert old
    client.send("DELETE", "/docs/again", [("If-Match", old)])
    client.send("PUT", "/docs/again", create, body)
    late = client.send("PUT", "/docs/again", [("If-Match", old)], body)
    assert late.response.status == 412


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[" * 200_000, 400),
        (b'{"title": "\\ud800", "body": ""}', 400),
        (b"[]", 422),
        (b'{"title": 1}', 422),
        (b'{"x": "y"}', 422),
    ],
    ids=["no JSON", "nested too deeply", "lone surrogate", "list", "number", "unknown member"],
)
def test_the_body_is_read_after_the_check_and_writes_nothing_when_it_is_wrong(
    client: Client, body: bytes, status: int
) -> None:
    client.send("PUT", "/docs/body", [("If-None-Match", "*")], b'{"title": "t", "body": "b"}')
    before = client.send("GET", "/docs/body").response
    tag = before.get("ETag") or ""
    stale = client.send("PUT", "/docs/body", [("If-Match", '"stale"')], body)
    assert stale.response.status == 412
    fresh = client.send("PUT", "/docs/body", [("If-Match", tag)], body)
    assert fresh.response.status == status
    assert client.send("GET", "/docs/body").response.get("ETag") == tag


def test_the_tag_of_an_item_in_the_list_is_its_own(client: Client) -> None:
    client.send("PUT", "/docs/item", [("If-None-Match", "*")], b'{"title": "t", "body": "b"}')
    listed = json.loads(client.send("GET", "/docs").response.body)["items"]
    tags = {item["name"]: item["etag"] for item in listed}
    assert tags["item"] == client.send("GET", "/docs/item").response.get("ETag")


def test_a_patch_tells_the_tag_of_what_it_wrote(client: Client) -> None:
    client.send("PUT", "/docs/patch", [("If-None-Match", "*")], b'{"title": "t", "body": "b"}')
    tag = client.send("GET", "/docs/patch").response.get("ETag") or ""
    merged = client.send("PATCH", "/docs/patch", [("If-Match", tag)], b'{"title": "new"}').response
    assert json.loads(merged.body) == {"name": "patch", "title": "new", "body": "b"}
    assert merged.get("ETag") == client.send("GET", "/docs/patch").response.get("ETag") != tag


def test_a_name_may_hold_any_character(client: Client) -> None:
    target = "/docs/caf%C3%A9-%E2%82%AC"
    body = b'{"title": "t", "body": "b"}'
    made = client.send("PUT", target, [("If-None-Match", "*")], body).response
    assert (made.status, made.get("Location")) == (201, target)
    stale = client.send("PUT", target, [("If-Match", '"stale"')], body).response
    problem = json.loads(stale.body)
    assert problem["next"]["href"] == target
    # RFC 9457 §3.1.5: the occurrence. Short servers name the resource, which is allowed.
    assert problem["instance"] == target or problem["instance"].startswith("urn:uuid:")


def test_what_is_not_offered_is_405_and_says_what_is(client: Client) -> None:
    refused = client.send("POST", "/docs/any", [("If-Match", '"stale"')], b"{}").response
    assert refused.status == 405
    allowed = {method.strip() for method in (refused.get("Allow") or "").split(",")}
    assert allowed == {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"}


def recorded(server: Program) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads((HERE / "results" / f"{server.name}.json").read_text())
    return kept


def anonymous(transcripts: object) -> str:
    """Write transcripts down with their random tags, occurrences and dates replaced."""
    date = r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT"
    return re.sub(
        rf"[0-9a-f]{{16}}|urn:uuid:[0-9a-f-]{{36}}|{date}",
        "…",
        json.dumps(transcripts, sort_keys=True),
    )
