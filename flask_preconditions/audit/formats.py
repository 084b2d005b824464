"""A report as text, JSON, SARIF 2.1.0 or workflow commands of GitHub."""

import json
from collections.abc import Callable
from dataclasses import asdict
from urllib.parse import quote

from ..sarif import log_of
from .findings import AuditReport
from .findings import Finding
from .findings import Place
from .rules import RULES
from .rules import Rule
from .rules import Severity


def as_table(report: AuditReport) -> str:
    """Draw a table of the findings, and below it why each matters and how it is mended."""
    if not report.findings:
        return report.summary()
    rows = [("Severity", "Rule", "Route", "Where", "Finding")]
    rows += [
        (f.severity.value, f.rule.id, _routes(f), _where(f), f.message) for f in report.findings
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    for rule in RULES.values():
        fixes = dict.fromkeys(f.fix for f in report.findings if f.rule is rule)
        if fixes:
            lines += ["", f"{rule.id}: {rule.why} ({rule.clause})"]
            lines += [f"    {fix}" for fix in fixes]
            grouped = [f for f in report.findings if f.rule is rule and len(f.places) > 1]
            for finding in grouped:
                lines.append(f"  {finding.message}:")
                lines += [f"    {line}" for line in _places(finding.places)]
    return "\n".join([*lines, "", report.summary()])


def _routes(finding: Finding) -> str:
    more = len(finding.places) - 1
    route = finding.route or "the application"
    return f"{route} and {more} more" if more > 0 else route


def _where(finding: Finding) -> str:
    if finding.path is None:
        return finding.endpoint or ""
    return f"{finding.path}:{finding.line}"


def _places(places: tuple[Place, ...]) -> list[str]:
    """Give each view a line, with all its URLs."""
    routes: dict[tuple[str, ...], list[str]] = {}
    for place in places:
        where = f"{place.path}:{place.line}" if place.path else ""
        view = tuple(filter(None, [place.endpoint, where]))
        routes.setdefault(view, []).append(place.route or "")
    return ["  ".join([" and ".join(found), *view]) for view, found in routes.items()]


def as_json(report: AuditReport) -> str:
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
                "places": [asdict(place) for place in f.places],
            }
            for f in report.findings
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


_SARIF_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def as_sarif(report: AuditReport) -> str:
    """Give the findings as a log of SARIF 2.1.0, for code scanning."""
    places = {id: place for place, id in enumerate(RULES)}
    results = [
        {
            "ruleId": f.rule.id,
            "ruleIndex": places[f.rule.id],
            "level": _SARIF_LEVELS[f.severity],
            "message": {"text": f"{f.message}. {f.rule.why} Fix: {f.fix}"},
            "locations": [_sarif_location(place) for place in f.places[:1]],
            "relatedLocations": [_sarif_location(place) for place in f.places[1:]],
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


def _sarif_location(place: Place) -> dict[str, object]:
    location: dict[str, object] = {}
    if place.path is not None:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": quote(place.path), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": place.line},
        }
    logical = {"name": place.endpoint, "fullyQualifiedName": place.route}
    location["logicalLocations"] = [{name: text for name, text in logical.items() if text}]
    return location


_GITHUB_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def as_github(report: AuditReport) -> str:
    """Give the findings as workflow commands, which GitHub shows beside the code."""
    return "\n".join([*map(_github_line, report.findings), report.summary()])


def _github_line(finding: Finding) -> str:
    where = {"file": finding.path, "line": finding.line} if finding.path else {}
    properties = {**where, "title": f"{finding.rule.id}: {finding.rule.title}"}
    shown = ",".join(f"{name}={_escape(str(value), ':,')}" for name, value in properties.items())
    route = f"{_routes(finding)}: " if finding.route else ""
    text = f"{route}{finding.message}. {finding.rule.why} ({finding.rule.clause})\n{finding.fix}"
    return f"::{_GITHUB_COMMANDS[finding.severity]} {shown}::{_escape(text)}"


def _escape(text: str, more: str = "") -> str:
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


FORMATS: dict[str, Callable[[AuditReport], str]] = {
    "table": as_table,
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
}
"""What writes a report, by the name that ``--format`` takes."""
