"""What to count, and when to wake somebody."""

from typing import Annotated
from typing import Literal

import msgspec

from flask_preconditions.core import Reason

from ..sources.data import Record
from ..sources.data import Text
from ..sources.data import read_text
from ..sources.errors import BuildError
from .highlight import highlight
from .slot import Slot
from .slot import Sources


class Hypothesis(Record, frozen=True):
    """What to suspect when one reason becomes frequent.

    :param looks: what else the graphs show then.
    """

    reason: Reason
    suspect: Text
    looks: Text
    first: Text


class Panel(Record, frozen=True):
    """A graph of a dashboard and its query.

    :param unit: of the values, as Grafana calls it: parts of one, or requests per second.
    :param legend: the label that names a line; empty where there is one line.
    """

    title: Text
    query: Text
    reads: Text
    unit: Literal["percentunit", "reqps"]
    legend: str = ""


class Monitoring(Record, frozen=True):
    """The file ``data/monitoring.toml``."""

    hypotheses: list[Hypothesis]
    panels: Annotated[list[Panel], msgspec.Meta(min_length=1)]


def alert_rules(sources: Sources) -> Slot:
    """Show the rules for Prometheus, which a test plays."""
    path = sources.facts.path("alerts.yml")
    return Slot("source_file", {"code": highlight(read_text(path), "yaml"), "name": path.name})


def hypotheses(sources: Sources) -> Slot:
    """Show what each reason of a refusal hints at."""
    source = sources.facts.path("monitoring")
    rows = sources.facts.read("monitoring", Monitoring).hypotheses
    missing = set(Reason) - {row.reason for row in rows}
    if missing:
        raise BuildError(source, None, f"no hypothesis for: {', '.join(sorted(missing))}")
    return Slot("hypotheses", {"rows": rows, "source": source})


def panels(sources: Sources) -> Slot:
    """Show the graphs of a dashboard with their queries."""
    source = sources.facts.path("monitoring")
    rows = sources.facts.read("monitoring", Monitoring).panels
    return Slot("panels", {"rows": rows, "source": source})
