"""A report as the text of an issue for the server's maintainers."""

import re
from collections.abc import Iterator

from ..curl import line_for
from ..findings import Defect
from ..report import CheckReport
from ..report import Conclusion
from .table import methods_of
from .table import races_of
from .table import vectors_of

_OTHERS = 60
# What has a meaning within a line; no text stands at the start of one.
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~@&])")


def as_markdown(report: CheckReport) -> str:
    """Write an issue: what is wrong, how to see it, what was expected and why."""
    return "\n".join(_lines(report))


def _lines(report: CheckReport) -> Iterator[str]:
    findings = report.findings
    yield f"## Preconditions of HTTP: {len(findings)} finding{'' if len(findings) == 1 else 's'}"
    yield ""
    race = "".join(f" {said}" for said in races_of(report))
    is_open = report.conclusion is Conclusion.UNDECIDED
    yield plain(f"{'It is' if is_open else 'It'} {report.summary()}{race}")
    yield ""
    yield f"Resource: {code(report.url)}, with {code(report.validators)}"
    for version in report.versions:
        yield f"- {code(version)}"
    if report.methods:
        yield f"- without conditions: {code(methods_of(report))}"
    if findings:
        yield from ("", "| # | Defect | Clause | |", "|---|---|---|---|")
    for number, finding in enumerate(findings, 1):
        clause = f"[{finding.clause}]({finding.clause.url})"
        yield f"| {number} | {plain(finding.title)} | {clause} | {finding.keyword} |"
    for number, finding in enumerate(findings, 1):
        yield ""
        yield from _finding(number, finding, report)
    if report.not_restored:
        yield from ("", "The resource was not put back:", *fence(report.not_restored))
    if report.left_out or report.unjudged:
        yield from ("", "<details><summary>What was not looked at</summary>", "")
        reasons = (report.left_out + report.unjudged).most_common()
        yield "; ".join(f"{count} × {plain(reason)}" for reason, count in reasons)
        yield from ("", "</details>")
    if report.notes:
        yield ""
        yield from (f"- {plain(note)}" for note in report.notes)
    yield from ("", "Found with `flask preconditions check`.")


def _finding(number: int, finding: Defect, report: CheckReport) -> Iterator[str]:
    clause = finding.clause
    yield f"### {number}. {plain(finding.title)}"
    yield ""
    yield f"- Expected: {plain(finding.expected)}. [{clause}]({clause.url}), {finding.keyword}."
    yield f"- Seen: {plain(finding.seen)}."
    if page := report.page_of(finding):
        yield f"- What passes and what fails: <{page}>."
    if finding.through:
        yield f"- The answer came through a cache or a proxy: {code(finding.through)}."
    if line := line_for(finding, report.origin):
        yield from ("", *fence(line, "sh"))
    elif finding.exchanges:
        yield ""
    for exchange in finding.exchanges:
        yield from fence(str(exchange).rstrip(), "http")
    if len(finding.results) > 1:
        yield from ("", f"Shown by {len(finding.results)} requests: {vectors_of(finding, _OTHERS)}")


def code(text: str) -> str:
    """Write a text as code, whatever backticks it has."""
    ticks = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def fence(text: str, language: str = "") -> list[str]:
    """Put a text in a block that nothing in it can end."""
    ticks = "`" * max(3, _longest_run(text) + 1)
    return [f"{ticks}{language}", *text.split("\n"), ticks]


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def plain(text: str) -> str:
    """Escape what Markdown would take for its own."""
    return _SPECIAL.sub(r"\\\1", text).replace("\n", " ")
