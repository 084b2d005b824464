"""A report for a terminal: the findings in a few lines, then the evidence of each."""

from collections.abc import Iterator
from textwrap import indent

from ..curl import line_for
from ..findings import Defect
from ..report import CheckReport
from ..rounds import CREATE

_OTHERS = 12
"""How many ids of further vectors a finding names."""


def as_table(report: CheckReport) -> str:
    """Tell what is wrong in a few lines, and below it what shows it."""
    return "\n".join(_lines(report))


def _lines(report: CheckReport) -> Iterator[str]:
    yield report.url
    yield f"  {report.validators}"
    if report.versions:
        yield f"  {', '.join(report.versions)}"
    if report.methods:
        yield f"  without conditions: {methods_of(report)}"
    yield ""
    findings = report.findings
    width = max((len(finding.keyword) for finding in findings), default=0)
    for number, finding in enumerate(findings, 1):
        yield f"  {number:2}. {finding.keyword:{width}}  {finding.title} ({finding.clause})"
    for number, finding in enumerate(findings, 1):
        yield ""
        yield from _finding(number, finding, report)
    if report.races:
        yield from ("", *races_of(report))
    if report.required is not None:
        asks = "refused" if report.required else "performed"
        yield from ("", f"A write without a condition is {asks}.")
    if report.notes:
        yield from ("", "To know:", *(f"  {note}" for note in report.notes))
    if report.left_out:
        yield from ("", "Not played:")
        yield from (f"{count:5}  {reason}" for reason, count in report.left_out.most_common())
    if report.unjudged:
        yield from ("", "Not judged:")
        yield from (f"{count:5}  {reason}" for reason, count in report.unjudged.most_common())
    if report.not_restored:
        yield from ("", f"NOT RESTORED: {report.not_restored}")
    yield from ("", report.summary())


def _finding(number: int, finding: Defect, report: CheckReport) -> Iterator[str]:
    yield f"{number}. {finding.title}"
    yield f"   {finding.keyword}, {finding.clause} {finding.clause.title}: {finding.clause.url}"
    if page := report.page_of(finding):
        yield f"   See:      {page}"
    yield f"   Expected: {finding.expected}"
    yield f"   Seen:     {finding.seen}"
    if finding.through:
        yield f"   The answer came through a cache or a proxy ({finding.through})."
    for exchange in finding.exchanges:
        yield indent(str(exchange).rstrip(), "     ")
    if line := line_for(finding, report.origin):
        yield indent(line, "   ")
    if len(finding.results) > 1:
        yield f"   Shown by {len(finding.results)} vectors: {vectors_of(finding, _OTHERS)}"


def races_of(report: CheckReport) -> Iterator[str]:
    """Say what became of each race."""
    for race in report.races:
        of = {"": "", CREATE: " to create"}.get(race.name, f" of {race.name}")
        yield f"Race{of}: {race}."


def methods_of(report: CheckReport) -> str:
    """Name what each method was answered without a condition."""
    return ", ".join(f"{method} {answer}" for method, answer in report.methods.items())


def vectors_of(finding: Defect, limit: int) -> str:
    """Name the vectors that show a finding."""
    ids = [result.vector.id for result in finding.results]
    more = f" and {len(ids) - limit} more" if len(ids) > limit else ""
    return ", ".join(ids[:limit]) + more
