"""The colours can be read, in both schemes."""

import re
from pathlib import Path

import pytest

import docgen
from docgen.sources import colours


def mix(one: str, other: str, share: float) -> str:
    """Mix two colours as ``color-mix(in srgb, one share, other)`` does."""
    pairs = [(int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (0, 2, 4)]
    return "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


CSS = Path(docgen.__file__).parent / "static/css"
TOKENS = {
    name: colours
    for name, *colours in re.findall(
        r"--([\w-]+): light-dark\(#(\w{6}), #(\w{6})\)",
        (CSS / "1-tokens.css").read_text().replace("\n", ""),
    )
}
BOTH = zip(TOKENS["accent"], TOKENS["bg"], strict=True)
TOKENS["accent-bg"] = [mix(accent, back, 0.1) for accent, back in BOTH]
TEXT = [
    *((text, back) for text in ("fg", "fg-strong", "fg-muted") for back in ("bg", "bg-1")),
    *((text, back) for text in ("accent", "ok", "warn", "err") for back in ("bg", f"{text}-bg")),
    *((f"code-{kind}", "bg-1") for kind in ("comment", "keyword", "name", "string", "number")),
    *((text, "bg-1") for text in ("accent", "ok")),
    *[("fg-strong", "bg-2"), ("fg-strong", "accent-bg"), ("fg", "accent-bg"), ("fg", "warn-bg")],
]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "back"), TEXT)
def test_text_has_the_contrast_of_wcag_aa(text: str, back: str, scheme: int) -> None:
    assert contrast(TOKENS[text][scheme], TOKENS[back][scheme]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_controls_stand_out(scheme: int) -> None:
    assert contrast(TOKENS["line-strong"][scheme], TOKENS["bg"][scheme]) >= 3


def test_what_stands_behind_the_accent_is_mixed_as_the_checks_take_it() -> None:
    sheet = (CSS / "1-tokens.css").read_text()
    assert "--accent-bg: color-mix(in srgb, var(--accent) 10%, var(--bg));" in sheet
    assert colours._TINT == 0.1


def test_every_token_that_is_used_exists() -> None:
    sheets = "".join(path.read_text() for path in CSS.glob("*.css"))
    defined = set(re.findall(r"(--[\w-]+):", sheets))
    assert set(re.findall(r"var\((--[\w-]+)", sheets)) <= defined
    assert sheets.count("{") == sheets.count("}")
