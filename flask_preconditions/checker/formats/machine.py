"""A report for programs: JSON, JUnit XML and SARIF 2.1.0."""

import json
from typing import Any
from xml.etree import ElementTree

from ...conformance.verdicts import Result
from ...conformance.verdicts import Verdict
from ...conformance.wire import Exchange
from ...conformance.wire import Fields
from ...sarif import log_of
from ..curl import line_for
from ..findings import Defect
from ..findings import Keyword
from ..findings import finding_ids
from ..report import CheckReport
from ..rounds import Race
from ..text import visible


def as_json(report: CheckReport) -> str:
    """Give everything as a JSON document."""
    document = {
        "url": report.url,
        "conclusion": report.conclusion,
        "summary": report.summary(),
        "why_undecided": report.why_undecided,
        "validators": report.validators,
        "server": report.versions,
        "methods": report.methods,
        "asks_for_a_condition": report.required,
        "findings": [_finding_data(finding, report) for finding in report.findings],
        "results": [_result_data(result) for result in report.results],
        "race": report.race and _race_data(report.race),
        "other_races": {race.name: _race_data(race) for race in report.other_races},
        "notes": report.notes,
        "not_restored": report.not_restored,
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _race_data(race: Race) -> dict[str, Any]:
    return {
        "rounds": race.rounds,
        "lost": race.lost,
        "written_under_refusal": race.written_under_refusal,
        "unanswered": race.unanswered,
        "answers": [[*pair, n] for pair, n in sorted(race.answers.items())],
    }


def _finding_data(finding: Defect, report: CheckReport) -> dict[str, Any]:
    return {
        "id": finding.id,
        "title": finding.title,
        "keyword": finding.keyword,
        "clause": str(finding.clause),
        "url": finding.clause.url,
        "page": report.page_of(finding),
        "expected": finding.expected,
        "seen": finding.seen,
        "through": finding.through,
        "vectors": [result.vector.id for result in finding.results],
        "exchanges": [str(exchange) for exchange in finding.exchanges],
        "curl": line_for(finding, report.origin),
    }


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


def as_junit(report: CheckReport) -> str:
    """Give a test suite in the XML that CI servers read; a case for each vector."""
    judged = {id(result) for result in report.judged}
    causes = {id(r): finding for finding in report.findings for r in finding.results}
    cases = [result for result in report.results if id(result) in judged or result.detail]
    suite = ElementTree.Element("testsuite", name=f"preconditions of {report.url}")
    for result in cases:
        vector = result.vector
        case = ElementTree.SubElement(suite, "testcase", classname=vector.group, name=vector.id)
        if id(result) not in judged:
            ElementTree.SubElement(case, "skipped", message=result.detail)
        elif result.verdict is Verdict.FAIL:
            kind = causes[id(result)].title
            failure = ElementTree.SubElement(case, "failure", message=result.detail, type=kind)
            page = report.page_of(causes[id(result)])
            failure.text = "\n".join([result.explain(), *([f"See: {page}"] if page else [])])
    for race in report.races:
        ids = finding_ids(race)
        case = ElementTree.SubElement(suite, "testcase", classname="race", name=ids[0])
        found = [finding for finding in report.findings if finding.id in ids]
        for finding in found[:1]:
            failure = ElementTree.SubElement(case, "failure", message=str(race), type=finding.title)
            failure.text = "\n".join(map(str, finding.exchanges))
    case = ElementTree.SubElement(suite, "testcase", classname="check", name="restored")
    if report.not_restored:
        message = visible(report.not_restored)
        ElementTree.SubElement(case, "failure", message=message)
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
        suite.set(name, str(len(list(suite.iter(tag)))))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


_LEVELS = {Keyword.MUST: "error", Keyword.SHOULD: "warning"}


def as_sarif(report: CheckReport) -> str:
    """Give the findings as a log of SARIF 2.1.0, each with its request and response."""
    rules = [
        {
            "id": finding.id,
            "shortDescription": {"text": finding.title},
            "fullDescription": {"text": f"{finding.expected} ({finding.clause})"},
            "helpUri": report.page_of(finding) or finding.clause.url,
        }
        for finding in report.findings
    ]
    results = [
        {
            "ruleId": finding.id,
            "level": _LEVELS.get(finding.keyword, "warning"),
            "message": {"text": f"{finding.title}: {finding.seen} ({finding.clause})"},
            "properties": {"vectors": [result.vector.id for result in finding.results]},
            **sarif_exchange(report.url, finding.exchanges[0] if finding.exchanges else None),
        }
        for finding in report.findings
    ]
    if report.not_restored:
        rules.append({"id": "not-restored", "shortDescription": {"text": "Left changed"}})
        message = {"text": report.not_restored}
        results.append({"ruleId": "not-restored", "level": "error", "message": message})
    return log_of(rules, results)


def sarif_exchange(uri: str, exchange: Exchange | None) -> dict[str, Any]:
    """Give the place of a SARIF result, with the request and the response that show it."""
    place = {"physicalLocation": {"artifactLocation": {"uri": uri}}}
    if exchange is None:
        return {"locations": [place]}
    response = exchange.response
    return {
        "locations": [place],
        "webRequest": {
            "method": exchange.method,
            "target": exchange.target,
            "headers": _sarif_headers(exchange.fields),
            "body": {"text": exchange.body.decode()},
        },
        "webResponse": {
            "statusCode": response.status,
            "reasonPhrase": response.phrase,
            "headers": _sarif_headers(response.fields),
            "body": {"text": response.body.decode()},
        },
    }


def _sarif_headers(fields: Fields) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in fields:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
