"""A report in each of its formats."""

import json

import pytest
from flask import Flask

from flask_preconditions import require_match
from flask_preconditions.audit import FORMATS
from flask_preconditions.audit import RULES
from flask_preconditions.audit import audit

from .faults import PLANTS
from .faults import add
from .faults import guarded
from .faults import load
from .faults import make_app
from .faults import plant_ten
from .faults import view


@pytest.fixture
def app() -> Flask:
    return make_app()


def test_every_rule_is_planted_somewhere(app: Flask) -> None:
    elsewhere = {"ignored-url-value"}
    assert set(plant_ten(app)) | set(PLANTS) | elsewhere == set(RULES)


def test_a_table_names_the_fault_the_reason_the_clause_and_the_fix(app: Flask) -> None:
    add(app, "DELETE", "/fine", view)
    lines = FORMATS["table"](audit(app)).splitlines()
    assert lines[0].split() == ["Severity", "Rule", "Route", "Where", "Finding"]
    assert lines[1].split()[:4] == ["error", "unguarded-write", "DELETE", "/fine"]
    assert lines[3].endswith("(RFC 9110 §13.1.1)")
    assert lines[4].strip().startswith("@require_match(")
    assert lines[-1] == "Found: 1 error (2 guarded routes)."


def test_json_carries_every_member(app: Flask) -> None:
    plant_ten(app)
    document = json.loads(FORMATS["json"](audit(app)))
    assert document["guarded"] == audit(app).guarded
    assert len(document["findings"]) == 10
    for finding in document["findings"]:
        assert finding["url"].startswith("https://")
        assert finding["fix"]
        assert finding["severity"] in {"error", "warning", "info"}


def test_sarif_has_the_members_that_its_schema_asks_for(app: Flask) -> None:
    plant_ten(app)
    add(app, "PUT", "/free", require_match(load, etag="rev", require="none")(view))
    log = json.loads(FORMATS["sarif"](audit(app)))
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "flask-preconditions"
    assert len({rule["id"] for rule in rules}) == len(rules) == len(RULES)
    assert len(run["results"]) > 10
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        for location in result["locations"]:
            assert location["logicalLocations"][0]["fullyQualifiedName"]
            physical = location["physicalLocation"]
            assert not physical["artifactLocation"]["uri"].startswith("/")
            assert physical["region"]["startLine"] > 0


def test_github_commands_are_one_line_each_and_escaped(app: Flask) -> None:
    add(app, "PUT", "/open", view)
    add(app, "GET", "/free", guarded(view))
    add(app, "PUT", "/free", require_match(load, etag="rev", require="none")(view))
    error, notice, summary = FORMATS["github"](audit(app)).splitlines()
    assert error.startswith("::error file=tests/flask/faults.py,line=")
    assert ",title=unguarded-write%3A a write without a guard::PUT /open: " in error
    assert "%0A@require_match(" in error
    assert notice.startswith("::notice ")
    assert summary == "Found: 1 error, 1 info (4 guarded routes)."


def test_what_has_no_source_here_is_shown_by_its_endpoint(app: Flask) -> None:
    add(app, "PUT", "/elsewhere", print, "prints")
    report = audit(app)
    assert FORMATS["table"](report).splitlines()[1].split()[4] == "prints"
    assert FORMATS["github"](report).startswith("::warning title=unseen-view%3A")
    result = json.loads(FORMATS["sarif"](report))["runs"][0]["results"][0]
    assert "physicalLocation" not in result["locations"][0]
