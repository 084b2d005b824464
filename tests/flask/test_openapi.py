"""Guarded routes in OpenAPI: valid, complete, and the same by every way there."""

import copy
import json
import tomllib
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from oas_patch.overlay import apply_overlay
from openapi_spec_validator import validate
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from flask_preconditions import Preconditions
from flask_preconditions import SetupError
from flask_preconditions import conditional
from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions.openapi import apply
from flask_preconditions.openapi import components
from flask_preconditions.openapi import document
from flask_preconditions.openapi import dump
from flask_preconditions.openapi import overlay
from flask_preconditions.openapi import schemathesis
from flask_preconditions.problems import PROBLEM_TYPES
from flask_preconditions.problems import UNKNOWN
from flask_preconditions.sqlalchemy import rows

from .conftest import LONG_AGO

Json = dict[str, Any]


def load(id: int) -> Json | None:
    return {"rev": "2", "at": LONG_AGO} if id == 7 else None


def view(**_: object) -> str:
    return "view"


def saves(**_: object) -> str:
    precondition.confirm(1)
    return "saved"


def make_app(config: Json | None = None, **options: Any) -> Flask:
    """Build an application with one article that is read and written."""
    app = Flask("articles")
    app.testing = True
    app.config.update(config or {})
    options = {"etag": "rev"} | options
    app.get("/articles/<int:id>", endpoint="read")(conditional(load, etag="rev")(view))
    for method in ("PUT", "PATCH", "DELETE"):
        guarded = require_match(load, **options)(saves)
        app.add_url_rule("/articles/<int:id>", method, guarded, methods=[method])
    app.add_url_rule("/articles", "index", view)
    return app


def make_spec(path: str = "/articles/{number}", version: str = "3.1.0") -> Json:
    """Build what a generator might have made of it."""
    answers = {"responses": {"200": {"description": "done"}}}
    number = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}}
    return {
        "openapi": version,
        "info": {"title": "Articles", "version": "1"},
        "paths": {
            "/articles": {"get": copy.deepcopy(answers)},
            path: {
                "parameters": [number],
                **{
                    name: copy.deepcopy(answers)
                    for name in ("get", "head", "put", "patch", "delete")
                },
            },
        },
    }


def names(operation: Json) -> list[str]:
    return [p["$ref"].rpartition("/")[2] for p in operation.get("parameters", [])]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_the_description_is_valid_before_and_after(version: str) -> None:
    spec = make_spec(version=version)
    validate(spec)
    validate(apply(spec, make_app(last_modified="at", create=True)))


def test_reads_and_writes_take_and_answer_what_the_guard_does() -> None:
    spec = apply(make_spec(), make_app())
    item = spec["paths"]["/articles/{number}"]
    assert names(item["get"]) == names(item["head"]) == ["If-None-Match"]
    assert set(item["get"]["responses"]) == {"200", "304"}
    assert item["get"]["responses"]["200"]["headers"] == {
        "ETag": {"$ref": "#/components/headers/ETag"}
    }
    for method in ("put", "patch", "delete"):
        assert names(item[method]) == ["If-Match"]
        assert set(item[method]["responses"]) == {"200", "400", "412", "428"}
    # §9.3.4: a PUT tells no tag, and of what is gone there is none.
    assert "headers" in item["patch"]["responses"]["200"]
    assert "headers" not in item["put"]["responses"]["200"]
    assert "headers" not in item["delete"]["responses"]["200"]
    assert spec["paths"]["/articles"] == make_spec()["paths"]["/articles"]


@pytest.mark.parametrize(
    ("options", "put", "patch"),
    [
        ({}, ["If-Match"], ["If-Match"]),
        ({"require": {"PATCH"}}, ["If-Match-optional"], ["If-Match"]),
        ({"require": "warn"}, ["If-Match-optional"], ["If-Match-optional"]),
        ({"require": lambda request: True}, ["If-Match-optional"], ["If-Match-optional"]),
        ({"create": True}, ["If-Match-optional", "If-None-Match-any"], ["If-Match"]),
        (
            {"last_modified": "at"},
            ["If-Match", "If-Unmodified-Since-optional"],
            ["If-Match", "If-Unmodified-Since-optional"],
        ),
        (
            {"etag": None, "last_modified": "at"},
            ["If-Unmodified-Since"],
            ["If-Unmodified-Since"],
        ),
    ],
    ids=["default", "methods", "warn", "function", "create", "both", "date"],
)
def test_a_condition_is_required_where_the_policy_asks_for_that_one(
    options: Json, put: list[str], patch: list[str]
) -> None:
    item = apply(make_spec(), make_app(**options))["paths"]["/articles/{number}"]
    assert (names(item["put"]), names(item["patch"])) == (put, patch)


def test_428_is_answered_where_the_policy_may_ask() -> None:
    def answers(**options: Any) -> bool:
        spec = apply(make_spec(), make_app(**options))
        return "428" in spec["paths"]["/articles/{number}"]["put"]["responses"]

    assert answers()
    assert answers(require=lambda request: True)
    assert not answers(require="warn")
    assert not answers(require="none")


