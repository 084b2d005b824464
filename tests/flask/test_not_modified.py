"""A 304 is an answer, and the 304 of that 200; refusals are exceptions."""

from functools import wraps
from typing import Any

import pytest
from flask import Blueprint
from flask import Flask
from flask import Response
from flask import abort
from flask import jsonify
from flask import session
from werkzeug.exceptions import HTTPException

from flask_preconditions import PreconditionFailed
from flask_preconditions import SetupError
from flask_preconditions import check
from flask_preconditions import conditional
from flask_preconditions import precondition
from flask_preconditions import require_match

from .conftest import Store

CURRENT, STALE = {"If-Match": '"v1"'}, {"If-Match": '"v0"'}
HELD = {"If-None-Match": '"v1"'}


def reading(store: Store, view: Any = lambda: "text", **options: Any) -> Flask:
    app = Flask(__name__)
    app.get("/")(conditional(store.load, etag="rev", **options)(view))
    return app


def test_a_304_passes_handlers_that_trap_every_http_exception(store: Store) -> None:
    app = reading(store)
    app.config["TRAP_HTTP_EXCEPTIONS"] = True

    @app.errorhandler(HTTPException)
    def as_json(error: HTTPException) -> Any:
        return jsonify(code=error.code), error.code

    assert app.test_client().get("/", headers=HELD).status_code == 304


def test_decorators_above_see_a_304_as_an_answer_and_a_refusal_as_an_exception(
    store: Store,
) -> None:
    app = Flask(__name__)
    committed: list[object] = []

    def in_a_transaction(view: Any) -> Any:
        @wraps(view)
        def around(**kwargs: Any) -> Any:
            response = view(**kwargs)
            committed.append(response.status_code)
            return response

        return around

    @app.route("/", methods=["GET", "PUT"])
    @in_a_transaction
    @require_match(store.load, etag="rev")
    def view() -> Response:
        precondition.confirm(1)
        return Response("done")

    client = app.test_client()
    client.get("/", headers=HELD)
    client.put("/", headers=CURRENT)
    assert client.put("/", headers=STALE).status_code == 412
    assert committed == [304, 200]


def test_a_304_has_the_date_where_there_is_no_tag(store: Store) -> None:
    app = Flask(__name__)

    @app.get("/dated")
    @conditional(store.load, last_modified="saved_at")
    def dated() -> str:
        return "text"

    @app.get("/both")
    @conditional(store.load, etag="rev", last_modified="saved_at")
    def both() -> str:
        return "text"

    @app.get("/checked")
    def checked() -> str:
        check(store.article, last_modified="saved_at")
        return "text"

    client = app.test_client()
    date = client.get("/both").headers["Last-Modified"]
    for path, dates in (("/dated", [date]), ("/checked", [date]), ("/both", [])):
        answer = client.get(path, headers={"If-Modified-Since": date})
        assert answer.status_code == 304
        assert answer.headers.getlist("Last-Modified") == dates
        assert answer.headers.getlist("ETag") == ([] if dates else ['"v1"'])


@pytest.mark.parametrize("kind", [412, PreconditionFailed])
@pytest.mark.parametrize("owner", ["app", "blueprint"])
def test_refusals_reach_the_handlers_of_the_app_and_of_the_blueprint(
    store: Store, kind: Any, owner: str
) -> None:
    app, blueprint = Flask(__name__), Blueprint("docs", __name__)
    guard = require_match(store.load, etag="rev")
    blueprint.add_url_rule("/", "save", guard(lambda: ""), methods=["PUT"])
    {"app": app, "blueprint": blueprint}[owner].register_error_handler(
        kind, lambda error: (f"own {error.decision.reason}", 412)
    )
    app.register_blueprint(blueprint)
    assert app.test_client().put("/", headers=STALE).text == "own changed"


