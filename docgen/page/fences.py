"""What stands behind the opening of a fence: a language, a title, lines to mark."""

import re
from dataclasses import dataclass

from ..sources.errors import BlockError

_WORD = re.compile(
    r"""\s*+(?:
        \[(?P<brackets>[^\[\]]++)\] |
        \{(?P<braces>[^{}]*+)\}
      | (?P<key>[\w-]++)=(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?P<bare>\S++))
      | (?P<other>\S++)
    )""",
    re.VERBOSE,
)
_LANGUAGE = re.compile(r"\.?([\w+#.-]++)(?::[\w-]++)?(?:\{([^{}]*+)\})?")
_CLASS = re.compile(r"\.[\w-]++")  # the look of another generator
_LINES = re.compile(r"\d{1,6}(?:-\d{1,6})?(?:[\s,]+\d{1,6}(?:-\d{1,6})?)*")
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_TITLES = ("title", "filename")
_LINE_KEYS = ("hl_lines", "highlight")
_DRAWN = ("mermaid", "math", "plantuml")
_OF_OTHERS = ("linenums", "showLineNumbers", "copy")
"""What other generators do and this one never does: a word that is taken, and means nothing."""


@dataclass(frozen=True, slots=True)
class Info:
    """What a fence says of its code.

    :param title: what to call it, in place of its language.
    :param lines: the numbers of the lines to mark, from 1.
    """

    language: str
    title: str
    lines: frozenset[int]


def read_info(text: str) -> Info:
    """Read the words behind the opening of a fence.

    :raises BlockError: when one is unknown.
    """
    language, title, lines = "", "", ""
    for place, found in enumerate(_WORD.finditer(text)):
        braces, key, other = found["braces"], found["key"], found["other"]
        value = found["double"] or found["single"] or found["bare"] or ""
        if other and place == 0 and (named := _LANGUAGE.fullmatch(other)):
            language, lines = named[1], (named[2] or "").strip()
            if lines and not _LINES.fullmatch(lines):
                raise _nothing(found[0])
        elif braces is not None and _LINES.fullmatch(braces.strip()):
            lines = braces
        elif braces is not None and place == 0:  # {.python title="x"}, as Pandoc has it
            return read_info(braces)
        elif key in _TITLES or found["brackets"]:
            title = value or found["brackets"]
        elif other and _CLASS.fullmatch(other):
            continue
        elif key in _LINE_KEYS and _LINES.fullmatch(value.strip()):
            lines = value
        elif (key or other) not in _OF_OTHERS:
            raise _nothing(found[0])
    return Info(language or "text", title, frozenset(_numbers(lines)))


def unknown_language(text: str, language: str) -> str:
    """Say what to write where nothing knows the language of a fence."""
    if text.lstrip().startswith("{"):
        return f"`{{{language}}}` is a directive of Sphinx; write `::: note`, or a language alone"
    if language in _DRAWN:
        return f"there is no Mermaid and no mathematics, so '{language}' is text; publish a picture"
    return f"Pygments knows no language '{language}', and shows it as text"


def _nothing(words: str) -> BlockError:
    return BlockError(
        f"`{words.strip()}` means nothing behind a fence; after the language come "
        'title="a.py" and hl_lines="1 3-5"'
    )


def _numbers(text: str) -> list[int]:
    found = [(int(one), int(two or one)) for one, two in _RANGE.findall(text)]
    return [number for one, two in found for number in range(one, min(two, one + 1000) + 1)]
