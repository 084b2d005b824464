"""What is told of mistakes that newcomers make at a view, whole."""

import functools
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask import Response
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker

from flask_preconditions import SetupError
from flask_preconditions import etag_for
from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions.request.match import CONFIRMS
from flask_preconditions.sqlalchemy import cas
from flask_preconditions.sqlalchemy import locked
from flask_preconditions.testing import assert_conformant
from flask_preconditions.testing import assert_no_lost_updates

DOC = {"rev": "1", "text": "first"}


def load() -> dict[str, str]:
    return DOC


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    app.testing = True
    return app


def told(text: str) -> str:
    """The pattern of exactly this text, behind a place in this file."""
    return rf"^tests/flask/test_mistakes\.py:\d+: {re.escape(text)}$"


UNGUARDED = (
    "is no guard; write guard=cas(db.session), or leave guard out: a model has one by itself, "
    "and any other view calls precondition.confirm()"
)


@pytest.mark.parametrize(
    ("guard", "text"),
    [
        (True, f"guard=True {UNGUARDED}"),
        ("locked", f"guard='locked' {UNGUARDED}"),
        (scoped_session(sessionmaker()), f"guard=scoped_session {UNGUARDED}"),
        (sessionmaker(), f"guard=sessionmaker {UNGUARDED}"),
        (
            cas,
            "guard=cas was not called; write guard=cas(db.session), or guard=cas() for the "
            "session of the application",
        ),
        (
            locked,
            "guard=locked was not called; write guard=locked(db.session), or guard=locked() for "
            "the session of the application",
        ),
    ],
)
def test_a_guard_that_is_none_is_refused_where_it_is_written(guard: Any, text: str) -> None:
    with pytest.raises(SetupError, match=told(text)):
        require_match(load, etag="rev", guard=guard)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (({"error": "none"}, 404), "({'error': 'none'}, 404)"),
        (({"error": "none"}, 410, {"Allow": ""}), "({'error': 'none'}, 410, {'Allow': ''})"),
    ],
)
@pytest.mark.parametrize("etag", ["rev", len])
def test_a_loader_that_answers_like_a_view_is_told_to_give_none(
    app: Flask, answer: Any, words: str, etag: Any
) -> None:
    def find(id: str) -> Any:
        return answer

    @app.get("/docs/<id>")
    @require_match(find, etag=etag)
    def read(id: str) -> str:
        return id

    text = (
        f"the loader find() gave {words}, which is an answer and no target; write return None, "
        f"which is 404 for the client, or abort({answer[1]})"
    )
    with pytest.raises(SetupError, match=told(text)):
        app.test_client().get("/docs/1")


@pytest.mark.parametrize("is_production", [True, False])
@pytest.mark.parametrize("etag", ["rev", lambda note: note["rev"]])
@pytest.mark.parametrize(
    ("answer", "words", "instead"),
    [
        (
            ({"error": "none"}, 404),
            "({'error': 'none'}, 404)",
            "return None, which is 404 for the client, or abort(404)",
        ),
        (
            ("none", 410),
            "('none', 410)",
            "return None, which is 404 for the client, or abort(410)",
        ),
        (
            (DOC, 200),
            "({'rev': '1', 'text': 'first'}, 200)",
            "return the target itself, and let the view answer with it",
        ),
        (
            Response(status=404),
            "<Response 0 bytes [404 NOT FOUND]>",
            "return None, which is 404 for the client, or abort(404)",
        ),
    ],
)
def test_an_answer_whose_tag_cannot_be_read_is_told_in_production_too(
    app: Flask, answer: Any, words: str, instead: str, etag: Any, is_production: bool
) -> None:
    def find(id: str) -> Any:
        return answer

    app.testing = not is_production
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.get("/docs/<id>")(require_match(find, etag=etag)(lambda id: id))
    text = f"the loader find() gave {words}, which is an answer and no target; write {instead}"
    with pytest.raises(SetupError, match=told(text)):
        app.test_client().get("/docs/1")


def test_a_row_without_names_is_told_how_to_have_some(app: Flask) -> None:
    app.get("/")(require_match(lambda: (1, 512, "first"), etag="rev")(lambda: "read"))
    text = (
        "etag='rev', but the loaded tuple has no 'rev'; give rows names, as with "
        "db.row_factory = sqlite3.Row, or pass a function: etag=lambda target: …"
    )
    with pytest.raises(SetupError, match=told(text)):
        app.test_client().get("/")


def test_an_error_of_an_etag_function_s_own_stays_one(app: Flask) -> None:
    app.get("/")(require_match(lambda: DOC, etag=lambda doc: doc["version"])(lambda: "read"))
    with pytest.raises(KeyError, match="version"):
        app.test_client().get("/")


@pytest.mark.parametrize("row", [({"text": "x"}, 7), ("x", 404), (1, 404, "x"), ({}, {})])
def test_a_row_is_a_target_though_it_is_a_tuple(app: Flask, row: Any) -> None:
    app.get("/")(require_match(lambda: row, etag=lambda row: "1")(lambda: "read"))
    assert app.test_client().get("/").status_code == 200


OPEN_RACE = (
    "nothing says that the write of save (PUT, 204) was one step with the check; let the write "
    "name the compared state, and confirm the rows that it gives back (where the view has written "
    f"nothing, precondition.confirm(True))\n    {CONFIRMS}"
)


