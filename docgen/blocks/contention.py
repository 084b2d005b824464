"""Writers of one document, ever more of them: curves of what was measured."""

from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

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

    :param seconds: how long they had.
    :param attempts_per_write: with the refused ones.
    :param slowest_percent: what the slowest client wrote, of the mean of all.
    """

    store: str
    guard: str
    clients: int
    seconds: float
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
    rates = _curves(measured.points, attrgetter("writes_per_second"))
    attempts = _curves(measured.points, attrgetter("attempts_per_write"))
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


def _curves(points: Iterable[Point], value: Callable[[Point], float]) -> list[Curve]:
    """Make a curve of what each guard reached on each store."""
    groups: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for point in points:
        groups.setdefault((point.store, point.guard), []).append((point.clients, value(point)))
    return [
        Curve(f"{_NAMES[store]}, {_NAMES[guard]}", _DASHES[store][guard], group)
        for (store, guard), group in groups.items()
    ]


def _draw(name: str, title: str, numbers: list[int], curves: list[Curve]) -> Markup:
    """Draw curves over the numbers of clients, which stand at equal distances."""
    drawing = Drawing()
    most = max(value for curve in curves for _, value in curve.points)
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
    for curve in curves:
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
        for curve in curves
    )
    return drawing.to_svg(name, title, f"By the number of clients. {told}.")
