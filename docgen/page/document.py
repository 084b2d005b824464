"""The text of a page in HTML, read once: by its menu, the search, the twins and the links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import unescape

from markupsafe import Markup

# A heading, or what is one to a reader: the question of an answer that is folded.
_HEADING = re.compile(
    r'<(?P<tag>h[2-6])\b[^>]*?\bid="(?P<id>[^"]+)"[^>]*>(?P<title>.*?)</(?P=tag)>'
    r'|<details\b[^>]*?\bid="(?P<fold>[^"]+)"[^>]*>\s*<summary[^>]*>(?P<question>.*?)</summary>',
    re.DOTALL,
)
_ID = re.compile(r' id="([^"]+)"(?=[^<>]*>)')  # within a tag; code may show the same
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that can be linked.

    :param level: 2 to 6; 0 for the question of an answer that is folded.
    :param id: its anchor.
    :param html: what stands in it.
    :param start: where it starts in the HTML of its page.
    :param end: where it ends.
    """

    level: int
    id: str
    html: str
    start: int
    end: int

    @property
    def title(self) -> str:
        """Its text."""
        return unescape(_TAG.sub("", self.html)).strip()


class Document:
    """The text of a page, and of its blocks.

    :param title_anchor: the anchor of its title, which stands above it.
    """

    def __init__(self, html: Markup, title_anchor: str = "") -> None:
        self.html = html
        self.title_anchor = title_anchor

    @cached_property
    def headings(self) -> list[Heading]:
        """The headings with an anchor, in order."""
        return [heading for heading in self._headings if heading.level]

    @cached_property
    def anchors(self) -> list[str]:
        """The anchors, in order."""
        own = [self.title_anchor] if self.title_anchor else []
        return [*own, *(unescape(found) for found in _ID.findall(self.html))]

    @cached_property
    def _headings(self) -> list[Heading]:
        return [
            Heading(
                int(found["tag"][1]) if found["tag"] else 0,
                unescape(found["id"] or found["fold"]),
                found["title"] if found["tag"] else found["question"],
                found.start(),
                found.end(),
            )
            for found in _HEADING.finditer(self.html)
        ]

    def cut(self, deepest: int, *, at_folds: bool = False) -> Iterator[tuple[Heading | None, str]]:
        """Give what stands under each heading; without one, what stands above the first.

        :param deepest: the last level that is cut at.
        :param at_folds: whether it is cut at the questions of folded answers too.
        """
        above, start = None, 0
        for heading in self._headings:
            if heading.level <= deepest and (heading.level or at_folds):
                yield above, self.html[start : heading.start]
                above, start = heading, heading.end
        yield above, self.html[start:]
