"""What an inspection found; nothing in it is a secret of who was recorded."""

from collections import Counter
from dataclasses import dataclass

from ..conformance.wire import Exchange
from ..pages import rule_page
from .table import Severity
from .table import Source
from .table import find_rule


@dataclass(frozen=True, slots=True)
class Remark:
    """One fault of a resource.

    :param id: of its rule; a note of httplint begins with ``httplint-``.
    :param evidence: the lines that show it, as ``> If-Match: "v1"`` and ``< ETag: "v2"``.
    :param place: which exchange shows it, from 1 on.
    :param exchange: it, fit to be shown: of its content, only that of a refusal.
    :param count: how many exchanges with this resource show it.
    """

    id: str
    severity: Severity
    source: Source | None
    says: str
    fix: str
    evidence: tuple[str, ...]
    place: int
    exchange: Exchange
    count: int = 1


@dataclass(frozen=True)
class InspectReport:
    """What an inspection found.

    :param name: the URL, or the name of the file.
    :param exchanges: how many were looked at.
    :param remarks: the worst first.
    :param unseen: what was not looked at, each with the ids of the rules it takes, if any.
    :param left_out: why parts of the record were not looked at.
    :param site: where the pages of the rules are published, with a slash at its end.
    """

    name: str
    exchanges: int
    remarks: tuple[Remark, ...]
    unseen: tuple[tuple[str, tuple[str, ...]], ...]
    left_out: Counter[str]
    site: str | None = None

    def page_of(self, remark: Remark) -> str | None:
        """Give the page of the rule of a remark; what httplint says has none."""
        return rule_page(self.site, remark.id) if find_rule(remark.id) else None

    def fails(self, on: Severity | None) -> bool:
        """Tell whether there is a finding as grave as ``on``, or graver."""
        order = list(Severity)
        return on is not None and any(
            order.index(remark.severity) <= order.index(on) for remark in self.remarks
        )

    def summary(self) -> str:
        """Say it in a sentence."""
        counts = Counter(remark.severity for remark in self.remarks)
        found = ", ".join(_count(counts[name], name) for name in Severity if counts[name])
        looked = _count(self.exchanges, "exchange")
        return f"{found or 'No findings'} in {looked}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
