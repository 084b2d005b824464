"""The dialog of a conflict, drawn from ``data/conflict.toml``: theirs, yours, and both merged."""

from typing import Annotated

import msgspec

from ..sources.data import Names
from ..sources.data import Record
from ..sources.data import Text
from ..sources.errors import BuildError
from .drawing import LINE
from .drawing import WIDTH
from .drawing import Drawing
from .slot import Slot
from .slot import Sources

_INSET = 12
_BUTTON = 26
_SIDE = (WIDTH - 3 * _INSET) / 2
_MERGED = 220


class Version(Record, frozen=True):
    """A version of the document.

    :param tag: how it is tagged, or sent.
    """

    name: Text
    tag: Text
    lines: Names

    def __str__(self) -> str:
        return f"{self.name} ({self.tag}): {', '.join(self.lines)}"


class Conflict(Record, frozen=True):
    """The file ``data/conflict.toml``."""

    title: Text
    theirs: Version
    yours: Version
    merged: Version
    buttons: Annotated[list[Text], msgspec.Meta(min_length=1)]


def conflict(sources: Sources) -> Slot:
    """Draw what a person sees who saved second, and what becomes of both versions."""
    shown = sources.facts.read("conflict", Conflict)
    if {*shown.merged.lines} != {*shown.theirs.lines, *shown.yours.lines}:
        raise BuildError(sources.facts.path("conflict"), None, "'merged' has other lines than both")
    drawing = Drawing()
    drawing.text(_INSET, LINE + 6, shown.title, "name", "start")
    top = 2 * LINE + 4.0
    both = {*shown.theirs.lines} & {*shown.yours.lines}
    left, right = (_INSET, _SIDE), (2 * _INSET + _SIDE, _SIDE)
    bottom = max(
        _draw_version(drawing, left, top, shown.theirs, both, "step"),
        _draw_version(drawing, right, top, shown.yours, both, "step"),
    )
    y, x = _draw_buttons(drawing, bottom + _INSET, shown.buttons)
    drawing.box(1, 1, WIDTH - 2, y + _INSET - 1, "note", behind=True)
    below = y + 2 * _INSET + 8
    drawing.arrow((x, y), (x, below), "way is-ok")
    merged = (WIDTH - 1 - _MERGED, _MERGED)
    drawing.height = _draw_version(drawing, merged, below, shown.merged, both, "step is-ok") + 1
    told = f"{shown.theirs}. {shown.yours}. Buttons: {', '.join(shown.buttons)}. {shown.merged}."
    svg = drawing.to_svg("conflict", shown.title, told)
    return Slot("diagram", {"svg": svg, "words": [], "stepped": False})


def _draw_version(
    drawing: Drawing,
    place: tuple[float, float],
    y: float,
    version: Version,
    both: set[str],
    kind: str,
) -> float:
    """Draw a version with a sign at the lines that not both have.

    :param place: where it begins, and how wide it is.
    :return: where it ends.
    """
    x, width = place
    height = (len(version.lines) + 1) * LINE + 16
    drawing.box(x, y, width, height, kind)
    drawing.text(x + 10, y + LINE + 4, version.name, "name", "start")
    drawing.text(x + width - 10, y + LINE + 4, version.tag, "note-text", "end")
    for row, line in enumerate(version.lines, 2):
        is_new = line not in both
        text = f"+ {line}" if is_new else line
        drawing.text(
            x + (10 if is_new else 20),
            y + row * LINE + 4,
            text,
            "note-text is-ok" if is_new else "note-text",
            "start",
        )
    return y + height


def _draw_buttons(drawing: Drawing, y: float, buttons: list[str]) -> tuple[float, float]:
    """Draw buttons side by side, each as wide as its words ask for.

    :return: where they end, and the middle of the last.
    """
    room = WIDTH - 2 * _INSET - (len(buttons) - 1) * 6
    letters = sum(map(len, buttons))
    x = middle = float(_INSET)
    for text in buttons:
        width = 16 + (room - 16 * len(buttons)) * len(text) / letters
        drawing.box(x, y, width, _BUTTON, "exit")
        drawing.text(x + width / 2, y + _BUTTON / 2 + 4, text, "button")
        middle, x = x + width / 2, x + width + 6
    return y + _BUTTON, middle
