"""The accent colours of a site, checked for contrast in both themes (WCAG 2.2, 1.4.3)."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TOKENS = Path(__file__).parents[1] / "static" / "css" / "1-tokens.css"
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_NEEDED = 4.5
_TINT = 0.1
"""How much of the accent the stylesheet mixes into what stands behind it."""

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Accent:
    """The colour of links and marks in the light theme and in the dark one, as ``#rrggbb``."""

    light: str
    dark: str

    def to_css(self) -> str:
        """Give the rule that comes after the stylesheet, where all else is drawn from it."""
        return f":root {{ --accent: light-dark({self.light}, {self.dark}); }}\n"


def make_accent(colours: tuple[str, ...]) -> Accent:
    """Check the colours of both themes.

    :param colours: the one of the light theme; the one of the dark theme is made from it
        unless it is given too.
    :raises ValueError: when a colour is none, or too near to what it stands on; the
        message names the nearest one that can be read.
    """
    if not 1 <= len(colours) <= 2:
        raise ValueError("it must be a colour, or one for the light and one for the dark theme")
    for colour in colours:
        if not _COLOUR.fullmatch(colour.lower()):
            raise ValueError(f"{colour!r} is no colour; write it as '#4f35d2'")
    light, dark = (_parse(colour) for colour in (*colours, *colours)[:2])
    if len(colours) == 1:
        dark = _nearest(dark, 1)
    made = (light, dark)
    for theme, found in enumerate(made):
        if _contrast_of(found, theme) < _NEEDED:
            name = ("light", "dark")[theme]
            raise ValueError(
                f"{_format(found)} has a contrast of {_contrast_of(found, theme):.1f} in the "
                f"{name} theme, and text needs {_NEEDED}; {_format(_nearest(found, theme))} has it"
            )
    return Accent(_format(light), _format(dark))


@cache
def _backgrounds() -> tuple[list[Rgb], list[Rgb]]:
    """Read what text stands on from the stylesheet, for each theme."""
    pairs = re.findall(
        r"--bg(?:-1|-2)?: light-dark\((#\w{6}), (#\w{6})\)", _TOKENS.read_text(encoding="utf-8")
    )
    return [_parse(pair[0]) for pair in pairs], [_parse(pair[1]) for pair in pairs]


def _contrast_of(colour: Rgb, theme: int) -> float:
    """Give the worst contrast of a colour with what it stands on."""
    behind = [*_backgrounds()[theme], _tint(colour, theme)]
    # What is written is what is read: both sides are rounded to bytes.
    return min(_contrast(_parse(_format(colour)), _parse(_format(other))) for other in behind)


def _nearest(colour: Rgb, theme: int) -> Rgb:
    """Mix black or white into a colour until it can be read."""
    end = (1.0, 1.0, 1.0) if theme else (0.0, 0.0, 0.0)
    steps = (_mix(colour, end, step / 200) for step in range(201))
    return next(found for found in steps if _contrast_of(found, theme) >= _NEEDED)


def _tint(colour: Rgb, theme: int) -> Rgb:
    return _mix(_backgrounds()[theme][0], colour, _TINT)


def _mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def _contrast(one: Rgb, other: Rgb) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Rgb) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parse(colour: str) -> Rgb:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _format(colour: Rgb) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)
