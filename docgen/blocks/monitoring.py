"""What to count, and when to wake somebody."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated
from typing import Literal

import msgspec

from flask_preconditions.core import Reason

from ..sources.data import Record
from ..sources.data import Text
from ..sources.data import read_text
from ..sources.errors import BuildError
from .drawing import LINE
from .drawing import WIDTH
from .drawing import Drawing
from .highlight import highlight
from .slot import Slot
from .slot import Sources

_CELL = 160
SHAPE_HEIGHT = 60
"""How high a shape is at 100 per cent."""
_PITCH = 2 * LINE + 6 + SHAPE_HEIGHT + 2 * LINE + 8


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


class Mark(Record, frozen=True):
    """What happened at a moment.

    :param at: before which value.
    """

    at: int
    text: Text


class Shape(Record, frozen=True):
    """How one cause of a reason looks in a graph, as a sketch.

    :param title: the cause.
    :param says: the same in words.
    :param percent: of the conditional writes, what was refused in each five minutes.
    :param alerts: the rules of ``alerts.yml`` that fire meanwhile, without what all begin with.
    """

    reason: Reason
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=26)]
    says: Text
    percent: Annotated[list[Annotated[int, msgspec.Meta(ge=0, le=100)]], msgspec.Meta(min_length=2)]
    mark: Mark | None = None
    alerts: tuple[Text, ...] = ()


class Monitoring(Record, frozen=True):
    """The file ``data/monitoring.toml``."""

    hypotheses: list[Hypothesis]
    panels: Annotated[list[Panel], msgspec.Meta(min_length=1)]
    shapes: tuple[Shape, ...] = ()


def alert_rules(sources: Sources) -> Slot:
    """Show the rules for Prometheus, which a test plays."""
    path = sources.facts.path("alerts.yml")
    return Slot("source_file", {"code": highlight(read_text(path), "yaml"), "name": path.name})


def _see_that_none_is_missing(
    rows: Iterable[Hypothesis | Shape], called: str, source: Path
) -> None:
    missing = set(Reason) - {row.reason for row in rows}
    if missing:
        raise BuildError(source, None, f"no {called} for: {', '.join(sorted(missing))}")


def hypotheses(sources: Sources) -> Slot:
    """Show what each reason of a refusal hints at."""
    source = sources.facts.path("monitoring")
    rows = sources.facts.read("monitoring", Monitoring).hypotheses
    _see_that_none_is_missing(rows, "hypothesis", source)
    return Slot("hypotheses", {"rows": rows, "source": source})


def shapes(sources: Sources) -> Slot:
    """Draw how each reason looks when it becomes frequent, all at one scale."""
    source = sources.facts.path("monitoring")
    rows = sources.facts.read("monitoring", Monitoring).shapes
    _see_that_none_is_missing(rows, "shape", source)
    drawing = Drawing()
    drawing.text(_CELL, 3 * LINE + 4, "100 %", "note-text", "end")
    for place, row in enumerate(rows):
        line, column = divmod(place, 2)
        _draw_shape(drawing, column * (WIDTH - _CELL), line * _PITCH, row)
    drawing.height = (len(rows) + 1) // 2 * _PITCH - LINE
    told = " ".join(f"{row.reason}, {row.title}: {row.says}" for row in rows)
    svg = drawing.to_svg("shapes", "What a rise looks like, by its reason", told)
    return Slot("shapes", {"svg": svg, "rows": rows, "source": source})


def _draw_shape(drawing: Drawing, left: float, top: float, shape: Shape) -> None:
    drawing.text(left, top + LINE - 3, shape.reason, "name", "start")
    drawing.text(left, top + 2 * LINE - 3, shape.title, "note-text", "start")
    high = top + 2 * LINE + 6.0
    low = high + SHAPE_HEIGHT
    for y in (high, low):
        drawing.line((left, y), (left + _CELL, y), "lifeline")
    step = _CELL / (len(shape.percent) - 1)
    places = [
        (round(left + at * step, 1), low - value / 100 * SHAPE_HEIGHT)
        for at, value in enumerate(shape.percent)
    ]
    if shape.mark:
        x = round(left + shape.mark.at * step, 1)
        drawing.line((x, high), (x, low), "lifeline")
        drawing.text(x - 3, high + LINE, shape.mark.text, "note-text", "end")
    drawing.area(places, low, "is-refused")
    first, *others = shape.alerts or ("no alert",)
    woken = f"{first} + {len(others)} more" if others else first
    drawing.text(left, low + LINE, woken, "label", "start")


def panels(sources: Sources) -> Slot:
    """Show the graphs of a dashboard with their queries."""
    source = sources.facts.path("monitoring")
    rows = sources.facts.read("monitoring", Monitoring).panels
    return Slot("panels", {"rows": rows, "source": source})
