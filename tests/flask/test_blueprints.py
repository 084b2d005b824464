"""Defaults of a blueprint, between those of the application and a view's own."""

from typing import Any

import pytest
from flask import Blueprint
from flask import Flask

from flask_preconditions import Preconditions
from flask_preconditions import SetupError
from flask_preconditions import check
from flask_preconditions import openapi
from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions import set_defaults
from flask_preconditions.audit import audit
from flask_preconditions.explain import explain

STORE = {"1": {"rev": "a"}}


def save(id: str) -> str:
    precondition.confirm(1)
    return "saved"


def make(**options: Any) -> tuple[Flask, Blueprint, Blueprint]:
    """Make an application whose view is in a blueprint within another."""
    app = Flask(__name__)
    app.testing = True
    outer, inner = Blueprint("api", __name__), Blueprint("v1", __name__, url_prefix="/v1")
    guarded = require_match(STORE.get, etag="rev", **options)(save)
    inner.route("/notes/<id>", methods=["GET", "PUT"], endpoint="save")(guarded)
    app.put("/notes/<id>")(require_match(STORE.get, etag="rev")(save))
    outer.register_blueprint(inner)
    return app, outer, inner


def test_a_blueprint_has_defaults_of_its_own() -> None:
    app, outer, _ = make()
    set_defaults(outer, require="none")
    app.register_blueprint(outer)
    client = app.test_client()
    assert client.put("/v1/notes/1").status_code == 200
    assert client.put("/notes/1").status_code == 428


def test_the_inner_blueprint_and_then_the_view_have_the_last_word() -> None:
    app, outer, inner = make()
    set_defaults(outer, require="none", disclose="none")
    set_defaults(inner, require="unsafe")
    app.register_blueprint(outer)
    client = app.test_client()
    assert client.put("/v1/notes/1").status_code == 428
    stale = client.put("/v1/notes/1", headers={"If-Match": '"0"'})
    assert (stale.status_code, "ETag" in stale.headers) == (412, False)
    app, outer, inner = make(require="none")
    set_defaults(inner, require="unsafe")
    app.register_blueprint(outer)
    assert app.test_client().put("/v1/notes/1").status_code == 200


def test_they_are_laid_over_the_settings_of_the_application() -> None:
    app, outer, _ = make()
    app.config["PRECONDITIONS_REQUIRE"] = "none"
    Preconditions(app)
    set_defaults(outer, require="unsafe")
    app.register_blueprint(outer)
    client = app.test_client()
    assert client.put("/v1/notes/1").status_code == 428
    assert client.put("/notes/1").status_code == 200


def test_check_follows_them_too() -> None:
    app, blueprint = Flask(__name__), Blueprint("api", __name__)
    set_defaults(blueprint, require="none")

    @blueprint.put("/notes/<id>")
    def put(id: str) -> str:
        check(STORE.get(id), etag="rev")
        return "saved"

    app.register_blueprint(blueprint)
    assert app.test_client().put("/notes/1").status_code == 200


def test_every_command_follows_them() -> None:
    app, outer, _ = make()
    set_defaults(outer, require="none")
    app.register_blueprint(outer)
    told = explain(app, "PUT", "/v1/notes/1")
    assert (told.required, told.required_by) == (False, "require='none' on the blueprint api")
    put = openapi.document(app)["paths"]["/v1/notes/{id}"]["put"]
    assert "428" not in put["responses"]
    optional = [f for f in audit(app).findings if f.rule.id == "optional-condition"]
    assert [place.endpoint for f in optional for place in f.places] == ["api.v1.save"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"require": "allways"}, "require is 'allways'; it must be"),
        ({"vary": ["Accept"]}, "vary= is an option of one view, and no default"),
    ],
)
def test_what_is_no_default_is_refused_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SetupError, match=message):
        set_defaults(Blueprint("api", __name__), **options)
