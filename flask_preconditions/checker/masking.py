"""Secrets in a text, in whatever reversible form somebody says them back."""

import base64
import binascii
import html
import re
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from functools import lru_cache

MASK = "[masked]"

LEAST_CHARACTERS = 4
"""Parts of a secret that are shorter are words of any text."""

PIECE_CHARACTERS = 12
"""A piece of a secret that is this long is as good as the secret."""

DEPTH = 3
"""How many encodings may lie one in the other."""

MOST_CHARACTERS = 120_000
"""How much is decoded of one text; one that has more in it is masked as a whole."""

_BLOCK = PIECE_CHARACTERS // 2

# An escape stands for a character, whichever notation it is of.
_ESCAPE = re.compile(
    r"%(?P<url>[0-9a-f]{2})|\\u(?P<json>[0-9a-f]{4})|\\u\{(?P<braced>[0-9a-f]{1,6})\}"
    r"|\\x(?P<byte>[0-9a-f]{2})|&#x(?P<hex>[0-9a-f]{1,6});|&#(?P<number>[0-9]{1,7});"
    r"|&(?P<name>[a-z]{1,31});|\\(?P<plain>[^ux])|(?P<nothing>[\0\r\n])",
    re.IGNORECASE,
)
_QUOTED_PRINTABLE = re.compile(r"=(?P<byte>[0-9A-Fa-f]{2})|(?P<nothing>=?\r?\n)")

Spans = list[tuple[int, int]]


class Secrets:
    """Finds some texts in others, and every long piece of them.

    What is looked at is a text, and what it is when escapes and blocks in it are decoded, as
    often as one lies in the other. So it makes no difference in how many ways something is
    written.

    :param whole: what is looked for.
    :param pieces: those of them whose long pieces are looked for, too.
    :param public: a text that everybody may see; what is a part of it is not looked for.
    """

    def __init__(
        self, whole: Iterable[str], pieces: Collection[str] = (), public: str = ""
    ) -> None:
        shown = public.lower()
        found = {text.lower() for text in whole if len(text) >= LEAST_CHARACTERS}
        found = {text for text in found if text not in shown}
        self._whole = sorted(found | {text[::-1] for text in found}, key=len, reverse=True)
        self._pieces = {
            piece
            for text in map(str.lower, pieces)
            for place in range(len(text) - PIECE_CHARACTERS + 1)
            if (piece := text[place : place + PIECE_CHARACTERS]) not in shown
        }
        # Each piece has one of these in it, whole: they are sought first, for that is quick.
        self._blocks = {
            text[place : place + _BLOCK]
            for text in map(str.lower, pieces)
            for place in range(0, len(text) - _BLOCK + 1, _BLOCK)
        }
        self._least = min(map(len, self._whole), default=0)
        self._spans = lru_cache(2_000)(self._look)

    def mask(self, text: str) -> str:
        """Give a text in which they are masked."""
        if not self._whole:
            return text
        made, end = [], 0
        for start, stop in self._spans(text):
            made += [text[end:start], MASK]
            end = stop
        return "".join([*made, text[end:]])

    def _look(self, text: str) -> Spans:
        self._left = MOST_CHARACTERS
        found = list(self._find(text, DEPTH))
        return _joined(found) if self._left >= 0 else [(0, len(text))]

    def _find(self, text: str, depth: int) -> Iterator[tuple[int, int]]:
        """Give where in a text there is something that is, or hides, a secret."""
        self._left -= len(text)
        if self._left < 0:
            return
        lower = text.lower() if text.isascii() else "".join(map(_lower, text))
        for secret in self._whole:
            place = lower.find(secret)
            while place >= 0:
                yield place, place + len(secret)
                place = lower.find(secret, place + 1)
        if self._pieces and any(block in lower for block in self._blocks):
            for place in range(len(lower) - PIECE_CHARACTERS + 1):
                if lower[place : place + PIECE_CHARACTERS] in self._pieces:
                    yield place, place + PIECE_CHARACTERS
        if depth:
            yield from self._find_in_blocks(text, depth - 1)
            for escapes, signs in ((_ESCAPE, "%\\&\0\r\n"), (_QUOTED_PRINTABLE, "=")):
                if not any(sign in text for sign in signs):
                    continue
                decoded, places = _unescape(text, escapes)
                if len(decoded) != len(text):
                    for start, stop in self._find(decoded, depth - 1):
                        yield places[start], places[stop]

    def _find_in_blocks(self, text: str, depth: int) -> Iterator[tuple[int, int]]:
        for pattern, shifts, decode in _BLOCKS:
            for run in pattern.finditer(text):
                if run.end() - run.start() < self._least:  # every such encoding makes it longer
                    continue
                for shift in range(shifts):
                    if any(True for _ in self._find(decode(run[0][shift:]), depth)):
                        yield run.span()
                        break


def _lower(character: str) -> str:
    lower = character.lower()
    return lower if len(lower) == 1 else character


def _unescape(text: str, escapes: re.Pattern[str]) -> tuple[str, list[int]]:
    """Decode escapes; tell for each character of the result where it came from, and the end."""
    made: list[str] = []
    places: list[int] = []
    end = 0
    for match in escapes.finditer(text):
        made += text[end : match.start()]
        places += range(end, match.start())
        if character := _character(match):
            made.append(character)
            places.append(match.start())
        end = match.end()
    made += text[end:]
    places += range(end, len(text) + 1)
    return "".join(made), places


def _character(match: re.Match[str]) -> str:
    kind, value = match.lastgroup, match[match.lastgroup or 0]
    if kind == "nothing":
        return ""
    if kind == "plain":
        return value
    if kind == "name":
        named = html.unescape(f"&{value};")
        return named if len(named) == 1 else "&"
    code = int(value, 10 if kind == "number" else 16)
    return chr(code) if code < 0x110000 else "?"


def _base64(run: str) -> str:
    run = run.translate(_TO_STANDARD)
    return base64.b64decode(run[: len(run) // 4 * 4] + _rest(run)).decode("latin-1")


def _rest(run: str) -> str:
    rest = run[len(run) // 4 * 4 :]
    return rest.ljust(4, "=") if len(rest) > 1 else ""


_TO_STANDARD = str.maketrans("-_", "+/")


def _base32(run: str) -> str:
    return base64.b32decode(run[: len(run) // 8 * 8]).decode("latin-1")


def _hex(run: str) -> str:
    try:
        return bytes.fromhex(re.sub("[: -]", "", run)).decode("latin-1")
    except (binascii.Error, ValueError):
        return ""


_BLOCKS: tuple[tuple[re.Pattern[str], int, Callable[[str], str]], ...] = (
    (re.compile(r"[A-Za-z0-9+/_-]{6,}"), 4, _base64),
    (re.compile(r"(?:[0-9A-Fa-f]{2}[: -]?){4,}"), 1, _hex),
    (re.compile(r"[A-Z2-7]{8,}"), 8, _base32),
)
"""Runs of the characters of an encoding, how its blocks may be shifted, and what decodes it."""


def _joined(spans: Iterable[tuple[int, int]]) -> Spans:
    """Join spans that overlap or touch."""
    made: Spans = []
    for start, stop in sorted(spans):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(stop, made[-1][1]))
        else:
            made.append((start, stop))
    return made
