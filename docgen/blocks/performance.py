"""What a guard costs beside a bare view, as it was measured here."""

import msgspec

from .bars import draw_bars
from .slot import Slot
from .slot import Sources


class Program(msgspec.Struct, frozen=True):
    """A program and its ratios.

    :param ratios: the time of a request over that of the bare view, by case.
    """

    name: str
    ratios: dict[str, float]


class Performance(msgspec.Struct, frozen=True):
    """The file ``data/performance.json``, which ``make bench`` writes."""

    python: str
    flask: str
    programs: list[Program]


_CASES = ("PUT 200", "GET 200", "GET 304", "PUT 412", "PUT 428")
_CHARTED = "PUT 412"


def performance(sources: Sources) -> Slot:
    """Show what each request costs, of this extension and of others, all from one run."""
    measured = sources.facts.read("performance.json", Performance)
    programs = [program for program in measured.programs if set(program.ratios) & set(_CASES)]
    charted = [program for program in programs if _CHARTED in program.ratios]
    bars = draw_bars((p.name, f"{p.ratios[_CHARTED]}", p.ratios[_CHARTED]) for p in charted)
    data = {"measured": measured, "programs": programs, "cases": _CASES, "bars": bars}
    return Slot("performance", {**data, "charted": _CHARTED})
