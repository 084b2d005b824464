import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from flask_preconditions.cli import preconditions
from tests.conftest import FlaskCommand

APP = """
from flask import Flask
from flask_preconditions import conditional, require_match

app = Flask(__name__)

def load():
    return {"rev": "1"}

if GUARDED:
    @app.put("/docs/<name>")
    @require_match(load, etag="rev", create=True, require={"PUT"})
    def put(name): ...

    @app.get("/feed")
    @conditional(load, etag=lambda feed: feed["rev"])
    def feed(): ...
"""


def test_routes_shows_what_is_guarded_and_how(tmp_path: Path, flask: FlaskCommand) -> None:
    (tmp_path / "app.py").write_text(APP.replace("GUARDED", "True"))
    done = flask("preconditions", "routes")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Route         Methods  Compared",
        "/docs/<name>  PUT      etag=rev, create, require={'PUT'}",
        "/feed         GET      etag=<lambda>, require='none'",
    ]


def test_routes_shows_head_where_get_does_not_bring_it(tmp_path: Path, flask: FlaskCommand) -> None:
    of_head = '@app.route("/feed", methods=["HEAD"])'
    source = APP.replace("GUARDED", "True").replace('@app.get("/feed")', of_head)
    (tmp_path / "app.py").write_text(source)
    done = flask("preconditions", "routes")
    assert done.stdout.splitlines()[-1].startswith("/feed         HEAD ")


def test_routes_shows_a_view_that_compares_by_itself(tmp_path: Path, flask: FlaskCommand) -> None:
    (tmp_path / "app.py").write_text(
        APP.replace("GUARDED", "False")
        + """
from flask_preconditions import check

@app.patch("/notes/<id>")
def change(id):
    check(load(), etag="rev")
"""
    )
    done = flask("preconditions", "routes")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines()[1] == "/notes/<id>  PATCH    in the view, by check()"


def test_routes_says_how_to_guard_one_when_none_is(tmp_path: Path, flask: FlaskCommand) -> None:
    (tmp_path / "app.py").write_text(APP.replace("GUARDED", "False"))
    done = flask("preconditions", "routes")
    assert done.exit_code == 0, done.stderr
    assert "@require_match" in done.stdout


def test_routes_names_a_guard_that_never_runs(tmp_path: Path, flask: FlaskCommand) -> None:
    (tmp_path / "app.py").write_text(
        APP.replace("GUARDED", "True")
        + """
@require_match(load, etag="rev")
@app.put("/late/<name>")
def late(name): ...
"""
    )
    done = flask("preconditions", "routes")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines()[3:] == [
        "",
        "the set-up of this app has a mistake:",
        "app.py:19: the guard of late never runs: move @require_match (app.py:19) below @app.put",
        '    @app.put("/late/<name>")  # move @require_match below this line',
    ]


def test_routes_without_an_app_says_so(flask: FlaskCommand) -> None:
    done = flask("preconditions", "routes")
    assert done.exit_code != 0
    assert "Could not locate a Flask application" in done.stderr


def run(arguments: list[str], config: dict[str, object] | None = None, source: str = APP) -> Result:
    """Run a command on an application in this process."""
    names: dict[str, Any] = {"__name__": "an_app"}
    exec(compile(source.replace("GUARDED", "True"), "app.py", "exec"), names)
    names["app"].config.update(config or {})
    return names["app"].test_cli_runner().invoke(preconditions, arguments)


def test_audit_fails_with_a_table(tmp_path: Path, flask: FlaskCommand) -> None:
    (tmp_path / "app.py").write_text(APP.replace("GUARDED", "True"))
    done = flask("preconditions", "audit")
    assert done.exit_code == 1
    assert done.stderr == ""
    assert "warning   unreadable-target  PUT /docs/<name>  app.py:11" in done.stdout
    assert done.stdout.splitlines()[-1] == "Found: 1 warning (2 guarded routes)."


@pytest.mark.parametrize(("limit", "code"), [("error", 0), ("warning", 1), ("never", 0)])
def test_audit_fails_on_what_it_is_told_to(limit: str, code: int) -> None:
    assert run(["audit", "--fail-on", limit]).exit_code == code


def test_audit_of_a_clean_app_is_one_line() -> None:
    done = run(["audit"], {"PRECONDITIONS_AUDIT_ALLOW": ["put"]})
    assert (done.exit_code, done.stdout) == (0, "No findings: 2 guarded routes.\n")


def test_audit_speaks_the_language_of_code_scanning() -> None:
    done = run(["audit", "--format", "sarif"])
    [result] = json.loads(done.stdout)["runs"][0]["results"]
    assert result["ruleId"] == "unreadable-target"


@pytest.mark.parametrize(
    "command", [["audit"], ["explain", "PUT", "/docs/a"], ["openapi"]], ids=lambda c: c[0]
)
def test_a_setting_that_is_off_is_a_message_and_no_traceback(command: list[str]) -> None:
    done = run(command, {"PRECONDITIONS_REQUIRES": "none"})
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: PRECONDITIONS_REQUIRES is no setting")


def test_explain_tells_the_decision_and_its_clauses() -> None:
    question = ["explain", "PUT", "/docs/a", "-H", 'If-Match: "0"']
    done = run(question)
    assert done.exit_code == 0
    assert '1. If-Match: the current tag "1" is not listed (RFC 9110 §13.1.1)' in done.stdout
    told = json.loads(run([*question, "--state", "etag=0", "--json"]).stdout)
    assert (told["outcome"], told["status"]) == ("perform", None)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["PUT", "/nowhere"], "no route fits /nowhere"),
        (["PUT", "/docs/a", "-H", "If-Match"], "has no colon"),
        (["PUT", "/docs/a", "--state", "gone"], "'gone' is no state"),
    ],
)
def test_explain_says_what_is_wrong_with_the_question(arguments: list[str], words: str) -> None:
    done = run(["explain", *arguments])
    assert done.exit_code == 1
    assert words in done.stderr


def test_openapi_prints_a_description_an_overlay_and_settings() -> None:
    assert json.loads(run(["openapi"]).stdout)["openapi"] == "3.1.0"
    assert json.loads(run(["openapi", "--overlay"]).stdout)["overlay"] == "1.0.0"
    assert run(["openapi", "--format", "yaml"]).stdout.startswith("openapi: 3.1.0\n")
    settings = run(["openapi", "--schemathesis"]).stdout
    assert "[checks.positive_data_acceptance]" in settings


def test_openapi_can_leave_if_match_optional() -> None:
    for flags, name in ([], "If-Match"), (["--optional-if-match"], "If-Match-optional"):
        source = APP.replace("create=True, ", "")
        described = json.loads(run(["openapi", *flags], source=source).stdout)
        parameters = described["paths"]["/docs/{name}"]["put"]["parameters"]
        assert parameters == [{"$ref": f"#/components/parameters/{name}"}]
