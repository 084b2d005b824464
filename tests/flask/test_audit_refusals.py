"""Error handlers of the application that rewrite refusals are found, and others are not."""

import json
from typing import Any

import pytest
from flask import Blueprint
from flask import Flask
from werkzeug.exceptions import HTTPException

from flask_preconditions import HTTPPrecondition
from flask_preconditions import PreconditionFailed
from flask_preconditions import check
from flask_preconditions.audit import audit

from .faults import guarded
from .faults import make_app
from .faults import view


@pytest.fixture
def app() -> Flask:
    return make_app()


def messages(app: Flask) -> list[str]:
    found = audit(app).findings
    assert {finding.rule.id for finding in found} <= {"own-error-handler"}
    return [finding.message for finding in found]


def own(error: Any) -> Any:
    return {"message": error.description}, error.code


def with_fields(error: Any) -> Any:
    return {"message": error.description}, error.code, error.get_headers()


def of_the_flask_docs(error: Any) -> Any:
    response = error.get_response()
    response.data = json.dumps({"name": error.name})
    response.content_type = "application/json"
    return response


def same(error: Any) -> Any:
    return error


def lets_http_through(error: Any) -> Any:
    if isinstance(error, HTTPException):
        return error
    return {"message": "sorry"}, 500


def knows_us(error: Any) -> Any:
    if isinstance(error, HTTPPrecondition):
        return error.get_response()
    return {"message": "sorry"}, 500


def response_of(error: Any) -> Any:
    return error.get_response()


ALL = "the problem document, the current tag and no-store"


@pytest.mark.parametrize(
    ("caught", "handler", "lost"),
    [
        (HTTPException, own, f"own() answers 400, 412 and 428 without {ALL}"),
        (Exception, own, f"own() answers 400, 412 and 428 without {ALL}"),
        (412, own, f"own() answers 412 without {ALL}"),
        (PreconditionFailed, own, f"own() answers 412 without {ALL}"),
        (428, with_fields, "with_fields() answers 428 without the problem document"),
        (
            HTTPException,
            of_the_flask_docs,
            "of_the_flask_docs() answers 400, 412 and 428 without the problem document",
        ),
        (404, own, None),
        (ValueError, own, None),
        (HTTPException, same, None),
        (Exception, lets_http_through, None),
        (HTTPException, knows_us, None),
        (HTTPException, response_of, None),
        (HTTPException, print, None),
    ],
)
def test_what_an_error_handler_takes_from_a_refusal_is_told(
    app: Flask, caught: Any, handler: Any, lost: str | None
) -> None:
    app.register_error_handler(caught, handler)
    assert messages(app) == ([lost] if lost else [])


@pytest.mark.parametrize(
    "handler", [own, with_fields, of_the_flask_docs, same, lets_http_through, response_of]
)
def test_what_is_told_is_what_clients_get(app: Flask, handler: Any) -> None:
    app.register_error_handler(HTTPException, handler)
    refusal = app.test_client().put("/fine", headers={"If-Match": '"0"'})
    assert refusal.status_code == 412
    lost = messages(app)
    is_problem = "failed_header" in refusal.get_json(force=True)
    assert is_problem is not any("the problem document" in message for message in lost)
    tells = refusal.headers.get("ETag") == '"1"' and "no-store" in str(refusal.cache_control)
    assert tells is not any("no-store" in message for message in lost)


def test_the_nearer_handler_counts_as_in_flask(app: Flask) -> None:
    app.register_error_handler(HTTPException, own)
    app.register_error_handler(HTTPPrecondition, same)
    assert messages(app) == []


def test_a_handler_of_a_blueprint_counts_for_its_views_only(app: Flask) -> None:
    shop, other = Blueprint("shop", __name__), Blueprint("other", __name__)
    other.register_error_handler(HTTPException, own)
    app.register_blueprint(other)
    shop.add_url_rule("/shop", "read", guarded(view))
    app.register_blueprint(shop)
    assert messages(app) == []
    again = make_app()
    shop = Blueprint("shop", __name__)
    shop.register_error_handler(HTTPException, own)
    shop.add_url_rule("/shop", "read", guarded(view))
    again.register_blueprint(shop)
    assert len(messages(again)) == 1


def test_the_finding_names_the_line_of_the_handler(app: Flask) -> None:
    app.register_error_handler(HTTPException, own)
    [finding] = audit(app).findings
    assert finding.path == "tests/flask/test_audit_refusals.py"
    assert finding.line == own.__code__.co_firstlineno
    assert "HTTPPrecondition" in finding.fix


def test_a_handler_matters_only_where_something_is_refused() -> None:
    app = Flask(__name__)
    app.register_error_handler(HTTPException, own)
    assert messages(app) == []

    @app.get("/checked")
    def read() -> str:
        check(etag="1")
        return "read"

    assert len(messages(app)) == 1
