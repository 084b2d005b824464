"""The monitoring page: its rules are played by promtool, its code is run."""

import json
import logging
import re
import subprocess
import tomllib
from itertools import accumulate
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from prometheus_client import CollectorRegistry
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

from flask_preconditions import require_match
from flask_preconditions.core import Outcome
from flask_preconditions.core import Reason
from flask_preconditions.observe import count_with_prometheus
from tests.needs import need

CONTENT = Path(__file__).parent.parent.parent / "docgen/content"
ALERTS = CONTENT / "data/alerts.yml"
RULES = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"][0]["rules"]
MONITORING = tomllib.loads((CONTENT / "data/monitoring.toml").read_text(encoding="utf-8"))
PANELS = MONITORING["panels"]
SHAPES = MONITORING["shapes"]
QUERIES = [rule["expr"] for rule in RULES] + [panel["query"] for panel in PANELS]
RECORDED = {rule["record"] for rule in RULES if "record" in rule}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_uses_what_is_counted(query: str) -> None:
    counter = count_with_prometheus(Flask(__name__), CollectorRegistry())
    name = counter.describe()[0].name + "_total"
    labels = set(counter._labelnames)
    used = set(re.findall(r"[a-z_]+:[a-z_:0-9]+|\bhttp_[a-z_]+", query))
    assert used <= {name} | RECORDED
    assert used
    for label, value in re.findall(r'(\w+)[!=]~?"([^"]*)"', query):
        assert label in labels
        known = {"outcome": list(Outcome), "reason": list(Reason)}.get(label)
        assert known is None or set(value.split("|")) <= set(known)
    for grouped in re.findall(r"by \((\w+)\)", query):
        assert grouped in labels


@pytest.mark.slow
def test_the_dashboard_has_each_graph_with_the_label_that_its_query_groups_by(
    output: Path,
) -> None:
    dashboard = json.loads((output / "dashboard.json").read_text())
    [variable] = dashboard["templating"]["list"]
    targets = [target for panel in dashboard["panels"] for target in panel["targets"]]
    assert [target["expr"] for target in targets] == [panel["query"] for panel in PANELS]
    labels = [re.findall(r"{{(\w+)}}", target["legendFormat"]) for target in targets]
    rules = {rule.get("record"): rule["expr"] for rule in RULES}
    for target, label in zip(targets, labels, strict=True):
        assert target["datasource"]["uid"] == f"${{{variable['name']}}}"
        assert {*label} == {*re.findall(r"by \((\w+)\)", rules.get(target["expr"], target["expr"]))}
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard["panels"]}
    assert len(places) == len(dashboard["panels"])


def series(values: str, **labels: str) -> dict[str, str]:
    full = {"endpoint": "save", "method": "PUT", "field": "If-Match", "reason": ""} | labels
    inside = ",".join(f'{name}="{value}"' for name, value in full.items())
    return {"series": f"http_preconditions_total{{{inside}}}", "values": values}


FAILED = {"outcome": "failed", "reason": "changed"}
QUIET = [series("0+10x60", outcome="perform"), series("0+1x60", **FAILED)]
STORM = [series("0+1x60", outcome="perform"), series("0+99x60", **FAILED)]
BUSY = [series("0+10x60", outcome="perform"), series("0+5x60", **FAILED)]
RACES = [
    series("0+10x60", outcome="perform"),
    series("0+1x60", outcome="failed", reason="lost-race"),
]
WEAK = [series("0+1x60", outcome="failed", reason="weak")]
REQUIRED = [series("0+5x60", outcome="required", field="")]
MALFORMED = [series("0+2x60", outcome="malformed", reason="malformed")]
READS = [series("0+10x60", method="GET", **FAILED)]
TWO_IN_TEN_MINUTES = [series("0x37 1x7 2x20", **FAILED)]


def born(count: int, **labels: str) -> list[dict[str, str]]:
    """Give a series that has its count at the first sample, as that of a new process may."""
    return [*QUIET, series(f"_x47 {count}x12", **labels)]


