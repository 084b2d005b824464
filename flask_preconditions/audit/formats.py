"""A report as text, JSON, SARIF 2.1.0 or workflow commands of GitHub."""

import json
from collections.abc import Callable
from urllib.parse import quote

from ..sarif import log_of
from .findings import RULES
from .findings import Finding
from .findings import Report
from .findings import Rule
from .findings import Severity


def as_table(report: Report) -> str:
    """Draw a table of the findings, and below it why each matters and how it is mended."""
    if not report.findings:
        return report.summary()
    rows = [("Severity", "Rule", "Route", "Where", "Finding")]
    rows += [
        (f.severity.value, f.rule.id, f.route or "the application", _where(f), f.message)
        for f in report.findings
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    for rule in RULES.values():
        fixes = dict.fromkeys(f.fix for f in report.findings if f.rule is rule)
        if fixes:
            lines += ["", f"{rule.id}: {rule.why} ({rule.clause})"]
            lines += [f"    {fix}" for fix in fixes]
    return "\n".join([*lines, "", report.summary()])


def _where(finding: Finding) -> str:
    if finding.path is None:
        return finding.endpoint or ""
    return f"{finding.path}:{finding.line}"


def as_json(report: Report) -> str:
    """Give the findings as a JSON document."""
    document = {
        "summary": report.summary(),
        "guarded": report.guarded,
        "allowed": report.allowed,
        "findings": [
            {
                "rule": f.rule.id,
                "severity": f.severity.value,
                "title": f.rule.title,
                "message": f.message,
                "why": f.rule.why,
                "clause": f.rule.clause,
                "url": f.rule.url,
                "fix": f.fix,
                "route": f.route,
                "endpoint": f.endpoint,
                "path": f.path,
                "line": f.line,
            }
            for f in report.findings
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


_SARIF_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def as_sarif(report: Report) -> str:
    """Give the findings as a log of SARIF 2.1.0, for code scanning."""
    places = {id: place for place, id in enumerate(RULES)}
    results = [
        {
            "ruleId": f.rule.id,
            "ruleIndex": places[f.rule.id],
            "level": _SARIF_LEVELS[f.severity],
            "message": {"text": f"{f.message}. {f.rule.why} Fix: {f.fix}"},
            "locations": _sarif_locations(f),
        }
        for f in report.findings
    ]
    return log_of([_sarif_rule(rule) for rule in RULES.values()], results)


def _sarif_rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.why} ({rule.clause})\n\n{rule.fix}"},
        "helpUri": rule.url,
        "defaultConfiguration": {"level": _SARIF_LEVELS[rule.severity]},
    }


def _sarif_locations(finding: Finding) -> list[dict[str, object]]:
    location: dict[str, object] = {}
    if finding.path is not None:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": quote(finding.path), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": finding.line},
        }
    if finding.route is not None:
        name = finding.endpoint
        location["logicalLocations"] = [{"name": name, "fullyQualifiedName": finding.route}]
    return [location] if location else []


_GITHUB_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def as_github(report: Report) -> str:
    """Give the findings as workflow commands, which GitHub shows beside the code."""
    return "\n".join([*map(_github_line, report.findings), report.summary()])


def _github_line(finding: Finding) -> str:
    where = {"file": finding.path, "line": finding.line} if finding.path else {}
    properties = {**where, "title": f"{finding.rule.id}: {finding.rule.title}"}
    shown = ",".join(f"{name}={_escape(str(value), ':,')}" for name, value in properties.items())
    route = f"{finding.route}: " if finding.route else ""
    text = f"{route}{finding.message}. {finding.rule.why} ({finding.rule.clause})\n{finding.fix}"
    return f"::{_GITHUB_COMMANDS[finding.severity]} {shown}::{_escape(text)}"


def _escape(text: str, more: str = "") -> str:
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


FORMATS: dict[str, Callable[[Report], str]] = {
    "table": as_table,
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
}
"""What writes a report, by the name that ``--format`` takes."""
