"""A chart of bars: names, what each is worth, and the part of the longest."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a chart.

    :param said: its value as it is written beside the name: ``14 of 50``.
    :param share: of the longest line, in percent.
    """

    name: str
    said: str
    share: int


def draw_bars(values: Iterable[tuple[str, str, float]]) -> list[Bar]:
    """Measure bars by the longest of them.

    :param values: the name, the value as it is written, and the value.
    """
    rows = [*values]
    longest = max(value for *_, value in rows)
    return [Bar(name, said, round(100 * value / longest)) for name, said, value in rows]
