"""What servers do by themselves, found by reads alone."""

import io

import pytest
from flask import Flask
from flask import Response
from flask import request
from flask.views import MethodView
from flask_smorest import Api
from flask_smorest import Blueprint

from flask_preconditions.inspector import Severity
from flask_preconditions.inspector import inspect
from flask_preconditions.inspector import open_source
from flask_preconditions.testing.clients import serving


def by_make_conditional() -> Flask:
    app = Flask("werkzeug")

    @app.get("/docs/1")
    def read() -> Response:
        response = Response("text", mimetype="text/plain")
        response.cache_control.max_age = 60
        response.add_etag()
        return response.make_conditional(request)

    return app


def by_smorest() -> Flask:
    app = Flask("smorest")
    app.config.update(API_TITLE="docs", API_VERSION="1", OPENAPI_VERSION="3.0.2")
    docs = Blueprint("docs", "docs")

    @docs.route("/docs/1")
    class Document(MethodView):
        @docs.etag
        @docs.response(200)
        def get(self) -> dict[str, str]:
            return {"title": "text"}

    Api(app).register_blueprint(docs)
    return app


@pytest.mark.parametrize(
    ("app", "found"),
    [
        # The 412 is the 200 with another status: it keeps the fields that are for caches.
        (by_make_conditional(), ["refusal-may-be-kept"]),
        # Its tag is not sent with the 304, and If-Match is looked at on writes alone.
        (by_smorest(), ["304-without-etag", "200-though-false"]),
    ],
    ids=["werkzeug", "flask-smorest"],
)
def test_what_a_framework_does_by_itself_is_found(app: Flask, found: list[str]) -> None:
    with serving(app) as origin:
        report = inspect(open_source(f"{origin}/docs/1", io.BytesIO()))
    grave = [each.id for each in report.remarks if each.severity is not Severity.NOTE]
    assert grave == found
