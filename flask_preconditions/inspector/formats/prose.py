"""A report for people: on a terminal, and as the text of an issue."""

from collections.abc import Iterator
from textwrap import fill

from ...checker.formats.markdown import code
from ...checker.formats.markdown import fence
from ...checker.formats.markdown import plain
from ..report import InspectReport
from ..report import Remark
from ..table import Rule

_WIDTH = 96


def as_text(report: InspectReport) -> str:
    """Tell each finding with its clause, its evidence and its fix."""
    return "\n".join(_text(report))


def _text(report: InspectReport) -> Iterator[str]:
    yield report.name
    yield report.summary()
    for remark in report.remarks:
        source = f" ({remark.source})" if remark.source else ""
        yield ""
        yield f"{remark.severity.upper():7}  {remark.id}{source}"
        yield _wrapped(remark.says)
        yield f"    {_where(remark)}"
        yield from (f"      {line}" for line in remark.evidence)
        if remark.fix:
            yield _wrapped(f"Fix: {remark.fix}")
        if page := report.page_of(remark):
            yield f"    See: {page}"
    if report.unseen or report.left_out:
        yield from ("", "What was not looked at:")
        for says, rules in report.unseen:
            yield f"  {says}: {', '.join(rules)}"
        for reason, count in report.left_out.most_common():
            yield f"  {_times(count)}{reason}"


def _times(count: int) -> str:
    return f"{count} × " if count > 1 else ""


def _where(remark: Remark) -> str:
    exchange = remark.exchange
    asked = f"{exchange.method} {exchange.target}" if exchange.method else "(request not known)"
    more = f", and {remark.count - 1} more like it" if remark.count > 1 else ""
    status = f"{exchange.response.status} {exchange.response.phrase}".strip()
    return f"exchange {remark.place}: {asked} → {status}{more}"


def _wrapped(text: str) -> str:
    return fill(text, _WIDTH, initial_indent="    ", subsequent_indent="    ")


def as_markdown(report: InspectReport) -> str:
    """Write the text of an issue."""
    return "\n".join(_markdown(report))


def _markdown(report: InspectReport) -> Iterator[str]:
    yield f"## Inspection of {code(report.name)}"
    yield from ("", plain(report.summary()))
    if report.remarks:
        yield from ("", "| | Finding | Clause |", "|---|---|---|")
    for remark in report.remarks:
        source = remark.source
        cite = f"[{plain(source.name)}]({source.url})" if source else ""
        yield f"| {remark.severity} | {plain(remark.says)} | {cite} |"
    for number, remark in enumerate(report.remarks, 1):
        yield from ("", f"### {number}. {plain(remark.id)}", "", plain(remark.says), "")
        yield from fence("\n".join([_where(remark), *remark.evidence]), "http")
        if remark.fix:
            yield from ("", f"Fix: {plain(remark.fix)}")
        if page := report.page_of(remark):
            yield from ("", f"What passes and what fails: <{page}>")
    if report.unseen or report.left_out:
        yield from ("", "<details><summary>What was not looked at</summary>", "")
        yield from (f"- {plain(says)}" for says, _ in report.unseen)
        yield from (f"- {_times(n)}{plain(reason)}" for reason, n in report.left_out.most_common())
        yield from ("", "</details>")
    yield from ("", "Found with `flask preconditions inspect`.")


def describe(rule: Rule) -> str:
    """Tell of one rule, with an exchange that passes it and one that fails."""
    parts = [
        f"{rule.severity.upper():7}  {rule.id} ({rule.source}: {rule.source.url})",
        _wrapped(rule.says),
        _wrapped(f"Fix: {rule.fix}"),
    ]
    for name, text in (("Passes", rule.passes), ("Fails", rule.fails)):
        lines = "\n".join(f"      {line}" for line in text.strip().splitlines())
        parts.append(f"\n    {name}:\n{lines}")
    return "\n".join(parts)
