"""A report for programs: JSON, JUnit XML, SARIF 2.1.0 and HAR 1.2."""

import json
from collections import defaultdict
from typing import Any
from xml.etree import ElementTree

from ...checker.formats.machine import sarif_exchange
from ...recorded.har import dump
from ...recorded.har import entry_of
from ...sarif import log_of
from ..report import InspectReport
from ..report import Remark
from ..table import Severity
from ..table import load_rules


def as_json(report: InspectReport) -> str:
    """Give everything as a JSON document."""
    document = {
        "name": report.name,
        "summary": report.summary(),
        "exchanges": report.exchanges,
        "findings": [_data(remark, report) for remark in report.remarks],
        "not_looked_at": [
            *({"reason": says, "rules": rules} for says, rules in report.unseen),
            *({"reason": reason, "count": n} for reason, n in report.left_out.most_common()),
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _data(remark: Remark, report: InspectReport) -> dict[str, Any]:
    source = remark.source
    return {
        "id": remark.id,
        "severity": remark.severity,
        "clause": source and source.name,
        "url": source and source.url,
        "page": report.page_of(remark),
        "says": remark.says,
        "evidence": remark.evidence,
        "fix": remark.fix,
        "exchange": remark.place,
        "count": remark.count,
        "request": f"{remark.exchange.method} {remark.exchange.target}".strip(),
        "status": remark.exchange.response.status,
    }


def as_junit(report: InspectReport) -> str:
    """Give a test suite in the XML that CI servers read; a case for each rule."""
    found: defaultdict[str, list[Remark]] = defaultdict(list)
    for remark in report.remarks:
        found[remark.id].append(remark)
    skipped = {rule: says for says, rules in report.unseen for rule in rules}
    severities: dict[str, Severity] = {rule.id: rule.severity for rule in load_rules()}
    suite = ElementTree.Element("testsuite", name=f"inspection of {report.name}")
    for id in dict.fromkeys([*severities, *found]):
        severity = severities.get(id, Severity.NOTE)
        case = ElementTree.SubElement(suite, "testcase", classname=severity, name=id)
        if id in skipped:
            ElementTree.SubElement(case, "skipped", message=skipped[id])
        told = [line for remark in found[id] for line in _lines(remark, report)]
        if not told:
            continue
        if severity is Severity.NOTE:  # what is good to know fails no build
            ElementTree.SubElement(case, "system-out").text = "\n".join(told)
            continue
        failure = ElementTree.SubElement(case, "failure", message=found[id][0].says, type=severity)
        failure.text = "\n".join(told)
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
        suite.set(name, str(len(list(suite.iter(tag)))))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def _lines(remark: Remark, report: InspectReport) -> list[str]:
    exchange = remark.exchange
    head = f"{exchange.method} {exchange.target} {exchange.response.status}"
    page = report.page_of(remark)
    see = [f"See: {page}"] if page else []
    return [f"{head}: {remark.says}", *remark.evidence, f"Fix: {remark.fix}", *see]


def as_sarif(report: InspectReport) -> str:
    """Give the findings as a log of SARIF 2.1.0, each with its request and response."""
    first = {remark.id: remark for remark in reversed(report.remarks)}
    rules = [
        {
            "id": remark.id,
            "shortDescription": {"text": remark.says},
            "help": {"text": remark.fix or remark.says},
            **_help_uri(remark, report),
        }
        for remark in first.values()
    ]
    results = [
        {
            "ruleId": remark.id,
            "level": remark.severity,
            "message": {"text": "\n".join([remark.says, *remark.evidence])},
            **sarif_exchange(remark.exchange.target or report.name, remark.exchange),
        }
        for remark in report.remarks
    ]
    return log_of(rules, results)


def _help_uri(remark: Remark, report: InspectReport) -> dict[str, str]:
    url = report.page_of(remark) or (remark.source.url if remark.source else "")
    return {"helpUri": url} if url else {}


def as_har(report: InspectReport) -> str:
    """Give the exchanges that show a finding, each with what it shows as its comment."""
    said: defaultdict[int, list[Remark]] = defaultdict(list)
    for remark in report.remarks:
        said[remark.place].append(remark)
    entries = []
    for place in sorted(said):
        remarks = said[place]
        entry = entry_of(remarks[0].exchange, "")
        lines = (f"{remark.severity} {remark.id}: {remark.says}" for remark in remarks)
        entries.append({**entry, "comment": "\n".join(lines)})
    return dump(entries, "inspect")
