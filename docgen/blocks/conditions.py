"""Which field leads to which status: asked of the core, and drawn."""

from datetime import UTC
from datetime import datetime
from datetime import timedelta

from flask_preconditions.core import PRECEDENCE
from flask_preconditions.core import EntityTag
from flask_preconditions.core import Field
from flask_preconditions.core import Validators
from flask_preconditions.core import evaluate
from flask_preconditions.core import format_http_date

from .drawing import LINE
from .drawing import WIDTH
from .drawing import Drawing
from .slot import Slot
from .slot import Sources

COLUMNS = (("false,", "on a read"), ("false,", "on a write"), ("unreadable,", "on a write"))
_CHIP_WIDTH, _CHIP_HEIGHT = 68, 24
_BETWEEN = 6
_NOTHING = "–"

_CHANGED = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
_NOW = Validators(EntityTag("2"), _CHANGED)
_FALSE = {
    Field.IF_MATCH: '"1"',
    Field.IF_UNMODIFIED_SINCE: format_http_date(_CHANGED - timedelta(days=1)),
    Field.IF_NONE_MATCH: '"2"',
    Field.IF_MODIFIED_SINCE: format_http_date(_CHANGED),
    Field.IF_RANGE: '"1"',
}
_UNREADABLE = "2"


def condition_matrix(sources: Sources) -> Slot:
    """Draw which status each field leads to, on a read and on a write."""
    drawing = Drawing()
    for place, head in enumerate(COLUMNS):
        for line, text in enumerate(head, 1):
            drawing.text(_middle(place), line * LINE - 4, text, "label")
    y = 2 * LINE + 6.0
    told = []
    for name, answers in find_answers().items():
        drawing.text(0, y + _CHIP_HEIGHT / 2 + 4, name, "name", "start")
        for place, answer in enumerate(answers):
            _draw_answer(drawing, _middle(place), y, answer)
        y += _CHIP_HEIGHT + _BETWEEN
        cells = (f"{' '.join(head)}: {it}" for head, it in zip(COLUMNS, answers, strict=True) if it)
        told.append(f"{name}, {'; '.join(cells)}.")
    drawing.height = y - _BETWEEN + 1
    svg = drawing.to_svg("conditions", "What becomes of each condition", " ".join(told))
    return Slot("diagram", {"svg": svg, "words": [], "stepped": False})


def find_answers() -> dict[str, list[str]]:
    """Ask the core what a request with each field is answered, by the columns; nothing where
    that is no question."""
    found = {
        str(field): [
            _answer("GET", field, _FALSE[field]),
            _answer("PUT", field, _FALSE[field]),
            _answer("PUT", field, _UNREADABLE),
        ]
        for field in (rule.field for rule in PRECEDENCE)
    }
    missing = evaluate("PUT", {}, _NOW, required=True)
    return found | {"none, if required": ["", str(missing.status), ""]}


def _answer(method: str, field: Field, value: str) -> str:
    decision = evaluate(method, {field: value, "Range": "bytes=0-"}, _NOW)
    if decision.status:
        return str(decision.status)
    return "ignored" if decision.honours_range or method != "GET" else "200, whole"


def _middle(column: int) -> float:
    return WIDTH - 1 - _CHIP_WIDTH / 2 - (len(COLUMNS) - 1 - column) * (_CHIP_WIDTH + _BETWEEN)


def _draw_answer(drawing: Drawing, middle: float, y: float, answer: str) -> None:
    tone = f"exit exit-{answer[0]}" if answer[:1].isdigit() else "note"
    if answer:
        drawing.box(middle - _CHIP_WIDTH / 2, y, _CHIP_WIDTH, _CHIP_HEIGHT, tone)
    text = "name" if answer.isdigit() else "note-text"
    drawing.text(middle, y + _CHIP_HEIGHT / 2 + 4, answer or _NOTHING, text)
