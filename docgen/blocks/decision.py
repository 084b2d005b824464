"""The questions that lead to a status, drawn as a tree, from ``data/decision.toml``."""

from collections.abc import Callable
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from ..sources.data import line_of
from ..sources.errors import BlockError
from ..sources.errors import BuildError
from ..sources.facts import Answer
from ..sources.facts import Choice
from ..sources.facts import Question
from .drawing import LINE
from .drawing import WIDTH
from .drawing import Drawing
from .slot import Slot
from .slot import Sources

_STEP_WIDTH, _STEP_HEIGHT = 152, 42
_ANSWER_WIDTH, _ANSWER_HEIGHT = 168, 28
_BETWEEN = 6
_DOWN = 18


class Leaf(NamedTuple):
    """What an answer says, and where it leads."""

    status: str
    text: str
    href: str = ""

    def __str__(self) -> str:
        return f"{self.status} {self.text}".strip()


def decision_tree(sources: Sources) -> Slot:
    """Draw the questions with their answers, which lead to the sections of the page, and tell
    them in words."""
    source = sources.facts.path("decision")
    choices = {choice.status: choice for choice in sources.facts.choices}
    questions = sources.facts.questions
    if not questions:
        raise BlockError("data/decision.toml has no [[question]]")
    reached = {answer.status for question in questions for answer in question.answers}
    for status in choices.keys() - reached:
        at = line_of(source, f"status = {status}")
        raise BuildError(source, at, f"no question leads to {status}")
    leaves = [[_leaf(answer, choices, sources) for answer in row.answers] for row in questions]
    draw = partial(_draw, questions, leaves)
    return Slot("decision_tree", {"draw": draw, "questions": questions, "source": source})


def _draw(
    questions: Sequence[Question],
    leaves: list[list[Leaf]],
    link: Callable[[str, Path], str],
    source: Path,
) -> Markup:
    """Draw the tree.

    :param link: notes where a leaf leads, for the check of all links.
    """
    drawing = Drawing()
    y = 1.0
    told = []
    for number, (question, answers) in enumerate(zip(questions, leaves, strict=True), 1):
        name, note = question.short
        linked = [leaf._replace(href=leaf.href and link(leaf.href, source)) for leaf in answers]
        y = _draw_question(drawing, y, f"{number}. {name}", note, linked)
        told.append(f"{number}. {name} ({note}): {' or '.join(map(str, answers))}.")
    drawing.text(_STEP_WIDTH + 12, 11, "yes", "label")
    drawing.box(1, y, _STEP_WIDTH, _ANSWER_HEIGHT, "step is-ok")
    drawing.text(12, y + LINE + 4, "Perform the method", "name", "start")
    drawing.height = y + _ANSWER_HEIGHT + 1
    return drawing.to_svg("decision", "Which status to send", " ".join(told))


def _leaf(answer: Answer, choices: dict[int, Choice], sources: Sources) -> Leaf:
    if answer.status is None:
        return Leaf("", answer.text or "")
    if answer.status not in choices:
        source = sources.facts.path("decision")
        known = ", ".join(map(str, choices))
        raise BuildError(source, None, f"no choice {answer.status}; there are {known}")
    phrase = choices[answer.status].phrase
    anchor = f"{answer.status} {phrase}".lower().replace(" ", "-")
    return Leaf(str(answer.status), phrase, f"#{anchor}")


def _draw_question(drawing: Drawing, y: float, name: str, note: str, answers: list[Leaf]) -> float:
    """Draw a question, and what it leads to on its right.

    :return: where the next one starts.
    """
    pitch = _ANSWER_HEIGHT + _BETWEEN
    height = max(_STEP_HEIGHT, len(answers) * pitch - _BETWEEN)
    drawing.box(1, y, _STEP_WIDTH, height, "step")
    drawing.text(12, y + LINE + 4, name, "name", "start")
    drawing.text(12, y + 2 * LINE + 4, note, "note-text", "start")
    left = WIDTH - _ANSWER_WIDTH - 1
    for place, (status, text, href) in enumerate(answers):
        top = y + place * pitch
        middle = top + _ANSWER_HEIGHT / 2
        drawing.arrow((_STEP_WIDTH + 1, middle), (left, middle), "way")
        if not href:
            drawing.box(left, top, _ANSWER_WIDTH, _ANSWER_HEIGHT, "exit")
            drawing.text(left + 8, middle + 4, text, "note-text", "start")
            continue
        with drawing.link(href):
            drawing.box(left, top, _ANSWER_WIDTH, _ANSWER_HEIGHT, f"exit exit-{status[0]}")
            drawing.text(left + 8, middle + 4, status, "name", "start")
            drawing.text(left + 34, middle + 4, text, "note-text", "start")
    bottom = y + height
    if y == 1:
        drawing.text(44, bottom + 12, "no", "label")
    drawing.arrow((30, bottom), (30, bottom + _DOWN), "way")
    return bottom + _DOWN
