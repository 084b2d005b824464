"""Guards below the frameworks that serialize what a view returns: each one real."""

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import flask_restful
import flask_restful.fields
import flask_restx
import pytest
from apifairy import APIFairy
from apifairy import response as fairy_response
from flask import Flask
from flask import jsonify
from flask import session
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import PreconditionFailed

from flask_preconditions import HTTPPrecondition
from flask_preconditions import SetupError
from flask_preconditions import as_problem
from flask_preconditions import check
from flask_preconditions import guarded_routes
from flask_preconditions import openapi
from flask_preconditions import precondition
from flask_preconditions import require_match

from .frameworks import FRAMEWORKS
from .frameworks import Note
from .frameworks import NoteSchema
from .frameworks import make_restx


@pytest.fixture
def note() -> Note:
    return Note()


@pytest.fixture
def guard(note: Note) -> Callable[[Any], Any]:
    return require_match(lambda id: note if id == 1 else None, etag="rev", into="note")


@pytest.fixture(params=FRAMEWORKS, ids=lambda make: make.__name__.removeprefix("make_"))
def app(request: pytest.FixtureRequest, guard: Callable[[Any], Any]) -> Flask:
    app: Flask = request.param(guard)
    app.testing = True
    return app


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


def test_data_reaches_the_serializer_untouched_and_the_tag_the_response(
    client: FlaskClient,
) -> None:
    read = client.get("/notes/1")
    assert read.json == {"day": "2026-01-01"}
    assert (read.content_type, read.headers["ETag"]) == ("application/json", '"1"')
    saved = client.patch("/notes/1", json={"day": "2"}, headers={"If-Match": '"1"'})
    assert saved.json == {"day": "2026-01-01"}
    assert (saved.headers["ETag"], saved.headers["X-Own"]) == ('"2"', "yes")
    gone = client.delete("/notes/1", headers={"If-Match": '"2"'})
    assert (gone.json, gone.content_type) == ("OK", "application/json")


def test_a_304_is_a_304(client: FlaskClient) -> None:
    kept = client.get("/notes/1", headers={"If-None-Match": '"1"'})
    assert (kept.status_code, kept.data, kept.headers["ETag"]) == (304, b"", '"1"')


@pytest.mark.parametrize(
    ("condition", "status"), [({}, 428), ({"If-Match": '"0"'}, 412), ({"If-Match": "1"}, 400)]
)
def test_a_refusal_keeps_its_problem_document(
    client: FlaskClient, condition: dict[str, str], status: int
) -> None:
    refused = client.patch("/notes/1", json={}, headers=condition)
    assert refused.status_code == status
    assert refused.content_type == "application/problem+json"
    assert refused.headers["Cache-Control"] == "no-store"
    assert refused.headers.get("ETag") == ('"1"' if status == 412 else None)
    assert refused.get_json(force=True)["instance"].startswith("urn:uuid:")


def test_a_stale_write_with_a_broken_body_is_412(client: FlaskClient) -> None:
    sent = {"Content-Type": "application/json", "If-Match": '"0"'}
    assert client.patch("/notes/1", data=b"{", headers=sent).status_code == 412


def test_every_command_sees_the_guard(app: Flask) -> None:
    methods = {method for route in guarded_routes(app) for method in route.methods}
    assert methods == {"GET", "PATCH", "DELETE"}
    assert set(openapi.document(app)["paths"]["/notes/{id}"]) - {"parameters"} == {
        "get",
        "patch",
        "delete",
    }


@pytest.mark.parametrize("framework", [flask_restful, flask_restx])
def test_check_in_a_resource_answers_as_the_decorator_does(framework: Any, note: Note) -> None:
    app = Flask(__name__)

    class Resource(framework.Resource):  # type: ignore[misc]
        def get(self) -> dict[str, str]:
            return note.as_row()

        def put(self) -> dict[str, str]:
            check(note, etag="rev")
            precondition.confirm(1)
            return note.as_row()

    framework.Api(app).add_resource(Resource, "/notes")
    refused = app.test_client().put("/notes", headers={"If-Match": '"0"'})
    assert (refused.status_code, refused.content_type) == (412, "application/problem+json")
    assert refused.headers["ETag"] == '"1"'


def test_what_the_application_makes_of_a_refusal_in_restx_stays(
    guard: Callable[[Any], Any],
) -> None:
    app = make_restx(guard)
    api = app.extensions["restx_api"]

    @api.errorhandler(PreconditionFailed)  # type: ignore[untyped-decorator]
    def handle(error: PreconditionFailed) -> Any:
        return {"message": "read it again"}, 412

    refused = app.test_client().delete("/notes/1", headers={"If-Match": '"0"'})
    assert refused.json == {"message": "read it again"}


def test_a_view_of_a_framework_is_asked_for_the_fields_of_its_304(note: Note) -> None:
    app = Flask(__name__)
    app.secret_key = "k"

    class Resource(flask_restful.Resource):
        @require_match(lambda: note, etag="rev")
        def get(self) -> Any:
            session.get("who")
            return {"day": note.day.isoformat()}, 200, {"Expires": "0"}

    flask_restful.Api(app).add_resource(Resource, "/notes")
    client = app.test_client()
    full = client.get("/notes")
    assert full.headers["Vary"] == "Cookie"
    kept = client.get("/notes", headers={"If-None-Match": '"1"'})
    assert (kept.status_code, kept.data) == (304, b"")
    assert (kept.headers["Vary"], kept.headers["Expires"]) == ("Cookie", "0")


def test_a_decorator_that_serializes_makes_no_200_of_a_304(note: Note) -> None:
    app = Flask(__name__)

    def as_json(view: Callable[..., Any]) -> Callable[..., Any]:
        def inner(**values: Any) -> Any:
            return jsonify(str(view(**values)))

        inner.__wrapped__ = view  # type: ignore[attr-defined]
        return inner

    app.get("/", endpoint="note")(as_json(require_match(lambda: note, etag="rev")(lambda: note)))
    kept = app.test_client().get("/", headers={"If-None-Match": '"1"'})
    assert (kept.status_code, kept.data) == (304, b"")


def test_the_response_decorator_of_apifairy_stands_below_the_guard(
    guard: Callable[[Any], Any],
) -> None:
    app = Flask(__name__)
    app.testing = True
    APIFairy(app)

    @app.get("/notes/<int:id>")
    @fairy_response(NoteSchema)
    @guard
    def read(id: int, note: Note) -> Note:
        return note

    with pytest.raises(SetupError, match="put @require_match above @response"):
        app.test_client().get("/notes/1")


def test_an_error_handler_for_every_http_exception_leaves_refusals_alone_in_one_line(
    guard: Callable[[Any], Any],
) -> None:
    def as_own_json(error: HTTPException) -> Any:
        return {"error": error.name}, error.code

    def make(register: Callable[[Flask], None] = lambda app: None) -> FlaskClient:
        app = Flask(__name__)
        app.route("/notes/<int:id>", methods=["GET", "PUT"])(guard(lambda id, note: "done"))
        app.register_error_handler(HTTPException, as_own_json)
        register(app)
        return app.test_client()

    stale = {"If-Match": '"0"'}
    assert make().put("/notes/1", headers=stale).json == {"error": "Precondition Failed"}
    client = make(lambda app: app.register_error_handler(HTTPPrecondition, as_problem))
    refused = client.put("/notes/1", headers=stale)
    assert refused.content_type == "application/problem+json"
    assert (refused.headers["Cache-Control"], refused.headers["ETag"]) == ("no-store", '"1"')
    assert client.put("/notes/2", headers=stale).json == {"error": "Not Found"}
