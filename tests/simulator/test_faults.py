"""Each fault, found by the checker or told by the evaluator, by its cause."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient

from flask_preconditions.checker import Unusable
from flask_preconditions.checker import check
from flask_preconditions.simulator import FAULTS
from flask_preconditions.simulator import create_app
from flask_preconditions.testing.clients import serving

DOC = "/api/lab/me/docs/welcome"
LOST = "Two writers with the same ETag are both acknowledged, and one update is lost"
MALFORMED = (
    "PUT answers 400 against the rule: "
    "a malformed condition is answered 400 with a problem document"
)
BY_DATE = (
    "PUT answers 412 against the rule: a 412 by date is a problem document with the current tag"
)


@dataclass
class Found:
    """What the check says of a fault: titles of findings, or why it leaves vectors out."""

    findings: tuple[str, ...] = ()
    left_out: str = ""


FOUND = {
    "weaken": Found(("PUT compares If-Match weakly",)),
    "suffix-gzip": Found(("PUT and PATCH answer a true If-Match with 412",)),
    "strip-etag": Found(left_out="the resource tells no ETag"),
    "unquoted": Found(("The ETag that GET tells is no entity tag",)),
    "cacheable": Found((BY_DATE,)),
    "bare": Found((MALFORMED,)),
    "html": Found((MALFORMED,)),
    "untyped": Found((MALFORMED,)),
    "304-content": Found(("304 has content",)),
    "gzip-same-tag": Found(
        (
            "The compressed content has the strong ETag of the plain one",
            "Vary does not name Accept-Encoding",
        )
    ),
    "weak-match": Found(("PUT compares If-Match weakly", "GET compares If-Match weakly")),
    "ignore": Found(("PUT and PATCH ignore If-Match", LOST)),
    "check-then-write": Found((LOST,)),
    "same-tag": Found(("One strong ETag stands for two contents", LOST)),
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(create_app()) as url:
        yield url


@pytest.mark.slow
def test_the_resource_without_a_fault_has_no_finding(url: str) -> None:
    report = check(f"{url}/api/lab/none/docs/welcome", write=True, field="body", strict=True)
    assert [finding.title for finding in report.findings] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", FOUND)
def test_the_check_names_the_fault(url: str, name: str) -> None:
    target = f"{url}/api/lab/{name}/docs/welcome?fault={name}"
    report = check(target, write=True, field="body", strict=True, rounds=3)
    titles = [finding.title for finding in report.findings]
    assert set(FOUND[name].findings) <= set(titles), titles
    assert FOUND[name].left_out in "\n".join(report.left_out)
    if not FOUND[name].findings:
        assert titles == []


def test_the_check_names_a_redirect(url: str) -> None:
    with pytest.raises(Unusable, match="GET is 302; check the resource it points to"):
        check(f"{url}{DOC}?fault=redirect")


def test_a_redirected_write_that_is_followed_as_a_read_looks_like_a_success(
    client: FlaskClient,
) -> None:
    current = client.get(DOC)
    asks = {"If-Match": current.headers["ETag"]}
    got = client.put(f"{DOC}?fault=redirect", json={"title": "Mine", "body": "lost"}, headers=asks)
    assert got.status_code == 302
    followed = client.get(urljoin(f"{DOC}?fault=redirect", got.headers["Location"]), headers=asks)
    assert (followed.status_code, followed.get_data()) == (200, current.get_data())


def test_without_cors_a_page_from_elsewhere_cannot_see_the_412(client: FlaskClient) -> None:
    for fault, is_readable in (("", True), ("?fault=no-cors", False)):
        read = client.get(f"{DOC}{fault}")
        refused = client.put(f"{DOC}{fault}", json={}, headers={"If-Match": '"stale"'})
        assert "Access-Control-Allow-Origin" in read.headers
        assert refused.status_code == 412
        assert ("Access-Control-Allow-Origin" in refused.headers) is is_readable


def test_the_evaluator_tells_why_a_weakened_tag_never_matches(client: FlaskClient) -> None:
    told = client.get(f"{DOC}?fault=weaken").headers["ETag"]
    assert told.startswith("W/")
    got = client.put(f"{DOC}?fault=weaken", json={}, headers={"If-Match": told})
    assert got.get_json(force=True)["reason"] == "weak"


def test_the_evaluator_tells_that_a_changed_tag_is_another(client: FlaskClient) -> None:
    told = client.get(f"{DOC}?fault=suffix-gzip").headers["ETag"]
    got = client.put(f"{DOC}?fault=suffix-gzip", json={}, headers={"If-Match": told})
    assert got.get_json(force=True)["reason"] == "changed"


def test_the_evaluator_tells_that_a_tag_without_quotes_is_malformed(client: FlaskClient) -> None:
    told = client.get(f"{DOC}?fault=unquoted").headers["ETag"]
    got = client.put(f"{DOC}?fault=unquoted", json={}, headers={"If-Match": told})
    assert got.get_json(force=True)["reason"] == "malformed"


def test_a_problem_document_that_tells_another_status_is_still_a_412(client: FlaskClient) -> None:
    got = client.put(f"{DOC}?fault=other-status", json={}, headers={"If-Match": '"stale"'})
    assert (got.status_code, got.get_json(force=True)["status"]) == (412, 409)


@pytest.mark.parametrize("query", ["?without=etag", "?without=Cache-Control"])
def test_a_field_is_left_out_on_request(client: FlaskClient, query: str) -> None:
    got = client.get(f"{DOC}{query}")
    name = query.partition("=")[2]
    assert (got.status_code, name in got.headers, name in client.get(DOC).headers) == (
        200,
        False,
        True,
    )
    refused = client.get(f"{DOC}?without=a:b")
    assert (refused.status_code, "takes the name of a field" in refused.get_json()["detail"]) == (
        400,
        True,
    )


@pytest.mark.parametrize("fault", ["cacheable", "bare", "html", "strip-etag"])
def test_a_412_is_spoilt_as_the_fault_says(client: FlaskClient, fault: str) -> None:
    got = client.put("/api/etag/v1", query_string={"fault": fault}, headers={"If-Match": '"v0"'})
    told = (got.headers.get("Cache-Control"), got.content_type, got.headers.get("ETag"))
    problem = "application/problem+json"
    assert got.status_code == 412
    assert (
        told
        == {
            "cacheable": ("public, max-age=300", problem, '"v1"'),
            "bare": (None, None, None),
            "html": (None, "text/html; charset=utf-8", None),
            "strip-etag": ("no-store", problem, None),
        }[fault]
    )


def test_every_fault_is_looked_for_here() -> None:
    assert set(FAULTS) == {*FOUND, "redirect", "no-cors", "other-status"}
