"""A report as text, JSON, JUnit XML or SARIF 2.1.0."""

import json
from collections.abc import Callable
from importlib.metadata import version
from textwrap import indent
from typing import Any
from xml.etree import ElementTree

from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..conformance.wire import Exchange
from ..core import Clause
from .report import Report

_RACE = "lost-update"


def as_table(report: Report) -> str:
    """Count by clause, and show below each clause what failed, the first with its exchange."""
    lines = [report.url, f"  {report.validators}", ""]
    by_clause: dict[Clause, list[Result]] = {}
    for result in report.judged:
        by_clause.setdefault(result.vector.clause, []).append(result)
    width = max((len(str(clause)) for clause in by_clause), default=0)
    for clause, results in by_clause.items():
        failed = [result for result in results if result.verdict is Verdict.FAIL]
        passed = len(results) - len(failed)
        counts = f"{passed:4} pass {len(failed):4} FAIL" if failed else f"{passed:4} pass"
        lines.append(f"  {clause!s:{width}} {counts:18} {clause.title}")
    for clause in by_clause:
        failed = [result for result in report.failed if result.vector.clause is clause]
        for place, result in enumerate(failed):
            first = place == 0
            lines += ["", f"{clause} {clause.title}", f"  {clause.url}"] if first else []
            lines.append(f"  FAIL {result.vector.id}: {result.vector.title}")
            lines.append(f"       {result.detail}")
            lines += [indent(str(result.exchange), "       ")] if first and result.exchange else []
    if report.race:
        lines += ["", f"Race: {report.race}."]
        lines += [indent(str(exchange), "  ") for exchange in report.race.evidence or ()]
    if report.required is not None:
        asks = "refused" if report.required else "performed"
        lines += ["", f"A write without a condition is {asks}."]
    if report.left_out:
        lines += ["", "Not played:"]
        lines += [f"{count:5}  {reason}" for reason, count in report.left_out.most_common()]
    if report.not_restored:
        lines += ["", f"NOT RESTORED: {report.not_restored}"]
    return "\n".join([*lines, "", report.summary()])


def as_json(report: Report) -> str:
    """Give everything as a JSON document."""
    document = {
        "url": report.url,
        "conclusion": report.conclusion,
        "summary": report.summary(),
        "validators": report.validators,
        "asks_for_a_condition": report.required,
        "results": [_result_data(result) for result in report.results],
        "race": report.race
        and {
            "rounds": report.race.rounds,
            "lost": report.race.lost,
            "answers": [[*pair, n] for pair, n in sorted(report.race.answers.items())],
        },
        "not_restored": report.not_restored,
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _result_data(result: Result) -> dict[str, Any]:
    vector = result.vector
    data: dict[str, Any] = {
        "id": vector.id,
        "title": vector.title,
        "clause": str(vector.clause),
        "url": vector.clause.url,
        "kind": vector.kind,
        "verdict": result.verdict,
        "detail": result.detail,
    }
    if result.exchange and result.verdict is not Verdict.PASS:
        data["exchange"] = str(result.exchange)
    return data


def as_junit(report: Report) -> str:
    """Give a test suite in the XML that CI servers read; a case for each vector."""
    judged = {id(result) for result in report.judged}
    cases = [result for result in report.results if id(result) in judged or result.detail]
    suite = ElementTree.Element("testsuite", name=f"preconditions of {report.url}")
    for result in cases:
        vector = result.vector
        case = ElementTree.SubElement(suite, "testcase", classname=vector.group, name=vector.id)
        if id(result) not in judged:
            ElementTree.SubElement(case, "skipped", message=_clean(result.detail))
        elif result.verdict is Verdict.FAIL:
            failure = ElementTree.SubElement(case, "failure", message=_clean(result.detail))
            failure.text = _clean(result.explain())
    if report.race:
        case = ElementTree.SubElement(suite, "testcase", classname="race", name=_RACE)
        if report.race.lost:
            failure = ElementTree.SubElement(case, "failure", message=str(report.race))
            failure.text = _clean("\n".join(map(str, report.race.evidence or ())))
    case = ElementTree.SubElement(suite, "testcase", classname="check", name="restored")
    if report.not_restored:
        ElementTree.SubElement(case, "failure", message=_clean(report.not_restored))
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
        suite.set(name, str(len(list(suite.iter(tag)))))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def _clean(text: str) -> str:
    """Write characters that XML 1.0 has no way to hold as escapes."""
    return "".join(c if c in "\t\n" or c >= " " else f"\\x{ord(c):02x}" for c in text)


def as_sarif(report: Report) -> str:
    """Give the failures as a log of SARIF 2.1.0, each with its request and response."""
    failed = report.failed
    rules = [
        {
            "id": result.vector.id,
            "shortDescription": {"text": result.vector.title},
            "helpUri": result.vector.clause.url,
        }
        for result in failed
    ]
    results = [
        {
            "ruleId": result.vector.id,
            "level": "error",
            "message": {"text": f"{result.detail} ({result.vector.clause})"},
            **_sarif_exchange(report, result.exchange),
        }
        for result in failed
    ]
    if report.race and report.race.lost:
        rules.append({"id": _RACE, "shortDescription": {"text": "An acknowledged write is lost"}})
        evidence = (report.race.evidence or (None,))[0]
        results.append(
            {
                "ruleId": _RACE,
                "level": "error",
                "message": {"text": str(report.race)},
                **_sarif_exchange(report, evidence),
            }
        )
    if report.not_restored:
        rules.append({"id": "not-restored", "shortDescription": {"text": "Left changed"}})
        message = {"text": report.not_restored}
        results.append({"ruleId": "not-restored", "level": "error", "message": message})
    driver = {
        "name": "flask-preconditions",
        "version": version("flask-preconditions"),
        "informationUri": "https://pypi.org/project/flask-preconditions/",
        "rules": rules,
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(log, indent=2, ensure_ascii=False)


def _sarif_exchange(report: Report, exchange: Exchange | None) -> dict[str, Any]:
    place = {"physicalLocation": {"artifactLocation": {"uri": report.url}}}
    if exchange is None:
        return {"locations": [place]}
    response = exchange.response
    return {
        "locations": [place],
        "webRequest": {
            "method": exchange.method,
            "target": exchange.target,
            "headers": _sarif_headers(exchange.fields),
            "body": {"text": exchange.body.decode(errors="replace")},
        },
        "webResponse": {
            "statusCode": response.status,
            "reasonPhrase": response.phrase,
            "headers": _sarif_headers(response.fields),
            "body": {"text": response.body.decode(errors="replace")},
        },
    }


def _sarif_headers(fields: tuple[tuple[str, str], ...]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in fields:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


FORMATS: dict[str, Callable[[Report], str]] = {
    "table": as_table,
    "json": as_json,
    "junit": as_junit,
    "sarif": as_sarif,
}
"""What writes a report, by the name that ``--format`` takes."""
