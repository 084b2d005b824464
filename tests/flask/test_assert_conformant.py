import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from itertools import chain
from itertools import count
from itertools import repeat
from pathlib import Path
from socket import SHUT_RDWR
from typing import Any

import pytest
from flask import Flask
from flask import Response
from flask import request
from flask import session
from werkzeug.exceptions import Unauthorized

from flask_preconditions import SetupError
from flask_preconditions.conformance.verdicts import Result
from flask_preconditions.conformance.verdicts import Verdict
from flask_preconditions.testing import assert_conformant
from flask_preconditions.testing.clients import serving

from .notes import Notes
from .notes import guarded
from .notes import handwritten

LONG_AGO = datetime(1994, 11, 15, 12, 45, 26, tzinfo=UTC)


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path)


@pytest.fixture
def paths(notes: Notes) -> Iterator[str]:
    return (f"/notes/{number}" for number in range(1_000_000, 2_000_000))


def counts(results: list[Result]) -> Counter[Verdict]:
    return Counter(result.verdict for result in results)


def reasons(results: list[Result]) -> Counter[str]:
    return Counter(result.detail for result in results if result.verdict is Verdict.SKIP)


def test_a_guarded_resource_passes(notes: Notes) -> None:
    results = assert_conformant(guarded(notes), "/notes/1")
    assert counts(results)[Verdict.PASS] > 150
    assert reasons(results)["the resource tells no Last-Modified"] > 20
    assert len(notes.execute("SELECT * FROM notes")) == 1


@pytest.mark.slow
def test_a_resource_with_a_date_is_asked_about_it(notes: Notes) -> None:
    app = guarded(notes, last_modified=lambda note: LONG_AGO)
    results = assert_conformant(app, "/notes/1")
    assert counts(results)[Verdict.PASS] > 190
    assert "the resource tells no Last-Modified" not in reasons(results)


@pytest.mark.slow
def test_what_moves_by_itself_is_no_change(notes: Notes) -> None:
    app, visits = guarded(notes), count()

    @app.after_request
    def add_visits(response: Response) -> Response:
        if request.method == "GET" and response.status_code == 200:
            response.set_data(json.dumps({**response.json, "visits": next(visits)}))
        return response

    results = assert_conformant(app, "/notes/1")
    assert counts(results)[Verdict.PASS] > 150


@pytest.mark.slow
def test_a_report_shows_no_credentials(notes: Notes) -> None:
    headers = {"Authorization": "Bearer s3cret", "X-Api-Key": "s3cret", "X-Client": "tests"}
    for where in (handwritten(notes), guarded(notes, require="none")):
        with pytest.raises(AssertionError) as failure:
            assert_conformant(where, "/notes/1", headers=headers)
        assert "> Authorization: …" in str(failure.value)
        assert "> X-Client: tests" in str(failure.value)
        assert "s3cret" not in str(failure.value)


@pytest.mark.slow
def test_what_deletes_or_creates_is_played_where_there_is_room_for_it(
    notes: Notes, paths: Iterator[str]
) -> None:
    app = guarded(notes)
    few = counts(assert_conformant(app, "/notes/1"))
    results = assert_conformant(app, "/notes/1", new=notes.add, absent=lambda: next(paths))
    assert counts(results)[Verdict.PASS] > few[Verdict.PASS] + 10
    assert reasons(results)["PUT does not create here"] > 5
    assert "new= makes a resource to delete" not in reasons(results)


@pytest.mark.slow
def test_a_resource_that_asks_for_no_condition_is_judged_as_such(notes: Notes) -> None:
    app = guarded(notes, require="none")
    asked = {r.vector.id: r for r in assert_conformant(app, "/notes/1", required=False)}
    assert asked["required-put"].verdict is Verdict.SKIP
    with pytest.raises(AssertionError, match="required-put"):
        assert_conformant(app, "/notes/1")


@pytest.mark.slow
def test_put_is_played_as_patch_where_the_resource_answers_only_that(notes: Notes) -> None:
    results = assert_conformant(guarded(notes), "/notes/1", methods={"GET", "HEAD", "PATCH"})
    assert counts(results)[Verdict.PASS] > 150
    assert {r.vector.method for r in results if r.verdict is Verdict.PASS} == {
        "GET",
        "HEAD",
        "PATCH",
        "OPTIONS",
    }


@pytest.mark.external
def test_a_running_server_is_asked_over_the_wire(notes: Notes) -> None:
    with serving(guarded(notes)) as url:
        results = assert_conformant(url, "/notes/1")
    assert counts(results)[Verdict.PASS] > 150
    # Werkzeug's server takes no more than 64 KiB in a line.
    assert reasons(results)["the server takes no fields this long"] >= 3


@pytest.mark.external
def test_a_server_that_breaks_off_at_long_fields_is_not_judged_by_them(notes: Notes) -> None:
    app = guarded(notes)

    @app.before_request
    def break_off() -> None:
        if any(len(value) > 7_000 for _, value in request.headers):
            request.environ["werkzeug.socket"].shutdown(SHUT_RDWR)

    with serving(app) as url:
        results = assert_conformant(url, "/notes/1")
    assert reasons(results)["the server breaks off at long fields"] >= 1


@pytest.mark.external
def test_a_server_that_breaks_off_otherwise_is_no_failed_vector(notes: Notes) -> None:
    app = guarded(notes)

    @app.before_request
    def break_off() -> None:
        if request.headers.get("If-Match") == '"stale"':
            request.environ["werkzeug.socket"].shutdown(SHUT_RDWR)

    with serving(app) as url, pytest.raises(ConnectionError):
        assert_conformant(url, "/notes/1")


