"""What a text says of itself: the title and the description of a page without front matter."""

import re
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass

_ATX = re.compile(r" {0,3}#\s+(.+?)\s*#*\s*$")
_SETEXT = re.compile(r" {0,3}=+\s*$")
_ANCHOR = re.compile(r"\s*\{\s*:?\s*#([^}]*?)\s*\}")
_LINK = re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?")
_MARKUP = re.compile(r"<[^>]*>|[*`]+|(?<!\w)_|_(?!\w)|\\(?=[^\w\s])")
_NO_PROSE = re.compile(r"\s*(?:[#>|<!:=~`+*-]|\d+[.)]\s|\{\{|\[\^|\[[^\]]+\]:|    |\t)")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Summary:
    """What a text says of itself.

    :param title: the words of the `#` that it begins with, or of its address.
    :param description: its first paragraph, in plain words.
    :param body: the text without that title, with as many lines.
    :param has_title: whether it begins with one.
    :param anchor: the anchor that the title names; empty where it names none.
    """

    title: str
    description: str
    body: str
    has_title: bool
    anchor: str


def find_summary(lines: Sequence[str], url: str) -> Summary:
    """Read a text.

    :param lines: its lines, with their ends.
    :param url: the address of the page, for a text that begins with no title.
    """
    kept = list(lines)
    first = next((number for number, line in enumerate(kept) if line.strip()), 0)
    title, ends = "", first
    if kept and (found := _ATX.match(kept[first])):
        title, ends = found[1], first + 1
    elif first + 1 < len(kept) and _SETEXT.match(kept[first + 1]):
        title, ends = kept[first], first + 2
    for number in range(first, ends):
        kept[number] = "\n"
    own = _ANCHOR.search(title)
    title = _plain(_ANCHOR.sub("", title))
    name = title or words_of(url.strip("/").rpartition("/")[2] or "home")
    anchor = own[1] if own else ""
    return Summary(name, _description(kept) or name, "".join(kept), bool(title), anchor)


def shorten(text: str) -> str:
    """Cut a text to the length of a description, at a word."""
    if len(text) <= _LONGEST:
        return text
    cut = text[: _LONGEST - 1]
    space = cut.rfind(" ", _LONGEST // 2)
    return f"{cut[:space] if space >= 0 else cut}…"


def _description(lines: Iterable[str]) -> str:
    paragraph: list[str] = []
    fence = ""
    for line in lines:
        bare = line.strip()
        mark = bare[:3] if bare[:3] in ("```", "~~~") else ""
        if mark and not paragraph and mark == (fence or mark):
            fence = "" if fence else mark
        elif fence:
            continue
        elif paragraph and not bare:
            break
        elif bare and (paragraph or not _NO_PROSE.match(line)):
            paragraph.append(bare)
    return shorten(_plain(" ".join(paragraph)))


def _plain(text: str) -> str:
    return " ".join(_MARKUP.sub("", _LINK.sub(r"\1", text)).split())


def words_of(name: str) -> str:
    """Make words of the name of a file or folder."""
    words = re.sub(r"[-_]+", " ", name)
    return words[:1].upper() + words[1:]
