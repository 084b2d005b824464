"""The description of an API in OpenAPI: of the app's own, or of ours."""

from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask import Flask
from flask_smorest import Api
from flask_smorest import Blueprint
from openapi_spec_validator import validate

from flask_preconditions import require_match

from .shop import build
from .shop import make_shop


def test_the_description_of_our_own_has_title_and_summaries(tmp_path: Path) -> None:
    shop = build(make_shop(), tmp_path)
    validate(shop.openapi)
    assert shop.openapi["info"]["title"] == "Shop API"
    assert shop.openapi["paths"]["/orders/{id}"]["put"]["summary"] == "Keep <one> order."


def guard(app: Any) -> None:
    @app.put("/notes/<name>")
    @app.doc(summary="Replace a note", description="All of it.")
    @require_match(lambda name: {"rev": "1"}, etag="rev")
    def put(name: str) -> str:
        return name


def make_apiflask() -> Flask:
    app = APIFlask("notes", title="Notes", version="2.1")
    guard(app)
    return app


def make_smorest() -> Flask:
    app = Flask("notes")
    app.config.update(API_TITLE="Notes", API_VERSION="2.1", OPENAPI_VERSION="3.1.0")
    api, blueprint = Api(app), Blueprint("notes", "notes")

    @blueprint.put("/notes/<name>")
    @blueprint.response(200)
    @require_match(lambda name: {"rev": "1"}, etag="rev")
    def put(name: str) -> dict[str, str]:
        """Replace a note

        All of it.
        """
        return {}

    api.register_blueprint(blueprint)
    return app


def make_plain() -> Flask:
    app = Flask("notes")

    @app.put("/notes/<name>")
    @require_match(lambda name: {"rev": "1"}, etag="rev")
    def put(name: str) -> str:
        return name

    operation = {
        "summary": "Replace a note",
        "description": "All of it.",
        "parameters": [{"name": "n", "in": "path", "required": True, "schema": {}}],
        "responses": {"200": {"description": "Done."}},
    }
    app.config["DOCGEN_OPENAPI"] = lambda: {
        "openapi": "3.1.0",
        "info": {"title": "Notes", "version": "2.1"},
        "servers": [{"url": "https://notes.example/"}],
        "paths": {"/notes/{n}": {"put": operation}},
    }
    return app


@pytest.mark.parametrize("make", [make_apiflask, make_smorest, make_plain])
def test_the_description_of_the_app_is_taken_with_what_the_guards_add(
    tmp_path: Path, make: Any
) -> None:
    built = build(make(), tmp_path)
    described = built.openapi
    validate(described)
    assert (described["info"]["title"], described["info"]["version"]) == ("Notes", "2.1")
    [path] = [path for path in described["paths"] if path.startswith("/notes/")]
    put = described["paths"][path]["put"]
    assert (put["summary"], put["description"]) == ("Replace a note", "All of it.")
    assert {"412", "428"} <= put["responses"].keys()
    assert "Replace a note" in built.text("routes")
    assert built.page("").css_first(".brand-name").text() == "Notes"
    if make is make_plain:
        assert "curl -i -X PUT https://notes.example/notes/{name}" in built.text("routes")