@pytest.mark.slow
def test_a_date_that_is_not_shown_yet_is_waited_for(notes: Notes) -> None:
    app = guarded(notes, last_modified=lambda note: LONG_AGO)
    shown = chain(repeat(False, 4), repeat(True))

    @app.after_request
    def withhold(response: Any) -> Any:
        if request.method == "GET" and not next(shown):
            response.headers.pop("Last-Modified", None)
        return response

    results = assert_conformant(app, "/notes/1")
    assert "the resource tells no Last-Modified" not in reasons(results)


@pytest.mark.slow
def test_a_path_that_is_not_absent_fails_as_such(notes: Notes) -> None:
    with pytest.raises(AssertionError, match=r"/notes/1 is there\n> GET /notes/1"):
        assert_conformant(guarded(notes), "/notes/1", absent=lambda: "/notes/1")


def test_a_resource_that_ignores_conditions_fails_with_request_answer_and_clause(
    notes: Notes,
) -> None:
    app = guarded(notes, require="none")

    @app.before_request
    def forget() -> None:
        request.environ.pop("HTTP_IF_MATCH", None)

    with pytest.raises(AssertionError) as caught:
        assert_conformant(app, "/notes/1", required=False)
    report = str(caught.value)
    assert "/notes/1: " in report
    assert "if-match-stale-tag: " in report
    assert (
        "(RFC 9110 §13.1.1, required)\nstatus 204, expected 412; the target was changed" in report
    )
    assert '> PUT /notes/1\n> If-Match: "stale"' in report
    assert "< 204 No Content" in report
    assert "And also: " in report


def test_a_comparison_of_strings_is_no_evaluation(notes: Notes) -> None:
    with pytest.raises(AssertionError, match="if-none-match"):
        assert_conformant(handwritten(notes), "/notes/1", optional=False)


@pytest.mark.slow
def test_what_the_rfc_leaves_open_can_be_left_out(notes: Notes) -> None:
    app = guarded(notes, put_etag="always")

    @app.after_request
    def tell(response: Any) -> Any:
        if request.method == "PUT" and response.status_code == 204:
            response.headers["ETag"] = '"x"'
        return response

    with pytest.raises(AssertionError, match=r"1 of .* fail\n\nif-match-put-tells-no-tag"):
        assert_conformant(app, "/notes/1")
    assert_conformant(app, "/notes/1", skip={"if-match-put-tells-no-tag"})
    assert_conformant(app, "/notes/1", optional=False)


def with_login(notes: Notes) -> Flask:
    app = guarded(notes)
    app.secret_key = "of a test"

    @app.before_request
    def ask() -> None:
        if "user" not in session and request.headers.get("Authorization") != "Bearer mine":
            raise Unauthorized

    return app


@pytest.mark.slow
def test_headers_tell_who_is_asking(notes: Notes) -> None:
    app = with_login(notes)
    assert_conformant(app, "/notes/1", headers={"Authorization": "Bearer mine"})
    with pytest.raises(AssertionError, match=r"headers= due\?\n> GET /notes/1\n< 401"):
        assert_conformant(app, "/notes/1")


@pytest.mark.slow
def test_a_test_client_keeps_its_session(notes: Notes) -> None:
    client = with_login(notes).test_client()
    with client.session_transaction() as cookies:
        cookies["user"] = "me"
    assert_conformant(client, "/notes/1")


@pytest.mark.parametrize(
    ("headers", "message"),
    [({}, "GET tells no ETag"), ({"ETag": 'W/"1"'}, 'tells the weak tag W/"1"')],
)
def test_a_resource_without_a_strong_tag_cannot_be_guarded(
    headers: dict[str, str], message: str
) -> None:
    app = Flask(__name__)

    @app.route("/", methods=["GET", "PUT"])
    def view() -> Any:
        return {"text": "first"}, 200, headers

    with pytest.raises(AssertionError, match=message):
        assert_conformant(app, "/")


def serve_body(body: str) -> Flask:
    app = Flask(__name__)

    @app.route("/", methods=["GET", "PUT"])
    def view() -> Any:
        return body, 200, {"ETag": '"1"'}

    return app


@pytest.mark.parametrize(
    ("body", "options", "message"),
    [
        ('{"a": "x", "b": "y"}', {}, "the strings 'a' and 'b'; .* field='b'"),
        ('{"a": 1}', {}, "no string"),
        ('{"a": 1}', {"field": "a"}, "no string of that name"),
        ('["a"]', {}, "no JSON object"),
        ("plain", {}, "no JSON object"),
        ("plain", {"read": bytes.decode}, "go together"),
        ('{"a": "x"}', {"skip": {"no-such"}}, "'no-such', which is no vector"),
    ],
)
def test_an_argument_that_is_off_is_named(body: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(SetupError, match=message):
        assert_conformant(serve_body(body), "/", **options)


def test_a_server_that_does_not_tell_its_methods_is_given_them() -> None:
    app = serve_body('{"a": "x"}')

    @app.after_request
    def silence(response: Any) -> Any:
        response.headers.pop("Allow", None)
        return response

    with pytest.raises(SetupError, match="methods="):
        assert_conformant(app, "/")


def test_only_an_application_a_client_or_a_url_can_be_asked() -> None:
    with pytest.raises(SetupError, match=r"not 'example\.org'"):
        assert_conformant("example.org", "/")
