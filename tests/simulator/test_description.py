"""The simulator's description of itself."""

import json
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner
from flask import Blueprint
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from flask_preconditions.audit import audit
from flask_preconditions.cli import preconditions
from flask_preconditions.simulator import FAULTS
from flask_preconditions.simulator import blueprint
from flask_preconditions.simulator.options import OPTIONS


def test_the_description_is_valid_and_names_every_option_and_fault(client: FlaskClient) -> None:
    spec = client.get("/api/openapi.json").get_json()
    validate(spec)
    assert spec["paths"].keys() == {
        "/api/status/{code}",
        "/api/etag/{tag}",
        "/api/lab/{session}",
        "/api/lab/{session}/docs/{id}",
        "/api/lab/{session}/docs/{id}/rival",
    }
    named = {
        parameter["name"]: parameter["schema"]
        for item in spec["paths"].values()
        for parameter in item["parameters"]
        if parameter["in"] == "query"
    }
    assert named.keys() == OPTIONS.keys()
    assert named["fault"]["enum"] == list(FAULTS)


def test_the_published_description_is_the_one_that_is_served(client: FlaskClient) -> None:
    # Made by: flask preconditions simulate --openapi > docgen/content/files/simulator.json
    published = Path(__file__).parents[2] / "docgen/content/files/simulator.json"
    assert json.loads(published.read_text()) == client.get("/api/openapi.json").get_json()
    assert CliRunner().invoke(preconditions, ["simulate", "--openapi"]).stdout == (
        published.read_text()
    )


def test_who_does_not_use_it_does_not_load_it() -> None:
    code = "import flask_preconditions, flask_preconditions.cli, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert "flask_preconditions.cli" in loaded
    for name in ("simulator", "lab", "testing", "conformance"):
        assert f"flask_preconditions.{name}" not in loaded


def test_the_description_tells_the_preconditions_of_the_documents(client: FlaskClient) -> None:
    put = client.get("/api/openapi.json").get_json()["paths"]["/api/lab/{session}/docs/{id}"]["put"]
    assert {"400", "412", "428"} <= put["responses"].keys()
    assert {"$ref": "#/components/parameters/If-None-Match-any"} in put["parameters"]


def test_it_can_be_registered_anywhere_and_twice_in_one_application() -> None:
    app = Flask(__name__)
    outer = Blueprint("outer", __name__, url_prefix="/try")
    outer.register_blueprint(blueprint("inner"), url_prefix="/it")
    app.register_blueprint(outer)
    app.register_blueprint(blueprint(), url_prefix="/sim")
    client = app.test_client()
    for prefix in ("/try/it", "/sim"):
        assert client.put(f"{prefix}/etag/v1", headers={"If-Match": '"0"'}).status_code == 412
        assert client.get(f"{prefix}/lab/a/docs/welcome").status_code == 200
        assert client.get(f"{prefix}/nix").content_type == "application/problem+json"
        assert f"{prefix}/etag/{{tag}}" in client.get(f"{prefix}/openapi.json").get_json()["paths"]
    assert client.get("/other").content_type == "text/html; charset=utf-8"


def test_an_application_that_has_it_stays_clean(app: Flask) -> None:
    assert [str(finding) for finding in audit(app).findings] == []
