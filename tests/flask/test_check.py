"""``check()`` in a view keeps every promise of the decorator."""

import io
import logging
from typing import Any

import pytest
from flask import Flask
from flask import abort
from flask import jsonify
from flask import request
from flask import send_file
from flask import session
from flask_compress import Compress
from werkzeug.exceptions import HTTPException

from flask_preconditions import EntityTag
from flask_preconditions import NotModified
from flask_preconditions import SetupError
from flask_preconditions import check
from flask_preconditions import check_validators
from flask_preconditions import etag_for
from flask_preconditions import precondition
from flask_preconditions import precondition_failed

from .conftest import LONG_AGO
from .conftest import Article
from .conftest import Store

CURRENT, STALE = {"If-Match": '"v1"'}, {"If-Match": '"v0"'}


def app_of(view: Any, **config: Any) -> Flask:
    app = Flask(__name__)
    app.testing = True
    app.config.update(config)
    app.add_url_rule("/", "view", view, methods=["GET", "PUT", "PATCH", "DELETE"])
    return app


def client_of(*arguments: Any, compare: Any = check, **options: Any) -> Any:
    def view() -> str:
        compare(*arguments, **options)
        if request.method not in ("GET", "HEAD"):
            precondition.confirm(1)
        return "done"

    return app_of(view).test_client()


def test_check_compares_bare_validators() -> None:
    client = client_of(compare=check_validators, etag="v1", last_modified=LONG_AGO)
    assert client.get("/").headers["ETag"] == '"v1"'
    assert client.get("/", headers={"If-None-Match": '"v1"'}).status_code == 304
    assert client.put("/", headers=STALE).status_code == 412
    assert client.put("/", headers=CURRENT).status_code == 200


def test_check_reads_a_target(store: Store) -> None:
    client = client_of(store.article, etag="rev")
    assert client.put("/", headers={"If-Match": "v1"}).status_code == 400
    assert client.get("/").headers["ETag"] == '"v1"'


def test_a_target_and_its_validators_are_two_things(store: Store) -> None:
    with pytest.raises(SetupError, match=r"check_validators\(etag=…\) takes the values"):
        client_of(store.article).get("/")


def test_the_applications_policy_holds(store: Store) -> None:
    def view() -> str:
        check(store.article, etag="rev")
        return "done"

    assert app_of(view).test_client().put("/").status_code == 428
    free = app_of(view, PRECONDITIONS_REQUIRE="none")
    assert free.test_client().put("/").status_code == 200
    assert client_of(store.article, etag="rev", require="none").put("/").status_code == 200


@pytest.mark.parametrize(
    ("arguments", "compare"), [({"exists": False}, check_validators), ({"target": None}, check)]
)
def test_check_knows_an_absent_target(arguments: dict[str, Any], compare: Any) -> None:
    positional = [arguments.pop("target")] if "target" in arguments else []
    client = client_of(*positional, compare=compare, **arguments)
    assert client.put("/", headers={"If-Match": "*"}).status_code == 412
    assert client.put("/", headers={"If-None-Match": "*"}).status_code == 200
    assert client.put("/").status_code == 428
    assert "ETag" not in client.get("/").headers


