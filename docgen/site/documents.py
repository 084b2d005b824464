"""What programs read beside the pages: the vectors, the contract, parts for OpenAPI."""

import json
from collections.abc import Callable
from collections.abc import Mapping

import msgspec

from flask_preconditions import openapi
from flask_preconditions.conformance import load_vectors
from flask_preconditions.core import Clause
from flask_preconditions.lab import load_lessons
from flask_preconditions.lab.lessons import as_data

from ..blocks.monitoring import Monitoring
from ..records.application import Application
from ..sources.data import write_json
from ..sources.facts import Facts

OPENAPI_FILE = "openapi-preconditions.yaml"
_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def lessons() -> bytes:
    """Give the lessons of the lab as a script, for a page opened from a file may load one."""
    data = msgspec.json.encode([as_data(lesson) for lesson in load_lessons()])
    return b"httpPreconditions.lessons = %s;\n" % data


def vectors() -> bytes:
    """Give the conformance table, each row with the clause it follows from."""
    rows = []
    for vector in load_vectors():
        expect = vector.expect
        row = {
            "id": vector.id,
            "title": vector.title,
            "clause": _clause(vector.clause),
            "kind": vector.kind,
            "group": vector.group,
            "state": vector.state,
            "etag": vector.etag,
            "method": vector.method,
            "fields": vector.fields,
            "required": vector.required,
            "expect": {
                "outcome": expect.outcome,
                "status": expect.status,
                "unchanged": expect.unchanged,
                "decided_by": expect.decided_by,
                "reason": expect.reason,
                "has": expect.has,
                "lacks": expect.lacks,
            },
        }
        rows.append(row)
    return write_json({"vectors": rows})


def contract(facts: Facts) -> bytes:
    """Give the contract of a 412, each sentence with its clauses."""
    parts = msgspec.to_builtins(facts.contract)
    for promises in parts.values():
        for promise in promises:
            names = promise["clauses"] or ()
            promise["clauses"] = [_clause(facts.clause(name)) for name in names]
    return write_json(parts)


def dashboard(facts: Facts) -> bytes:
    """Give the graphs of the monitoring page as a dashboard that Grafana imports."""
    panels = [
        {
            "id": place + 1,
            "type": "timeseries",
            "title": panel.title,
            "description": panel.reads,
            "datasource": _DATASOURCE,
            "gridPos": {"x": 12 * (place % 2), "y": 9 * (place // 2), "w": 12, "h": 9},
            "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
            "targets": [
                {
                    "refId": "A",
                    "datasource": _DATASOURCE,
                    "expr": panel.query,
                    "legendFormat": f"{{{{{panel.legend}}}}}" if panel.legend else panel.title,
                }
            ],
        }
        for place, panel in enumerate(facts.read("monitoring", Monitoring).panels)
    ]
    source = {"name": "datasource", "label": "Prometheus", "type": "datasource"}
    return write_json(
        {
            "title": "HTTP preconditions",
            "uid": "http-preconditions",
            "schemaVersion": 39,  # of Grafana 10.4; newer ones bring it up to date
            "time": {"from": "now-6h", "to": "now"},
            "refresh": "1m",
            "templating": {"list": [{**source, "query": "prometheus"}]},
            "panels": panels,
        }
    )


def openapi_components(base_url: str | None) -> bytes:
    """Give the parts of a description of preconditions, for a `$ref` of yours.

    :param base_url: where the pages of the problem types are published.
    """
    info = {
        "title": "HTTP preconditions",
        "description": "Parameters, headers, responses and problems to refer to (RFC 9110 §13).",
        "version": "1",
    }
    parts = openapi.components(base_url)
    return to_yaml({"openapi": "3.1.0", "info": info, "paths": {}, "components": parts}).encode()


def openapi_of(application: Application) -> bytes:
    """Give the description of an application, with what its guards add to it."""
    return write_json(application.description)


def to_yaml(value: object) -> str:
    """Write plain data as YAML, with every text quoted as in JSON."""
    return "".join(f"{line}\n" for line in _yaml(value))


def _yaml(value: object) -> list[str]:
    lines = []
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            lines += _yaml_item(f"{json.dumps(str(key))}:", inner, _yaml)
    elif isinstance(value, list) and value:
        for inner in value:
            if isinstance(inner, Mapping | list) and inner:
                first, *rest = _yaml(inner)
                lines += [f"- {first}", *(f"  {line}" for line in rest)]
            else:
                lines.append(f"- {_scalar(inner)}")
    else:
        lines.append(_scalar(value))
    return lines


def _yaml_item(head: str, inner: object, write: Callable[[object], list[str]]) -> list[str]:
    if isinstance(inner, Mapping | list) and inner:
        return [head, *(f"  {line}" for line in write(inner))]
    return [f"{head} {_scalar(inner)}"]


def _scalar(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _clause(clause: Clause) -> dict[str, str]:
    return {"id": str(clause), "title": clause.title, "url": clause.url}
