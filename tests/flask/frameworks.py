"""The same resource, guarded, in each of the frameworks above Flask."""

import datetime
from collections.abc import Callable
from typing import Any

import flask_restful
import flask_restful.fields
import flask_restx
from apifairy import APIFairy
from apifairy import body as fairy_body
from apifairy import response as fairy_response
from apiflask import APIFlask
from flask import Blueprint
from flask import Flask
from flask import jsonify
from flask.views import MethodView
from flask_marshmallow import Marshmallow
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import Schema
from marshmallow import fields

from flask_preconditions import HTTPPrecondition
from flask_preconditions import as_problem
from flask_preconditions import precondition


class Note:
    """A target that only a framework can serialize."""

    def __init__(self) -> None:
        self.rev = 1
        self.day = datetime.date(2026, 1, 1)

    def as_row(self) -> dict[str, str]:
        return {"day": str(self.day)}


class NoteSchema(Schema):
    day = fields.String()


def save(note: Note) -> Note:
    new = Note()
    new.rev = note.rev + 1
    precondition.confirm([new])
    note.rev = new.rev
    return note


def make_restful(guard: Callable[[Any], Any]) -> Flask:
    app = Flask(__name__)
    api = flask_restful.Api(app)

    class Resource(flask_restful.Resource):
        method_decorators = (guard,)

        @flask_restful.marshal_with({"day": flask_restful.fields.String})
        def get(self, id: int, note: Note) -> Note:
            return note

        def patch(self, id: int, note: Note) -> Any:
            return save(note).as_row(), 200, {"X-Own": "yes"}

        def delete(self, id: int, note: Note) -> str:
            precondition.confirm(1)
            return "OK"

    api.add_resource(Resource, "/notes/<int:id>")
    return app


def make_restful_by_method(guard: Callable[[Any], Any]) -> Flask:
    app = Flask(__name__)
    blueprint = Blueprint("v1", __name__)
    api = flask_restful.Api(blueprint)

    class Resource(flask_restful.Resource):
        @flask_restful.marshal_with({"day": flask_restful.fields.String})
        @guard
        def get(self, id: int, note: Note) -> Note:
            return note

        @guard
        def patch(self, id: int, note: Note) -> Any:
            return save(note).as_row(), 200, {"X-Own": "yes"}

        @guard
        def delete(self, id: int, note: Note) -> str:
            precondition.confirm(1)
            return "OK"

    api.add_resource(Resource, "/notes/<int:id>")
    app.register_blueprint(blueprint)
    return app


def make_restx(guard: Callable[[Any], Any]) -> Flask:
    app = Flask(__name__)
    api = app.extensions["restx_api"] = flask_restx.Api(app)
    space = api.namespace("notes")
    model = api.model("Note", {"day": flask_restx.fields.String})

    @space.route("/<int:id>")
    class Resource(flask_restx.Resource):
        method_decorators = (guard,)

        @space.marshal_with(model)
        def get(self, id: int, note: Note) -> Note:
            return note

        def patch(self, id: int, note: Note) -> Any:
            return save(note).as_row(), 200, {"X-Own": "yes"}

        def delete(self, id: int, note: Note) -> str:
            precondition.confirm(1)
            return "OK"

    return app


def make_smorest(guard: Callable[[Any], Any]) -> Flask:
    app = Flask(__name__)
    app.config.update(API_TITLE="Notes", API_VERSION="1", OPENAPI_VERSION="3.1.0")
    api = SmorestApi(app)
    app.register_error_handler(HTTPPrecondition, as_problem)
    blueprint = SmorestBlueprint("notes", __name__)

    @blueprint.route("/notes/<int:id>")
    class Resource(MethodView):
        @blueprint.response(200, NoteSchema)
        @guard
        def get(self, id: int, note: Note) -> Note:
            return note

        @blueprint.response(200, NoteSchema)
        @guard
        @blueprint.arguments(NoteSchema)
        def patch(self, new: dict[str, str], id: int, note: Note) -> Any:
            return save(note), {"X-Own": "yes"}

        @blueprint.response(200)
        @guard
        def delete(self, id: int, note: Note) -> str:
            precondition.confirm(1)
            return "OK"

    api.register_blueprint(blueprint)
    return app


def make_apiflask(guard: Callable[[Any], Any]) -> Flask:
    app = APIFlask("notes")
    app.register_error_handler(HTTPPrecondition, as_problem)

    @app.get("/notes/<int:id>")
    @app.output(NoteSchema)
    @guard
    def read(id: int, note: Note) -> Note:
        return note

    @app.patch("/notes/<int:id>")
    @app.output(NoteSchema)
    @guard
    @app.input(NoteSchema)
    def change(id: int, note: Note, json_data: dict[str, str]) -> Any:
        return save(note), 200, {"X-Own": "yes"}

    @app.delete("/notes/<int:id>")
    @guard
    def delete(id: int, note: Note) -> Any:
        precondition.confirm(1)
        return jsonify("OK")

    return app


def make_apifairy(guard: Callable[[Any], Any]) -> Flask:
    app = Flask(__name__)
    APIFairy(app)
    schemas: Any = Marshmallow(app)

    class FairySchema(schemas.Schema):  # type: ignore[misc, name-defined]
        day = fields.String()

    @app.get("/notes/<int:id>")
    @guard
    @fairy_response(FairySchema)
    def read(id: int, note: Note) -> Note:
        return note

    @app.patch("/notes/<int:id>")
    @guard
    @fairy_body(FairySchema)
    @fairy_response(FairySchema)
    def change(new: dict[str, str], id: int, note: Note) -> Any:
        return save(note), 200, {"X-Own": "yes"}

    @app.delete("/notes/<int:id>")
    @guard
    def delete(id: int, note: Note) -> Any:
        precondition.confirm(1)
        return jsonify("OK")

    return app


FRAMEWORKS = [
    make_restful,
    make_restful_by_method,
    make_restx,
    make_smorest,
    make_apiflask,
    make_apifairy,
]