def test_a_write_without_confirm_fails_in_tests_and_is_logged_in_production(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    def view() -> str:
        check(store.article, etag="rev")
        return "saved"

    app = app_of(view)
    with pytest.raises(SetupError, match="was one step with the check"):
        app.test_client().put("/", headers=CURRENT)
    app.testing = False
    with caplog.at_level(logging.ERROR, "flask_preconditions"):
        assert app.test_client().put("/", headers=CURRENT).status_code == 200
    assert "was one step with the check" in caplog.text


def test_the_response_to_a_write_carries_the_new_tag(store: Store) -> None:
    def view() -> str:
        match = check(store.article, etag="rev")
        match.confirm([Article(rev="v2")])
        return "saved"

    client = app_of(view).test_client()
    assert client.patch("/", headers=CURRENT).headers["ETag"] == '"v2"'
    assert "ETag" not in client.put("/", headers=CURRENT).headers


def test_a_lost_race_tells_the_winners_tag_where_the_target_can_be_found_again(
    store: Store,
) -> None:
    def view(**options: Any) -> str:
        match = check(store.article, etag="rev", **options)
        store.article = Article(rev="v7")
        match.confirm(0)
        raise AssertionError

    heard: list[object] = []

    def listen(sender: object, **evidence: Any) -> None:
        heard.append(evidence["decision"].reason)

    with precondition_failed.connected_to(listen):
        told = app_of(lambda: view(reload=store.load)).test_client().put("/", headers=CURRENT)
        store.article = Article()
        blind = app_of(view).test_client().put("/", headers=CURRENT)
    assert heard == ["lost-race", "lost-race"]
    assert told.json["reason"] == blind.json["reason"] == "lost-race"
    assert told.json["current_etag"] == told.headers["ETag"] == '"v7"'
    assert "current_etag" not in blind.json


def test_a_write_that_was_made_already_succeeds_again(store: Store) -> None:
    def view() -> str:
        check(store.article, etag="rev", already_applied=lambda found: found.title == "Hello")
        raise AssertionError

    assert app_of(view).test_client().put("/", headers=STALE).status_code == 204


def test_recheck_finds_the_target_again(store: Store) -> None:
    def view() -> str:
        match: Any = check(store.article, etag="rev", reload=store.load)
        match.recheck()
        store.article = Article(rev="v2")
        match.recheck()
        raise AssertionError

    response = app_of(view).test_client().put("/", headers=CURRENT)
    assert response.json["current_etag"] == '"v2"'


def test_recheck_without_a_way_to_find_the_target_names_the_line(store: Store) -> None:
    def view() -> None:
        match: Any = check(store.article, etag="rev")
        match.recheck()

    with pytest.raises(SetupError, match="reload=lambda"):
        app_of(view).test_client().put("/", headers=CURRENT)


def test_a_match_that_fails_by_an_exception_of_the_store(store: Store) -> None:
    def view() -> str:
        match = check_validators(etag=EntityTag("v1"))
        with match.lost(KeyError):
            raise KeyError
        raise AssertionError

    response = app_of(view).test_client().put("/", headers=CURRENT)
    assert response.json["reason"] == "lost-race"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"If-Match": '"v1"'}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": '"v0"'}, 412),
        ({"If-None-Match": '"file"'}, 200),
        ({"If-Range": '"v1"', "Range": "bytes=0-3"}, 206),
        ({"If-Range": '"file"', "Range": "bytes=0-3"}, 200),
    ],
)
def test_send_file_evaluates_nothing_again(
    store: Store, headers: dict[str, str], status: int
) -> None:
    def view() -> Any:
        check(store.article, etag="rev")
        return send_file(io.BytesIO(b"0123456789"), mimetype="text/plain", etag="file")

    with app_of(view).test_client().get("/", headers=headers) as response:
        assert response.status_code == status


@pytest.mark.parametrize("sent", ['"v1"', '"v1:gzip"', "*"])
def test_flask_compress_evaluates_nothing_again(store: Store, sent: str) -> None:
    def view() -> Any:
        check(store.article, etag="rev")
        return jsonify(text="y" * 900)

    app = app_of(view, COMPRESS_MIN_SIZE=1, PRECONDITIONS_ETAG_SUFFIXES=[":gzip"])
    Compress(app)
    fields = {"Accept-Encoding": "gzip", "If-Match": sent}
    assert app.test_client().get("/", headers=fields).status_code == 200


def test_a_304_leaves_the_view_with_its_response(store: Store) -> None:
    def view() -> Any:
        with pytest.raises(NotModified) as raised:
            check(store.article, etag="rev")
        return raised.value.response

    response = app_of(view).test_client().get("/", headers={"If-None-Match": '"v1"'})
    assert (response.status_code, response.headers["ETag"]) == (304, '"v1"')