def test_a_view_that_confirms_nothing_is_not_told_that_it_wrote(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    @app.put("/doc")
    @require_match(load, etag="rev")
    def save() -> Any:
        return "", 204

    fields = {"If-Match": '"1"'}
    with pytest.raises(SetupError, match=told(OPEN_RACE)):
        app.test_client().put("/doc", headers=fields)
    app.testing = False
    assert app.test_client().put("/doc", headers=fields).status_code == 204
    [logged] = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert re.fullmatch(told(OPEN_RACE), logged)


def test_a_view_that_has_written_nothing_can_say_so(app: Flask) -> None:
    @app.put("/doc")
    @require_match(load, etag="rev")
    def save() -> Any:
        precondition.confirm(True)
        return "", 204

    assert app.test_client().put("/doc", headers={"If-Match": '"1"'}).status_code == 204


def adds_nothing(view: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that may do anything with the arguments, so that no audit can tell."""

    @functools.wraps(view)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return decorated


def takes_doc(doc: object) -> str:
    return "read"


def takes_id(id: str) -> str:
    return "read"


def takes_id_and_lang(id: str, lang: str) -> str:
    return "read"


def takes_more(id: str, lang: str, page: int) -> str:
    return "read"


def fails(id: str, lang: str) -> str:
    return str(len(5))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("view", "into", "text"),
    [
        (
            takes_id,
            None,
            "the URL gives lang, and takes_id() does not take it\n    def takes_id(id, lang):",
        ),
        (takes_doc, "dok", "into='dok', but takes_doc() takes no dok\n    into='doc'"),
        (
            takes_id_and_lang,
            "doc",
            "into='doc', but takes_id_and_lang() takes no doc\n"
            "    def takes_id_and_lang(id, lang, doc):",
        ),
        (
            takes_more,
            None,
            "takes_more() asks for 'page', which neither the URL nor into= gives\n"
            "    into='page'  # for the target; the values of the URL go by its own names",
        ),
    ],
)
def test_an_argument_that_does_not_fit_is_more_than_a_type_error(
    app: Flask, view: Callable[..., Any], into: str | None, text: str
) -> None:
    guard = require_match(lambda: DOC, etag="rev", into=into)
    app.add_url_rule("/<lang>/docs/<id>", view_func=adds_nothing(guard(view)))
    app.testing = False  # where the first request only logs what is certain
    app.config["PROPAGATE_EXCEPTIONS"] = True
    with pytest.raises(SetupError, match=told(text)) as raised:
        app.test_client().get("/en/docs/1")
    assert isinstance(raised.value.__cause__, TypeError)


def test_a_type_error_of_the_views_own_stays_one(app: Flask) -> None:
    guard = require_match(lambda: DOC, etag="rev")
    app.add_url_rule("/<lang>/docs/<id>", view_func=guard(fails))
    with pytest.raises(TypeError, match="has no len"):
        app.test_client().get("/en/docs/1")


def test_a_tag_that_would_be_quoted_twice_says_where_it_goes(app: Flask) -> None:
    @app.get("/docs")
    def listing() -> Response:
        response = app.make_response("listing")
        response.set_etag(etag_for(DOC, "rev"))
        return response

    text = (
        'set_etag() puts quotes around "1", which has them already; write '
        'response.headers["ETag"] = etag_for(…). A guarded view needs neither: the guard tells '
        "its tag"
    )
    with pytest.raises(SetupError, match=told(text)):
        app.test_client().get("/docs")


def test_a_tag_in_wire_form_is_a_text_like_any_other(app: Flask) -> None:
    with app.app_context():
        tag = etag_for(DOC, "rev")
        assert tag == '"1"'
        assert '"' in tag
        assert app.json.dumps({"etag": tag}) == '{"etag": "\\"1\\""}'


def test_a_list_that_is_only_read_is_conformant_without_a_text(app: Flask) -> None:
    @app.get("/docs")
    @require_match(load, etag="rev")
    def listing() -> list[dict[str, str]]:
        return [DOC]

    results = assert_conformant(app, "/docs")
    played = {result.vector.method for result in results if result.verdict == "pass"}
    assert played >= {"GET", "HEAD"}
    assert not played & {"PUT", "PATCH", "DELETE"}


def test_a_route_that_takes_only_patch_is_told_to_be_asked_so(app: Flask) -> None:
    doc = dict(DOC)

    @app.get("/doc")
    @require_match(lambda: doc, etag="rev")
    def read() -> dict[str, str]:
        return {"text": doc["text"]}

    @app.patch("/doc")
    @require_match(lambda: doc, etag="rev")
    def edit() -> dict[str, str]:
        return {}

    text = (
        "/doc takes no PUT, and it takes PATCH: assert_no_lost_updates(…, '/doc', method=\"PATCH\")"
    )
    with pytest.raises(SetupError, match=told(text)):
        assert_no_lost_updates(app, "/doc", field="text")


@pytest.mark.parametrize("kind", ["debug", "production"])
def test_a_put_that_asks_to_create_is_told_why_it_is_404(
    app: Flask, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    app.testing, app.debug = False, kind == "debug"

    @app.put("/docs/<id>")
    @require_match(lambda id: None, etag="rev")
    def save(id: str) -> str:
        return id

    client = app.test_client()
    assert client.put("/docs/1", headers={"If-Match": '"1"'}).status_code == 404
    assert not caplog.records
    assert client.put("/docs/1", headers={"If-None-Match": "*"}).status_code == 404
    texts = [record.getMessage() for record in caplog.records]
    assert len(texts) == (kind == "debug")
    for text in texts:
        assert re.search(
            told(
                "a PUT to save with If-None-Match: * asks to create its target, and its guard "
                "only lets it change one: 404. Where PUT may create, add create=True to the guard"
            ),
            text,
        )
