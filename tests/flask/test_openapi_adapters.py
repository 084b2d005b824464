"""The description through the generators that Flask developers use, each one real."""

from typing import Any

from apiflask import APIFlask
from apispec import APISpec
from flask import Flask
from flask.views import MethodView
from flask_smorest import Api
from flask_smorest import Blueprint
from marshmallow import Schema
from marshmallow import fields
from openapi_spec_validator import validate

from flask_preconditions import HTTPPrecondition
from flask_preconditions import as_problem
from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions.openapi import apply
from flask_preconditions.openapi import document
from flask_preconditions.openapi.apispec import PreconditionsPlugin

guarded = require_match(lambda id: {"rev": "2"}, etag="rev")


class ArticleSchema(Schema):
    title = fields.String(required=True)


def names(operation: dict[str, Any]) -> list[str]:
    return [p["$ref"].rpartition("/")[2] for p in operation.get("parameters", []) if "$ref" in p]


def check_item(spec: dict[str, Any], path: str) -> None:
    """See that reading and writing are described as the guard does them."""
    validate(spec)
    item = spec["paths"][path]
    assert names(item["get"]) == ["If-None-Match"]
    assert "304" in item["get"]["responses"]
    assert "ETag" in item["get"]["responses"]["200"]["headers"]
    assert names(item["put"]) == ["If-Match"]
    for status in ("400", "412", "428"):
        answer = item["put"]["responses"][status]
        if "$ref" in answer:
            answer = spec["components"]["responses"][answer["$ref"].rpartition("/")[2]]
        assert "application/problem+json" in answer["content"]


def test_apiflask_takes_it_in_its_spec_processor() -> None:
    app = APIFlask("articles")
    app.register_error_handler(HTTPPrecondition, as_problem)

    @app.spec_processor
    def describe_preconditions(spec: dict[str, Any]) -> dict[str, Any]:
        return apply(spec, app)

    @app.get("/articles/<int:id>")
    @app.output(ArticleSchema)
    @guarded
    def read(id: int) -> dict[str, str]:
        return {"title": "Hello"}

    @app.put("/articles/<int:id>")
    @guarded
    @app.input(ArticleSchema)
    def save(id: int, json_data: dict[str, str]) -> tuple[str, int]:
        precondition.confirm(1)
        return "", 204

    client = app.test_client()
    check_item(client.get("/openapi.json").json, "/articles/{id}")
    body = {"title": "Hello"}
    assert client.put("/articles/7", json=body).status_code == 428
    assert client.put("/articles/7", json={}, headers={"If-Match": '"1"'}).status_code == 412
    assert client.put("/articles/7", json=body, headers={"If-Match": '"2"'}).status_code == 204


def make_smorest(version: str, keeps_problems: bool = True) -> tuple[Flask, Api, Blueprint]:
    app = Flask(__name__)
    app.config.update(API_TITLE="Articles", API_VERSION="1", OPENAPI_VERSION=version)
    api = Api(app, spec_kwargs={"extra_plugins": [PreconditionsPlugin(app)]})
    if keeps_problems:
        app.register_error_handler(HTTPPrecondition, as_problem)
    return app, api, Blueprint("articles", __name__, url_prefix="/articles")


def test_flask_smorest_takes_it_as_a_plugin() -> None:
    for version in ("3.0.3", "3.1.0"):
        app, api, blueprint = make_smorest(version)

        @blueprint.route("/<int:id>")
        class Article(MethodView):
            @blueprint.response(200, ArticleSchema)
            @guarded
            def get(self, id: int) -> dict[str, str]:
                return {"title": "Hello"}

            @blueprint.response(204)
            @guarded
            @blueprint.arguments(ArticleSchema)
            def put(self, new: dict[str, str], id: int) -> None:
                precondition.confirm(1)

        api.register_blueprint(blueprint)
        spec = api.spec.to_dict()
        check_item(spec, "/articles/{id}")
        assert "422" in spec["paths"]["/articles/{id}"]["put"]["responses"]
        stale = {"If-Match": '"1"'}
        assert app.test_client().put("/articles/7", headers=stale).status_code == 412


def test_parameters_that_flask_smorest_describes_itself_are_not_doubled() -> None:
    _, api, blueprint = make_smorest("3.1.0")

    @blueprint.route("/<int:id>", methods=["PUT"])
    @blueprint.etag
    @blueprint.response(204)
    @guarded
    def put(id: int) -> None:
        precondition.confirm(1)

    api.register_blueprint(blueprint)
    spec = api.spec.to_dict()
    validate(spec)
    operation = spec["paths"]["/articles/{id}"]["put"]
    assert names(operation) == ["IF_MATCH"]
    assert operation["responses"]["412"]["content"].keys() == {
        "application/json",
        "application/problem+json",
    }


def test_what_the_error_handler_of_a_framework_rewrites_is_not_promised() -> None:
    app, api, blueprint = make_smorest("3.1.0", keeps_problems=False)
    blueprint.route("/<int:id>", methods=["PUT"])(guarded(lambda id: "done"))
    api.register_blueprint(blueprint)
    for spec in (api.spec.to_dict(), document(app)):
        validate(spec)
        responses = spec["paths"]["/articles/{id}"]["put"]["responses"]
        for status in ("400", "412", "428"):
            name = responses[status]["$ref"].rpartition("/")[2]
            assert set(spec["components"]["responses"][name]) == {"description"}
    answer = app.test_client().put("/articles/7")
    assert (answer.status_code, answer.content_type) == (428, "application/json")


def test_apispec_alone_takes_the_plugin_too() -> None:
    app = Flask(__name__)
    for method in ("GET", "PUT"):
        app.add_url_rule("/articles/<int:id>", method, guarded(lambda id: "done"), methods=[method])
    plugin = PreconditionsPlugin(app)
    spec = APISpec("Articles", "1", "3.1.0", plugins=[plugin])
    number = {"name": "id", "in": "path", "schema": {"type": "integer"}}
    spec.path(
        "/articles/{id}",
        operations={
            method: {"responses": {200: {"description": "done"}}, "parameters": [number]}
            for method in ("get", "put")
        },
    )
    spec.path("/other", operations={"get": {"responses": {"200": {"description": "other"}}}})
    described = spec.to_dict()
    check_item(described, "/articles/{id}")
    assert described["paths"]["/other"]["get"] == {"responses": {"200": {"description": "other"}}}