@pytest.mark.parametrize("is_trapped", [False, True])
def test_a_304_passes_the_handlers_of_errors(store: Store, is_trapped: bool) -> None:
    def view() -> str:
        check(store.article, etag="rev")
        raise AssertionError

    app = app_of(view, TRAP_HTTP_EXCEPTIONS=is_trapped)

    @app.errorhandler(HTTPException)
    def as_json(error: HTTPException) -> Any:
        return jsonify(code=error.code), error.code

    response = app.test_client().get("/", headers={"If-None-Match": '"v1"'})
    assert (response.status_code, response.data) == (304, b"")


def kept_of(response: Any) -> list[list[str]]:
    """List what a 304 has of its 200, besides the tag (RFC 9110 §15.4.5)."""
    names = ("Cache-Control", "Content-Location", "Expires", "Vary")
    return [response.headers.getlist(name) for name in names]


@pytest.mark.parametrize("options", [{}, {"cache_control": "no-cache", "vary": ["Accept"]}])
@pytest.mark.parametrize("methods", [("GET", "GET"), ("GET", "HEAD"), ("HEAD", "GET")])
def test_a_304_has_the_fields_that_the_view_sets_after_the_check(
    store: Store, methods: tuple[str, str], options: dict[str, Any]
) -> None:
    def view() -> Any:
        check(store.article, etag="rev", **options)
        response = jsonify(seen_by=session.get("user"))
        response.headers["Content-Location"] = "/docs/1.json"
        response.headers["Expires"] = "0"
        response.vary.add("Accept-Language")
        return response

    app = app_of(view)
    app.secret_key = "k"
    client = app.test_client()
    full = client.open("/", method=methods[0])
    held = {"If-None-Match": full.headers["ETag"]}
    short = client.open("/", method=methods[1], headers=held)
    assert (short.status_code, short.data) == (304, b"")
    assert kept_of(short) == kept_of(full)
    assert short.headers["ETag"] == full.headers["ETag"]


def test_a_view_that_is_asked_for_its_304_may_still_refuse(store: Store) -> None:
    def view() -> Any:
        check(store.article, etag="rev")
        if request.args:
            abort(403)
        return "text", {"Cache-Control": "private"}

    client = app_of(view).test_client()
    assert client.get("/").status_code == 200
    assert client.get("/", headers={"If-None-Match": '"v1"'}).status_code == 304
    assert client.get("/?secret", headers={"If-None-Match": '"v1"'}).status_code == 403


def test_a_view_that_sets_nothing_is_left_at_the_check(store: Store) -> None:
    runs: list[int] = []

    def view() -> str:
        check(store.article, etag="rev", cache_control="private")
        runs.append(1)
        return "text"

    client = app_of(view).test_client()
    assert client.get("/").status_code == 200
    assert client.get("/", headers={"If-None-Match": '"v1"'}).status_code == 304
    assert runs == [1]


def test_a_second_check_sees_the_same_fields(store: Store) -> None:
    def view() -> str:
        check_validators(etag="another")
        check(store.article, etag="rev")
        raise AssertionError

    response = app_of(view).test_client().get("/", headers={"If-None-Match": '"v1"'})
    assert response.status_code == 304


def test_etag_for_gives_the_tag_that_the_item_has_itself(store: Store) -> None:
    assert etag_for(store.article, "rev") == '"v1"'
    assert store.article is not None
    store.article.rev = None
    with pytest.raises(SetupError, match="no entity tag"):
        etag_for(store.article, "rev")


@pytest.mark.parametrize("value", ['"v0"', "v1", "*"])
def test_a_view_that_answers_options_itself_looks_at_no_condition(store: Store, value: str) -> None:
    def view() -> str:
        check(store.article, etag="rev")
        return "done"

    app = Flask(__name__)
    app.testing = True
    app.add_url_rule("/", "view", view, methods=["OPTIONS"], provide_automatic_options=False)
    response = app.test_client().options("/", headers={"If-Match": value, "If-None-Match": "*"})
    assert (response.status_code, response.data) == (200, b"done")
