"""What an audit can find, as data."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from ..core import CLAUSES


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """Updates are lost, or clients refused, as things are."""
    WARNING = "warning"
    """Some clients are cut off, or the audit cannot tell that all is well."""
    INFO = "info"
    """A choice that somebody made and should know of."""


_FETCH = "https://fetch.spec.whatwg.org/#"


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of fault.

    :param id: its name, such as ``unguarded-write``.
    :param severity: how much it matters.
    :param title: what is wrong, in a few words.
    :param why: what comes of it, in a sentence.
    :param clause: the specification it follows from, such as ``RFC 9110 §13.1.1``.
    :param url: where that can be read.
    :param fix: the line of code that mends it.
    """

    id: str
    severity: Severity
    title: str
    why: str
    clause: str
    url: str
    fix: str


def _by_rfc(id: str, severity: Severity, clause: str, title: str, why: str, fix: str) -> Rule:
    cited = CLAUSES[clause]
    return Rule(id, severity, title, why, str(cited), cited.url, fix)


RULES = {
    rule.id: rule
    for rule in (
        _by_rfc(
            "unguarded-write",
            Severity.ERROR,
            "9110 13.1.1",
            "a write without a guard",
            "Of two clients that save after the same read, the first loses its update.",
            '@require_match(load, etag="rev")  # or: @unguarded("why no update can be lost")',
        ),
        _by_rfc(
            "guard-outside-auth",
            Severity.ERROR,
            "9110 13.2.1",
            "the check runs before authorisation",
            "A client that may not read the target learns from 404, 412 and 428 whether it "
            "exists and which tag it has.",
            "@require_match(…)  # as the last decorator, right above def",
        ),
        _by_rfc(
            "decorator-inside",
            Severity.INFO,
            "9110 13.2.1",
            "a decorator runs after the check",
            "That is right for one that reads the body, and wrong for one that asks who is "
            "calling.",
            "@require_match(…)  # below every decorator that may refuse the caller",
        ),
        _by_rfc(
            "two-guards",
            Severity.ERROR,
            "9110 13.2.2",
            "two guards on one view",
            "The target is loaded and compared twice, and the second verdict may differ.",
            "decorators = ()  # or take @require_match off the method",
        ),
        _by_rfc(
            "shadowed-guard",
            Severity.ERROR,
            "9110 13.1.1",
            "another view answers in place of the guarded one",
            "The guard never runs, and the view that does run overwrites blindly.",
            '@app.put("/articles/<int:id>")  # one view per URL and method',
        ),
        _by_rfc(
            "model-without-version",
            Severity.ERROR,
            "9110 13.1.1",
            "a model that nothing counts the versions of",
            "The check reads one state and the flush overwrites whatever is there by then.",
            '__mapper_args__ = {"version_id_col": version}  # or: guard=locked(db.session)',
        ),
        _by_rfc(
            "weak-tag",
            Severity.ERROR,
            "9110 8.8.3.2",
            "a weak tag on a write",
            "If-Match compares strongly, and a weak tag never matches: every write is 412.",
            'etag="version"  # a value that changes with every write',
        ),
        _by_rfc(
            "unreadable-target",
            Severity.WARNING,
            "9110 8.8.3",
            "no GET where the write is",
            "A client cannot learn the tag that the write asks for.",
            '@app.get(…)  # at the same URL, with @conditional(load, etag="rev")',
        ),
        _by_rfc(
            "silent-read",
            Severity.WARNING,
            "9110 8.8.3",
            "the GET beside a guarded write tells no tag",
            "A client cannot learn the tag that the write asks for.",
            '@conditional(load, etag="rev")',
        ),
        _by_rfc(
            "optional-condition",
            Severity.INFO,
            "6585 3",
            "a write that goes through without a condition",
            "A client that sends no condition overwrites what it has not seen.",
            '@require_match(load, etag="rev")  # require="unsafe" is the default',
        ),
        Rule(
            "cors-hidden-etag",
            Severity.WARNING,
            "other origins cannot read the tag",
            "A script of another origin sees only safelisted fields, and ETag is none of them.",
            "Fetch, CORS-safelisted response-header name",
            f"{_FETCH}cors-safelisted-response-header-name",
            'CORS(app, expose_headers=["ETag"])',
        ),
        Rule(
            "cors-blocked-condition",
            Severity.WARNING,
            "other origins cannot send If-Match",
            "The browser asks first, is told no, and never sends the write.",
            "Fetch, CORS-safelisted request-header",
            f"{_FETCH}cors-safelisted-request-header",
            'CORS(app, allow_headers=["Content-Type", "If-Match", "If-None-Match"])',
        ),
        _by_rfc(
            "compressed-tag",
            Severity.ERROR,
            "9110 8.8.3",
            "compression rewrites the tags",
            "A client gets another tag than the one that its write is compared with: every "
            "write is 412.",
            'PRECONDITIONS_ETAG_SUFFIXES = [":gzip"]',
        ),
        _by_rfc(
            "stale-allowance",
            Severity.WARNING,
            "9110 13.1.1",
            "an allowance for an endpoint that is not there",
            "The next view of that name would go unguarded and unseen.",
            "PRECONDITIONS_AUDIT_ALLOW = […]  # without that name",
        ),
    )
}
"""Every kind of fault by its id, in the order of the reports."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of an application.

    :param rule: its kind.
    :param message: what is wrong here.
    :param severity: how much it matters here.
    :param fix: the line of code that mends it.
    :param route: the methods and the rule, such as ``PUT /docs/<name>``; ``None`` for the app.
    :param endpoint: the name of the view.
    :param path: the source file, below the working directory.
    :param line: the line in it, from 1 on.
    """

    rule: Rule
    message: str
    severity: Severity
    fix: str
    route: str | None = None
    endpoint: str | None = None
    path: str | None = None
    line: int | None = None

    @classmethod
    def of_app(cls, id: str, message: str, fix: str | None = None) -> Self:
        """Make a finding about the application as a whole.

        :param id: the id of its rule.
        """
        rule = RULES[id]
        return cls(rule, message, rule.severity, fix or rule.fix)


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit found.

    :param findings: the worst first, and then in the order of the URL map.
    :param guarded: how many routes are guarded.
    :param allowed: how many writes are unguarded by permission.
    """

    findings: tuple[Finding, ...]
    guarded: int
    allowed: int

    def fails(self, on: Severity | None) -> bool:
        """Tell whether there is a finding as grave as ``on``, or graver."""
        order = list(Severity)
        return on is not None and any(
            order.index(finding.severity) <= order.index(on) for finding in self.findings
        )

    def summary(self) -> str:
        """Count the findings in one line."""
        routes = _count(self.guarded, "guarded route")
        if self.allowed:
            routes += f", {self.allowed} unguarded by permission"
        if not self.findings:
            return f"No findings: {routes}."
        counts = Counter(finding.severity for finding in self.findings)
        found = ", ".join(_count(counts[name], name) for name in Severity if counts[name])
        return f"Found: {found} ({routes})."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 or noun == Severity.INFO else f"{number} {noun}s"
