"""The order of RFC 9110 §13.2.2, drawn and listed from the core's own table."""

from flask_preconditions.core import PRECEDENCE
from flask_preconditions.core import READ_METHODS
from flask_preconditions.core import Rule

from ..sources.facts import Evaluation
from .drawing import LINE
from .drawing import WIDTH
from .drawing import Drawing
from .slot import Slot
from .slot import Sources

_STEP_WIDTH = 178
_EXIT_WIDTH = 114
_EXIT_HEIGHT = 38
_BETWEEN = 24


def evaluation_order(sources: Sources) -> Slot:
    """List the steps, each with its question and what a false condition leads to."""
    words = sources.facts.evaluation
    return Slot(
        "evaluation_order",
        {
            "words": words,
            "steps": [(rule, words.steps[rule.field], _exits(rule)) for rule in PRECEDENCE],
            "last": PRECEDENCE[-1].number + 1,
            "source": sources.facts.path("evaluation"),
        },
    )


def evaluation_diagram(sources: Sources) -> Slot:
    """Draw the steps from top to bottom, with the ways out on the right."""
    words = sources.facts.evaluation
    drawing = Drawing()
    before = [("That answer", "such as 404")]
    y = _draw_step(drawing, 1, "Without conditions", [words.before.short], before, "yes")
    for rule in PRECEDENCE:
        exits = [(str(status), methods) for status, methods in _exits(rule)]
        short = words.steps[rule.field].short
        y = _draw_step(
            drawing,
            y,
            f"{rule.number}. {rule.field}",
            _notes(rule),
            exits or [("Go on", short or "")],
        )
    drawing.box(1, y, _STEP_WIDTH, LINE + 14, "step is-ok")
    drawing.text(_STEP_WIDTH / 2, y + LINE + 4, "Perform the method", "name")
    drawing.height = y + LINE + 16
    svg = drawing.to_svg("evaluation", "Order of evaluation", _describe(words))
    return Slot("diagram", {"svg": svg, "words": [], "stepped": False})


def _draw_step(
    drawing: Drawing,
    y: float,
    name: str,
    notes: list[str],
    exits: list[tuple[str, str]],
    label: str = "false",
) -> float:
    """Draw one step with its exits.

    :param label: what leads to the exits.
    :return: where the next one starts.
    """
    height = max(LINE * (len(notes) + 1) + 12, len(exits) * (_EXIT_HEIGHT + 6) - 6)
    drawing.box(1, y, _STEP_WIDTH, height, "step")
    drawing.text(12, y + LINE + 4, name, "name", "start")
    for place, note in enumerate(notes, 2):
        drawing.text(12, y + place * LINE + 4, note, "note-text", "start")
    left = WIDTH - _EXIT_WIDTH - 1
    for place, (answer, when) in enumerate(exits):
        top = y + place * (_EXIT_HEIGHT + 6)
        middle = top + _EXIT_HEIGHT / 2
        drawing.arrow((_STEP_WIDTH + 1, middle), (left, middle), "way is-refused")
        tone = f"exit exit-{answer[0]}" if answer.isdigit() else "exit"
        drawing.box(left, top, _EXIT_WIDTH, _EXIT_HEIGHT, tone)
        drawing.text(left + _EXIT_WIDTH / 2, top + 16, answer, "name")
        drawing.text(left + _EXIT_WIDTH / 2, top + 30, when, "note-text")
    drawing.text((_STEP_WIDTH + left) / 2, y + _EXIT_HEIGHT / 2 - 5, label, "label")
    bottom = y + height
    drawing.arrow((30, bottom), (30, bottom + _BETWEEN), "way is-ok")
    return bottom + _BETWEEN


def _notes(rule: Rule) -> list[str]:
    notes = []
    if rule.methods:
        notes.append(f"{', '.join(sorted(rule.methods))} only")
    if rule.unless:
        notes.append(f"skipped beside {rule.unless}")
    return notes


def _exits(rule: Rule) -> list[tuple[int, str]]:
    """List where a false condition leaves the evaluation: a status and its methods."""
    on_read = rule.if_false_on_read and rule.if_false_on_read.status
    on_write = rule.if_false and rule.if_false.status
    reads = ", ".join(sorted(READ_METHODS))
    if on_read and on_read == on_write:
        return [(on_read, "any method")]
    exits = [(on_read, reads), (on_write, "other methods")]
    return [(status, methods) for status, methods in exits if status]


def _describe(words: Evaluation) -> str:
    """Say what the drawing shows."""
    steps = []
    for rule in PRECEDENCE:
        exits = ", ".join(f"{status} for {methods}" for status, methods in _exits(rule))
        notes = f" ({', '.join(notes)})" if (notes := _notes(rule)) else ""
        if_false = exits or f"go on, {words.steps[rule.field].short}"
        steps.append(f"Step {rule.number}, {rule.field}{notes}: if false, {if_false}.")
    last = PRECEDENCE[-1].number + 1
    return " ".join([*steps, f"Step {last}: perform the method."])