@pytest.mark.external
@pytest.mark.parametrize(
    ("counted", "alerts"),
    [
        (QUIET, set()),
        (RACES, set()),
        (READS, set()),
        (STORM, {"PreconditionsRefuseEveryWrite", "PreconditionsConflictsHigh"}),
        (BUSY, {"PreconditionsConflictsHigh"}),
        (
            QUIET + WEAK,
            {"PreconditionsTagsRewritten"},
        ),
        (QUIET + REQUIRED, {"PreconditionsMissing"}),
        (QUIET + MALFORMED, {"PreconditionsMalformed"}),
        (TWO_IN_TEN_MINUTES, set()),
        (born(6, outcome="failed", reason="weak"), {"PreconditionsTagsRewritten"}),
        (born(5, outcome="failed", reason="weak"), set()),
        (born(21, outcome="required", field=""), {"PreconditionsMissing"}),
        (born(6, outcome="malformed", reason="malformed"), {"PreconditionsMalformed"}),
    ],
    ids=[
        *("quiet", "races", "reads", "storm", "busy", "weak", "required", "malformed"),
        *("two in ten minutes", "born weak", "born below", "born required", "born malformed"),
    ],
)
def test_an_alert_fires_for_what_it_is_about_and_for_nothing_else(
    tmp_path: Path, counted: list[dict[str, str]], alerts: set[str]
) -> None:
    tests = [
        {
            "eval_time": "50m",
            "alertname": rule["alert"],
            "exp_alerts": [expected(rule, counted)] if rule["alert"] in alerts else [],
        }
        for rule in RULES
        if "alert" in rule
    ]
    play = {
        "rule_files": [str(ALERTS)],
        "tests": [{"interval": "1m", "input_series": counted, "alert_rule_test": tests}],
    }
    file = tmp_path / "test.yml"
    file.write_text(yaml.safe_dump(play))
    done = promtool("test", "rules", str(file))
    assert done.returncode == 0, done.stdout + done.stderr


def expected(rule: dict[str, Any], counted: list[dict[str, str]]) -> dict[str, Any]:
    """Say how an alert looks when it fires, its sentence included."""
    ratio = "99%" if counted is STORM else "33.33%"
    text = rule["annotations"]["summary"].replace("{{ $labels.endpoint }}", "save")
    return {
        "exp_labels": {"endpoint": "save", **rule["labels"]},
        "exp_annotations": {"summary": text.replace("{{ $value | humanizePercentage }}", ratio)},
    }


def sketched(shape: dict[str, Any]) -> list[dict[str, str]]:
    """Give what is counted in each minute of a sketch, at twenty conditional writes a minute."""
    refused = [value / 5 for value in shape["percent"] for _ in range(5)]
    performed = [20 - value for value in refused]
    if shape["reason"] == "lost-race":  # which is counted both ways
        performed = [20.0] * len(refused)
    outcome = "malformed" if shape["reason"] == "malformed" else "failed"
    return [
        series(counted(performed), outcome="perform"),
        series(counted(refused), outcome=outcome, reason=shape["reason"]),
    ]


def counted(rates: list[float]) -> str:
    return " ".join(f"{total:.1f}" for total in accumulate(rates, initial=0.0))


@pytest.mark.external
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape["title"])
def test_a_sketch_fires_the_alerts_that_it_names_in_their_order(
    tmp_path: Path, shape: dict[str, Any]
) -> None:
    names = [f"Preconditions{name}" for name in shape.get("alerts", [])]
    fires = 'ALERTS{alertstate="firing"%s}'
    first_fired = "min(min_over_time(timestamp(" + fires % ',alertname="%s"' + ")[125m:1m]))"
    queries = [
        {
            "expr": f"count by (alertname) (max_over_time({fires % ''}[125m]))",
            "eval_time": "120m",
            "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in names],
        },
        *(
            {
                "expr": f"{first_fired % first} <= bool {first_fired % second}",
                "eval_time": "120m",
                "exp_samples": [{"labels": "{}", "value": 1}],
            }
            for first, second in pairwise(names)
        ),
    ]
    play = {"interval": "1m", "input_series": sketched(shape), "promql_expr_test": queries}
    file = tmp_path / "test.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(ALERTS)], "tests": [play]}))
    done = promtool("test", "rules", str(file))
    assert done.returncode == 0, done.stdout + done.stderr


def promtool(*arguments: str) -> "subprocess.CompletedProcess[str]":
    need("promtool")
    return subprocess.run(
        ["promtool", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_the_code_of_the_page_counts_and_logs_a_refusal(
    caplog: pytest.LogCaptureFixture,
) -> None:
    document = Sybil(parsers=[PythonCodeBlockParser()]).parse(CONTENT / "monitoring.md")
    document.namespace["__name__"] = "monitoring"
    for example in document.examples():
        example.evaluate()
    app: Flask = document.namespace["app"]
    app.testing = True

    @app.put("/notes/<id>")
    @require_match(lambda id: {"rev": "v2"}, etag="rev", into="note")
    def save(id: str, note: dict[str, str]) -> str:
        raise AssertionError("the tag is stale")

    with caplog.at_level(logging.WARNING, logger="api.preconditions"):
        app.test_client().put("/notes/1", headers={"If-Match": '"v1"', "User-Agent": "editor/2"})
    (record,) = [record for record in caplog.records if record.name == "api.preconditions"]
    assert json.loads(record.message) == {
        "event": "precondition",
        "endpoint": "save",
        "route": "/notes/<id>",
        "method": "PUT",
        "status": 412,
        "outcome": "failed",
        "field": "If-Match",
        "reason": "changed",
        "client": "editor/2",
    }
