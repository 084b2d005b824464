"""The headings of a page, of its text and of its blocks alike."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

_HEADING = re.compile(r'<h([2-6])\b[^>]*?\bid="([^"]+)"[^>]*>(.*?)</h\1>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that can be linked.

    :param level: 2 to 6.
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


def find_headings(html: str) -> Iterator[Heading]:
    """Find the headings with an anchor, in order."""
    for found in _HEADING.finditer(html):
        yield Heading(int(found[1]), unescape(found[2]), found[3], found.start(), found.end())