@pytest.mark.parametrize("held", ['"v1:gzip"', 'W/"v1"', 'W/"v1:gzip"', '"v1"'])
@pytest.mark.parametrize("beside", ["", ', "older"'])
def test_a_304_names_the_tag_as_the_client_holds_it(store: Store, held: str, beside: str) -> None:
    app = reading(store)
    app.config["PRECONDITIONS_ETAG_SUFFIXES"] = [":gzip"]
    response = app.test_client().get("/", headers={"If-None-Match": held + beside})
    assert (response.status_code, response.headers["ETag"]) == (304, held)


KEPT = ("ETag", "Vary", "Cache-Control", "Content-Location", "Expires")


def test_declared_fields_stand_on_the_200_and_on_the_304(store: Store) -> None:
    app = reading(
        store,
        vary=["Accept"],
        cache_control="private",
        headers=lambda article: {"Content-Location": f"/{article.title}.txt", "Expires": "0"},
    )
    client = app.test_client()
    full = client.get("/")
    short = client.get("/", headers={"If-None-Match": full.headers["ETag"]})
    assert short.status_code == 304
    assert [full.headers[name] for name in KEPT] == [short.headers[name] for name in KEPT]
    assert full.headers["Content-Location"] == "/Hello.txt"


def test_a_field_is_declared_once_however_its_name_is_written(store: Store) -> None:
    app = reading(store, cache_control="no-cache", headers={"cache-control": "private"})
    client = app.test_client()
    for response in (client.get("/"), client.get("/", headers=HELD)):
        assert response.headers.getlist("Cache-Control") == ["private"]


@pytest.mark.parametrize("asked", [("GET", "HEAD"), ("HEAD", "GET"), ("HEAD", "HEAD")])
def test_what_one_method_has_shown_of_the_view_holds_for_the_other(
    store: Store, asked: tuple[str, str]
) -> None:
    app = reading(store, negotiated)
    app.secret_key = "k"
    client = app.test_client()
    full = client.open("/", method=asked[0])
    short = client.open("/", method=asked[1], headers=HELD)
    assert short.status_code == 304
    assert [full.headers.get(name) for name in KEPT] == [short.headers.get(name) for name in KEPT]


def test_a_field_that_no_304_has_is_refused_where_it_is_declared() -> None:
    with pytest.raises(SetupError, match="not 'Content-Type'"):
        conditional(dict, etag="rev", headers={"Content-Type": "text/plain"})


def negotiated() -> Response:
    response = jsonify(seen_by=session.get("user"))
    response.headers["Content-Location"] = "/docs/1.json"
    response.headers["Expires"] = "Thu, 01 Jan 2099 00:00:00 GMT"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.add("Vary", "Accept")
    return response


def test_a_view_that_sets_fields_itself_is_asked_for_those_of_the_304(store: Store) -> None:
    app = reading(store, negotiated, cache_control="private, max-age=60")
    app.secret_key = "k"
    client = app.test_client()
    full, short = client.get("/"), client.get("/", headers=HELD)
    assert (short.status_code, short.data) == (304, b"")
    assert [full.headers.get(name) for name in KEPT] == [short.headers.get(name) for name in KEPT]
    assert "Cookie" in full.headers["Vary"]


def test_a_view_that_only_reads_the_session_is_asked_too(store: Store) -> None:
    app = reading(store, lambda: str(session.get("user")))
    app.secret_key = "k"
    client = app.test_client()
    full, short = client.get("/"), client.get("/", headers=HELD)
    assert full.headers["Vary"] == short.headers["Vary"] == "Cookie"


def test_a_view_that_is_asked_and_refuses_has_the_last_word(store: Store) -> None:
    def view() -> Response:
        if store.article and store.article.title == "secret":
            abort(403)
        return Response("text", headers={"Cache-Control": "private"})

    client = reading(store, view).test_client()
    assert client.get("/").status_code == 200
    assert store.article
    store.article.title = "secret"
    assert client.get("/", headers=HELD).status_code == 403


def test_a_view_that_sets_nothing_is_never_run_for_a_304(store: Store) -> None:
    runs: list[int] = []
    client = reading(store, lambda: runs.append(1) or "text").test_client()
    assert [client.get("/").status_code, client.get("/", headers=HELD).status_code] == [200, 304]
    assert runs == [1]
