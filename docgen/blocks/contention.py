"""Writers of one document, ever more of them: curves of what was measured."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from markupsafe import Markup

from .drawing import LINE
from .drawing import WIDTH
from .drawing import Drawing
from .slot import Slot
from .slot import Sources

_LEFT, _TOP, _HEIGHT = 34, 30, 150
_DASHES = {
    "postgresql": {"cas": "", "locked": "5 4"},
    "sqlite": {"cas": "1 3", "locked": "9 3 1 3"},
}
_MODEL = "2 6"
_NAMES = {
    "postgresql": "PostgreSQL",
    "sqlite": "SQLite",
    "cas": "compare-and-swap",
    "locked": "lock",
}


class Point(msgspec.Struct, frozen=True):
    """What some clients made of their time.

    :param attempts_per_write: with the refused ones.
    :param slowest_percent: what the slowest client wrote, of the mean of all.
    """

    store: str
    guard: str
    clients: int
    writes_per_second: float
    attempts_per_write: float
    slowest_percent: int
    lost: int


class Contention(msgspec.Struct, frozen=True):
    """The file ``data/contention.json``, which ``make bench`` writes.

    :param work_ms: how long the view works between its check and its write.
    """

    date: str
    versions: str
    seconds: float
    workers: int
    work_ms: float
    points: list[Point]


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of a chart, and what it is called.

    :param points: the number of clients and the value.
    """

    name: str
    dash: str
    points: list[tuple[int, float]]


def contention(sources: Sources) -> Slot:
    """Draw what becomes of writes when ever more clients write one document."""
    measured = sources.facts.read("contention.json", Contention)
    groups: dict[tuple[str, str], list[Point]] = {}
    for point in measured.points:
        groups.setdefault((point.store, point.guard), []).append(point)
    rates = [
        Curve(
            _name(*key), _DASHES[key[0]][key[1]], [(p.clients, p.writes_per_second) for p in points]
        )
        for key, points in groups.items()
    ]
    attempts = [
        Curve(
            _name(*key),
            _DASHES[key[0]][key[1]],
            [(p.clients, p.attempts_per_write) for p in points],
        )
        for key, points in groups.items()
    ]
    numbers = sorted({point.clients for point in measured.points})
    most = max(point.attempts_per_write for point in measured.points)
    model = Curve(
        "all at once: one of n wins", _MODEL, [(n, float(n)) for n in numbers if n <= 2 * most]
    )
    data = {
        "measured": measured,
        "names": _NAMES,
        "rates": _draw("rates", "Acknowledged writes a second", numbers, rates),
        "attempts": _draw("attempts", "Attempts for each of them", numbers, [*attempts, model]),
    }
    return Slot("contention", data)


def _name(store: str, guard: str) -> str:
    return f"{_NAMES[store]}, {_NAMES[guard]}"


def _draw(name: str, title: str, numbers: list[int], curves: Iterable[Curve]) -> Markup:
    """Draw curves over the numbers of clients, which stand at equal distances."""
    lines = list(curves)
    drawing = Drawing()
    most = max(value for curve in lines for _, value in curve.points)
    step = (WIDTH - _LEFT - 16) / (len(numbers) - 1)
    bottom = _TOP + _HEIGHT
    drawing.text(0, LINE, title, "name", "start")
    for part in (0.0, 0.5, 1.0):
        y = bottom - part * _HEIGHT
        drawing.line((_LEFT, y), (WIDTH - 6, y), "lifeline")
        drawing.text(_LEFT - 5, y + 4, f"{part * most:.3g}", "label", "end")
    for index, number in enumerate(numbers):
        drawing.text(_LEFT + index * step, bottom + LINE, str(number), "label")
    drawing.text(WIDTH / 2, bottom + 2 * LINE, "clients", "label")
    y = bottom + 3 * LINE
    for curve in lines:
        places = [
            (_LEFT + numbers.index(number) * step, bottom - value / most * _HEIGHT)
            for number, value in curve.points
        ]
        drawing.curve(places, curve.dash)
        drawing.curve([(_LEFT, y), (_LEFT + 40, y)], curve.dash)
        drawing.text(_LEFT + 48, y + 4, curve.name, "label", "start")
        y += LINE
    drawing.height = y
    told = ". ".join(
        f"{curve.name}: " + ", ".join(f"{value:g} at {number}" for number, value in curve.points)
        for curve in lines
    )
    return drawing.to_svg(name, title, f"By the number of clients. {told}.")
