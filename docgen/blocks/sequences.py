"""Who sends what to whom, drawn from ``data/sequences.toml``."""

from itertools import groupby
from pathlib import Path
from typing import Annotated
from typing import Literal

import msgspec

from ..sources.data import Record
from ..sources.data import Text
from ..sources.data import line_of
from ..sources.errors import BlockError
from ..sources.errors import BuildError
from .drawing import LINE
from .drawing import WIDTH
from .drawing import Drawing
from .slot import Slot
from .slot import Sources

_LANE_HEAD = (104, 26)
_EDGE = 56
_GAP = 12
# The widest a character of a label gets at its size; a label must fit between two lanes.
_CHARACTER = 6.7


class Event(Record, frozen=True, rename={"sender": "from", "receiver": "to"}):
    """A message from one participant to another, or a note across the drawing.

    :param text: the lines over the arrow.
    :param tone: whether the answer let the write through or stopped it.
    :param gap: whether it lies in a gap, which is shaded: what was looked at may change there.
    """

    note: Text | None = None
    sender: Text | None = None
    receiver: Text | None = None
    text: tuple[Text, ...] = ()
    tone: Literal["plain", "ok", "refused"] = "plain"
    gap: bool = False

    def __str__(self) -> str:
        return self.note or f"{self.sender} to {self.receiver}: {', '.join(self.text)}"


class Sequence(Record, frozen=True):
    """A sequence diagram.

    :param story: the transcript that it draws; the answers of that must be among its own,
        in the same order.
    """

    title: Text
    participants: Annotated[list[Text], msgspec.Meta(min_length=2, max_length=3)]
    events: Annotated[list[Event], msgspec.Meta(min_length=1)]
    story: Text | None = None

    @property
    def description(self) -> str:
        """What it shows, in words."""
        return " ".join(f"{event}." if not event.note else str(event) for event in self.events)


def sequence(sources: Sources, name: str, stepped: bool = False) -> Slot:
    """Show a sequence diagram, with the same in words.

    :param stepped: whether a reader goes through it event by event.
    """
    diagrams = _read(sources)
    if name not in diagrams:
        known = ", ".join(diagrams)
        raise BlockError(f"no sequence '{name}'; data/sequences.toml has: {known}")
    diagram = diagrams[name]
    if diagram.story:
        _compare(sources, diagram, diagram.story)
    svg = _draw(diagram, sources.facts.path("sequences")).to_svg(
        f"sequence-{name}", diagram.title, diagram.description
    )
    words = [str(event) for event in diagram.events]
    return Slot("diagram", {"svg": svg, "words": words, "stepped": stepped})


def _read(sources: Sources) -> dict[str, Sequence]:
    """Read all diagrams."""
    return sources.facts.read("sequences", dict[str, Sequence])


def _compare(sources: Sources, diagram: Sequence, story: str) -> None:
    """Hold a diagram to what was recorded."""
    recorded = sources.servers.get().results
    if recorded is None:
        return
    drawn = iter(event.text[0][:3] for event in diagram.events if event.text)
    for exchange in recorded.transcript(story):
        status = str(exchange.response.status)
        # An iterator is used up as far as it was searched, so the order counts.
        if status not in drawn:
            source = sources.facts.path("sequences")
            at = line_of(source, diagram.title)
            raise BuildError(source, at, f"'{story}' was answered with {status}; draw that too")


def _draw(diagram: Sequence, source: Path) -> Drawing:
    drawing = Drawing()
    lanes = _place_lanes(diagram.participants)
    width, height = _LANE_HEAD
    for name, x in lanes.items():
        drawing.box(x - width / 2, 1, width, height, "participant")
        drawing.text(x, 1 + height / 2 + 4, name, "name")
    y: float = height
    shades = []
    for is_gap, events in groupby(diagram.events, key=lambda event: event.gap):
        start = y + _GAP / 2
        for event in events:
            with drawing.group("event is-gap" if is_gap else "event"):
                y = _draw_event(drawing, event, lanes, y + _GAP, source)
        if is_gap:
            shades.append((start, y + _GAP / 2))
    for x in lanes.values():
        drawing.line((x, height + 1), (x, y + _GAP), "lifeline", behind=True)
    for start, end in shades:
        drawing.box(1, start, WIDTH - 2, end - start, "gap", behind=True)
    drawing.height = y + _GAP
    return drawing


def _place_lanes(participants: list[str]) -> dict[str, float]:
    between = (WIDTH - 2 * _EDGE) / (len(participants) - 1)
    return {name: _EDGE + place * between for place, name in enumerate(participants)}


def _draw_event(
    drawing: Drawing, event: Event, lanes: dict[str, float], y: float, source: Path
) -> float:
    if event.note:
        drawing.box(1, y, WIDTH - 2, 2 * LINE - 4, "note")
        drawing.text(WIDTH / 2, y + LINE + 2, event.note, "note-text")
        return y + 2 * LINE - 4
    for name in (event.sender, event.receiver):
        if name not in lanes:
            known = ", ".join(lanes)
            raise BuildError(source, None, f"'{event}': no participant '{name}'; there are {known}")
    start, end = lanes[str(event.sender)], lanes[str(event.receiver)]
    for line in event.text:
        if len(line) * _CHARACTER > abs(end - start):
            at = line_of(source, line)
            raise BuildError(source, at, f"'{line}' is too long for its arrow; use two lines")
        y += LINE
        drawing.text((start + end) / 2, y - 4, line, f"label is-{event.tone}")
    drawing.arrow((start, y), (end, y), f"message is-{event.tone}")
    return y
