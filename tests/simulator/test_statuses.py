"""``/api/status/{code}``."""

import json

import pytest
from flask.testing import FlaskClient

SECRETS = {"Cookie": "session=s3cret", "Authorization": "Bearer s3cret"}


def test_the_url_says_the_status_and_the_body_what_the_conditions_come_to(
    client: FlaskClient,
) -> None:
    got = client.put("/api/status/412", headers={"If-Match": '"v1"', **SECRETS})
    told = got.get_json()
    assert (got.status_code, told["status"], told["title"]) == (412, 412, "Precondition Failed")
    assert (told["method"], told["url"]) == ("PUT", "/api/status/412")
    assert told["fields"] == {"If-Match": '"v1"'}
    assert told["evaluated"]["decided_by"] == "If-Match"
    assert told["evaluated"]["trace"][0]["clause"] == "RFC 9110 §13.1.1"
    assert told["cacheable"]["may_be_stored"] is False
    assert "If-Match" in told["retry"]["advice"]
    assert got.headers["Vary"] == "Prefer"
    assert "s3cret" not in got.get_data(as_text=True) + str(got.headers)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "QUERY"])
def test_every_method_gets_the_status(client: FlaskClient, method: str) -> None:
    assert client.open("/api/status/418", method=method).status_code == 418


def test_a_head_has_no_content(client: FlaskClient) -> None:
    assert client.head("/api/status/412").get_data() == b""


@pytest.mark.parametrize("code", ["204", "205", "304"])
def test_a_status_without_content_has_none(client: FlaskClient, code: str) -> None:
    got = client.get(f"/api/status/{code}?body=json")
    assert (got.status_code, got.get_data(), got.content_type) == (int(code), b"", None)


@pytest.mark.parametrize(
    "code", ["0", "99", "100", "600", "1e3", "-1", "4１2", "٤١٢", "412.0", "x"]
)
def test_what_is_no_final_status_is_refused(client: FlaskClient, code: str) -> None:
    got = client.get(f"/api/status/{code}")
    assert (got.status_code, got.content_type) == (400, "application/problem+json")
    assert "200 to 599" in got.get_json(force=True)["detail"]


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        ("json", "application/json"),
        ("problem", "application/problem+json"),
        ("text", "text/plain; charset=utf-8"),
        ("html", "text/html; charset=utf-8"),
        ("empty", None),
    ],
)
def test_the_content_is_of_the_kind_that_was_asked_for(
    client: FlaskClient, kind: str, content_type: str | None
) -> None:
    for got in (
        client.get(f"/api/status/428?body={kind}"),
        client.get("/api/status/428", headers={"Prefer": f"body={kind}"}),
    ):
        assert (got.status_code, got.content_type) == (428, content_type)
        assert bool(got.get_data()) is (kind != "empty")


def test_a_problem_has_the_type_that_the_extension_gives_it(client: FlaskClient) -> None:
    told = client.get("/api/status/412?body=problem").get_json(force=True)
    assert told["type"].endswith("#section-15.5.13")
    assert told["retry"]["as_it_is"] is False


def test_options_come_from_the_query_and_from_prefer_and_the_query_wins(
    client: FlaskClient, waits: list[float]
) -> None:
    got = client.get(
        "/api/status/503?delay=2.5&cache=public&header=X-Demo-A: one&header=Age: 3",
        headers={"Prefer": 'delay=1, retry-after=7, cors=off, colour=blue, cache="so so"'},
    )
    assert waits == [2.5]
    assert got.headers["Retry-After"] == "7"
    assert got.headers["Cache-Control"] == "public, max-age=60"
    assert (got.headers["X-Demo-A"], got.headers["Age"]) == ("one", "3")
    assert got.headers["Preference-Applied"] == "retry-after, cors"
    assert "Access-Control-Allow-Origin" not in got.headers
    assert got.get_json()["cacheable"]["may_be_stored"] is True


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("delay=11", "from 0 to 10"),
        ("delay=1e1", "from 0 to 10"),
        ("delay=nan", "from 0 to 10"),
        ("delay=-1", "from 0 to 10"),
        ("delay=1&delay=1", "more than 1 times"),
        ("colour=blue", "Known: delay, body"),
        ("weak=1", "Known: delay, body"),
        ("header=Set-Cookie: a=b", "X-Demo-"),
        ("header=Location: https://example.com", "X-Demo-"),
        ("header=X-Accel-Redirect: /etc/passwd", "X-Demo-"),
        ("header=X-Demo-A: a%0d%0aSet-Cookie: a", "printable ASCII"),
        ("header=X-Demo-A", "X-Demo-"),
        ("&".join(["header=X-Demo-A: a"] * 9), "more than 8 times"),
        ("body=xml", "json, problem, text, empty, html"),
        ("cache=31536001", "a number of seconds"),
        ("fault=weak", "weaken, suffix-gzip"),
        ("fault=ignore", "no fault that this resource can have"),
    ],
)
def test_an_option_that_is_off_is_refused_with_what_it_takes(
    client: FlaskClient, waits: list[float], query: str, words: str
) -> None:
    got = client.get(f"/api/status/200?{query}")
    assert got.status_code == 400
    assert words in json.loads(got.get_data())["detail"]
    assert waits == []


def test_more_delays_than_may_wait_are_refused() -> None:
    from flask_preconditions.simulator import Limits
    from flask_preconditions.simulator import create_app

    answers: list[int] = []

    def ask_meanwhile(seconds: float) -> None:
        answers.append(app.test_client().get("/api/status/200?delay=1").status_code)

    app = create_app(Limits(delayed=1), sleep=ask_meanwhile)
    assert app.test_client().get("/api/status/200?delay=1").status_code == 200
    assert answers == [503]


def test_a_redirect_stays_here_and_a_401_has_its_challenge(client: FlaskClient) -> None:
    assert client.get("/api/status/307").headers["Location"] == "/api/status/200"
    assert client.get("/api/status/401").headers["WWW-Authenticate"].startswith("Simulated")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nix", "/api/status/412/x", "/api//status"])
def test_what_is_not_there_is_a_problem_document(client: FlaskClient, path: str) -> None:
    got = client.get(path)
    assert (got.status_code, got.content_type) == (404, "application/problem+json")


@pytest.mark.parametrize(("method", "status"), [("TRACE", 405), ("BREW", 501)])
def test_a_method_beyond_those_taken_is_a_problem_document(
    client: FlaskClient, method: str, status: int
) -> None:
    for path in ("/api/status/412", "/api/etag/a", "/api/lab/a/docs/welcome"):
        got = client.open(path, method=method)
        assert (got.status_code, got.content_type) == (status, "application/problem+json")
        assert "GET" in got.headers["Allow"]


def test_a_browser_from_elsewhere_may_read_what_it_needs(client: FlaskClient) -> None:
    asks = {"Origin": "https://a.example", "Access-Control-Request-Method": "PUT"}
    allowed = client.options("/api/status/412", headers=asks)
    assert allowed.status_code == 204
    assert "If-Match" in allowed.headers["Access-Control-Allow-Headers"]
    got = client.put("/api/etag/v1", headers={"If-Match": '"v0"'})
    assert got.headers["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in got.headers["Access-Control-Expose-Headers"]