def test_if_match_need_not_be_required() -> None:
    spec = apply(make_spec(), make_app(), required=False)
    assert names(spec["paths"]["/articles/{number}"]["put"]) == ["If-Match-optional"]
    optional = spec["components"]["parameters"]["If-Match-optional"]
    assert (optional["name"], optional["required"]) == ("If-Match", False)
    validate(spec)


def test_a_put_tells_its_tag_where_the_policy_says_so() -> None:
    spec = apply(make_spec(), make_app(put_etag="verbatim"))
    assert "ETag" in spec["paths"]["/articles/{number}"]["put"]["responses"]["200"]["headers"]


class Base(DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


def test_the_tag_of_a_model_is_described_too() -> None:
    app = Flask(__name__)
    app.put("/books/<int:id>")(require_match(Book)(view))
    app.get("/books", endpoint="all")(
        conditional(rows(select(Book.id, Book.version).order_by(Book.id)))(view)
    )
    paths = document(app)["paths"]
    assert names(paths["/books/{id}"]["put"]) == ["If-Match"]
    assert names(paths["/books"]["get"]) == ["If-None-Match"]


def test_methods_that_openapi_has_no_name_for_are_left_out() -> None:
    app = Flask(__name__)
    guarded = conditional(dict, etag="rev")(view)
    app.add_url_rule("/search", "search", guarded, methods=["QUERY", "GET"])
    assert set(document(app)["paths"]["/search"]) == {"get"}


def test_a_reference_that_leads_nowhere_stays() -> None:
    spec = make_spec()
    nowhere = {"$ref": "https://other.example/spec.json#/components/responses/Done"}
    get = spec["paths"]["/articles/{number}"]["get"]
    get["responses"] = {"200": nowhere, "304": {"$ref": "#/components/responses/Nothing"}}
    apply(spec, make_app())
    assert get["responses"] == {
        "200": nowhere,
        "304": {"$ref": "#/components/responses/Nothing"},
    }


def test_what_is_described_already_stays() -> None:
    spec = make_spec()
    put = spec["paths"]["/articles/{number}"]["put"]
    mine = {"name": "if-match", "in": "header", "schema": {"type": "string"}}
    spec["components"] = {
        "parameters": {"Mine": mine},
        "responses": {
            "Mine": {"description": "mine"},
            "PreconditionRequired": {"description": "ours no more"},
        },
    }
    put["parameters"] = [{"$ref": "#/components/parameters/Mine"}]
    put["responses"]["400"] = {
        "description": "bad",
        "content": {"text/html": {"schema": {"type": "string"}}},
    }
    put["responses"]["412"] = {"$ref": "#/components/responses/Mine"}
    apply(spec, make_app())
    assert put["parameters"] == [{"$ref": "#/components/parameters/Mine"}]
    assert set(put["responses"]["400"]["content"]) == {"text/html", "application/problem+json"}
    assert put["responses"]["412"]["description"] == "mine"
    assert "application/problem+json" in put["responses"]["412"]["content"]
    assert spec["components"]["responses"]["PreconditionRequired"]["description"] == "ours no more"
    assert spec["components"]["responses"]["Mine"] == {"description": "mine"}
    validate(spec)


def test_a_parameter_of_the_whole_path_counts() -> None:
    spec = make_spec()
    item = spec["paths"]["/articles/{number}"]
    item["parameters"].append({"name": "If-Match", "in": "header", "schema": {"type": "string"}})
    apply(spec, make_app())
    assert names(item["put"]) == []
    validate(spec)


def test_applying_twice_adds_nothing() -> None:
    once = apply(make_spec(), make_app(last_modified="at"))
    assert apply(copy.deepcopy(once), make_app(last_modified="at")) == once


def test_a_path_below_a_servers_base_is_found() -> None:
    app = Flask(__name__)
    app.put("/v1/articles/<int:id>")(require_match(load, etag="rev")(saves))
    spec = make_spec() | {"servers": [{"url": "https://api.example/v1/"}]}
    apply(spec, app)
    assert names(spec["paths"]["/articles/{number}"]["put"]) == ["If-Match"]


@pytest.mark.parametrize("spec", [{"swagger": "2.0"}, {}, {"openapi": "2.0"}])
def test_older_descriptions_are_refused(spec: Json) -> None:
    with pytest.raises(SetupError, match=r"OpenAPI 3\.0 or 3\.1"):
        apply(spec, make_app())


def test_the_extension_can_be_set_up_after_the_description_was_made() -> None:
    app = make_app({"PRECONDITIONS_PROBLEM_BASE_URL": "/problems/"})
    before = apply(make_spec(), app)
    Preconditions(app)
    assert apply(make_spec(), app) == before
    failed = before["components"]["schemas"]["PreconditionFailedProblem"]
    assert failed["properties"]["type"]["enum"] == ["/problems/precondition-failed/"]


def test_every_problem_has_a_schema_and_examples_that_fit_it() -> None:
    parts = components("/problems/")
    assert len(parts["schemas"]) == len([*PROBLEM_TYPES, UNKNOWN])
    seen = 0
    for response in parts["responses"].values():
        for content in response.get("content", {}).values():
            schema = parts["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
            assert content["examples"]
            for example in content["examples"].values():
                Draft202012Validator(schema).validate(example["value"])
                seen += 1
    assert seen == 9


@pytest.mark.parametrize(
    "headers",
    [{}, {"If-Match": '"1"'}, {"If-Match": 'W/"2"'}, {"If-Match": "2"}, {"If-None-Match": "*"}],
    ids=["missing", "stale", "weak", "malformed", "exists"],
)
def test_what_is_answered_fits_what_is_described(headers: dict[str, str]) -> None:
    app = make_app()
    answer = app.test_client().put("/articles/7", headers=headers)
    spec = document(app)
    described = spec["paths"]["/articles/{id}"]["put"]["responses"][str(answer.status_code)]
    response = spec["components"]["responses"][described["$ref"].rpartition("/")[2]]
    schema = response["content"][answer.mimetype]["schema"]["$ref"].rpartition("/")[2]
    Draft202012Validator(spec["components"]["schemas"][schema]).validate(answer.json)
    assert set(response["headers"]) >= {"Cache-Control"}


def test_the_patterns_take_what_the_grammar_takes() -> None:
    parts = components()
    one = Draft202012Validator(parts["headers"]["ETag"]["schema"])
    many = Draft202012Validator(parts["parameters"]["If-Match"]["schema"])
    for tag in ('"1"', '""', 'W/"1"', '"a,b"', '"é"'):
        assert one.is_valid(tag)
        assert many.is_valid(tag)
        assert many.is_valid(f'{tag}, "2"')
    assert many.is_valid("*")
    for wrong in ("1", '"1', 'w/"1"', '"a b"', "", '"1" "2"', '*, "1"'):
        assert not one.is_valid(wrong)
        assert not many.is_valid(wrong)


def test_a_document_of_the_guarded_routes_alone_is_valid() -> None:
    app = make_app(create=True)
    app.get("/files/<path:name>/<float:size>/<uuid:key>")(conditional(dict, etag="rev")(view))
    spec = document(app)
    validate(spec)
    assert set(spec["paths"]) == {"/articles/{id}", "/files/{name}/{size}/{key}"}
    parameters = spec["paths"]["/files/{name}/{size}/{key}"]["parameters"]
    assert [p["schema"]["type"] for p in parameters] == ["string", "number", "string"]
    item = spec["paths"]["/articles/{id}"]
    assert "404" not in item["put"]["responses"]
    assert "404" in item["patch"]["responses"]


def test_an_overlay_says_the_same_as_apply() -> None:
    app = make_app(last_modified="at", create=True)
    # The overlay goes by the names of the application; HEAD it leaves to the reader.
    spec = make_spec("/articles/{id}")
    del spec["paths"]["/articles/{id}"]["head"]
    laid_over = apply_overlay(copy.deepcopy(spec), overlay(app))
    assert laid_over == apply(spec, app)


def test_an_overlay_leaves_other_paths_alone() -> None:
    spec = make_spec("/somewhere/{else}")
    laid_over = apply_overlay(copy.deepcopy(spec), overlay(make_app()))
    assert laid_over["paths"] == spec["paths"]


def test_a_document_is_written_as_json_or_yaml() -> None:
    import yaml

    spec = document(make_app())
    assert json.loads(dump(spec)) == spec
    text = dump(spec, "yaml")
    assert yaml.safe_load(text) == spec
    assert "&id" not in text


def test_the_settings_for_schemathesis_add_the_two_statuses() -> None:
    checks = tomllib.loads(schemathesis())["checks"]
    assert {"412", "428"} <= set(checks["positive_data_acceptance"]["expected-statuses"])
    assert {"412", "428"} <= set(checks["missing_required_header"]["expected-statuses"])
    assert {"412", "428"} <= set(checks["negative_data_rejection"]["expected-statuses"])


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        ("read", "A validator of what this changes, as GET /articles/{id} tells it."),
        (
            lambda article: "/articles/7",
            "A validator of what this changes; `next` of a refusal says where it is read.",
        ),
        (None, None),
    ],
)
def test_the_condition_of_an_action_says_where_its_tag_is_read(resource: Any, told: Any) -> None:
    app = make_app()
    guard = require_match(load, etag="rev", resource=resource)
    app.post("/articles/<int:id>/publish", endpoint="publish")(guard(saves))
    spec = document(app)
    validate(spec)
    [parameter] = spec["paths"]["/articles/{id}/publish"]["post"]["parameters"]
    assert parameter.get("description") == told
    plain = {"openapi": "3.1.0", "info": spec["info"], "paths": {}}
    plain["paths"] = {"/articles/{id}/publish": {"post": {"responses": {}}}}
    laid = apply_overlay(plain, overlay(app))
    assert laid["paths"]["/articles/{id}/publish"]["post"]["parameters"] == [parameter]
