"""What an audit found, as data."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from .rules import RULES
from .rules import Rule
from .rules import Severity


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault is.

    :param route: the methods and the rule, such as ``PUT /docs/<name>``.
    :param endpoint: the name of the view.
    :param path: the source file, below the working directory.
    :param line: the line in it, from 1 on.
    """

    route: str | None = None
    endpoint: str | None = None
    path: str | None = None
    line: int | None = None


_NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of an application.

    :param rule: its kind.
    :param message: what is wrong here.
    :param severity: how much it matters here.
    :param fix: the line of code that mends it.
    :param places: where it is, in the order of the URL map; empty for the application.
    """

    rule: Rule
    message: str
    severity: Severity
    fix: str
    places: tuple[Place, ...] = ()

    @classmethod
    def of(
        cls,
        id: str,
        message: str,
        *places: Place,
        severity: Severity | None = None,
        fix: str | None = None,
    ) -> Self:
        """Make a finding.

        :param id: the id of its rule.
        :param places: where it is; none for the application as a whole.
        :param severity: how much it matters here, where that is not as the rule says.
        :param fix: the line that mends it here, where that is not as the rule says.
        """
        rule = RULES[id]
        return cls(rule, message, severity or rule.severity, fix or rule.fix, places)

    @property
    def route(self) -> str | None:
        """The first route; ``None`` for the application."""
        return self._first.route

    @property
    def endpoint(self) -> str | None:
        """The name of the first view."""
        return self._first.endpoint

    @property
    def path(self) -> str | None:
        """The source file of the first place, below the working directory."""
        return self._first.path

    @property
    def line(self) -> int | None:
        """The line in it, from 1 on."""
        return self._first.line

    @property
    def _first(self) -> Place:
        return self.places[0] if self.places else _NOWHERE


@dataclass(frozen=True, slots=True)
class AuditReport:
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
        routes = count(self.guarded, "guarded route")
        if self.allowed:
            routes += f", {self.allowed} unguarded by permission"
        if not self.findings:
            return f"No findings: {routes}."
        counts = Counter(finding.severity for finding in self.findings)
        found = ", ".join(count(counts[name], name) for name in Severity if counts[name])
        return f"Found: {found} ({routes})."


def count(number: int, noun: str) -> str:
    """Put a number before a noun, in singular or plural."""
    return f"{number} {noun}" if number == 1 or noun == Severity.INFO else f"{number} {noun}s"


def listed(names: Sequence[str], most: int = 3) -> str:
    """List names in a sentence, the first few of many."""
    shown = list(dict.fromkeys(names))
    if len(shown) > most:
        return f"{', '.join(shown[: most - 1])} and {len(shown) - most + 1} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
