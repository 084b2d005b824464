"""The anchors of headings: made of their words, each used once on a page."""

import re
import unicodedata
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence

from ..sources.pages import Anchors


def slugify(title: str) -> str:
    """Make the anchor of a title: lower case, words joined by hyphens."""
    return re.sub(r"[^\w]+", "-", title.lower()).strip("-") or "section"


def _as_github(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") or "section"


def _as_mkdocs(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


_RULES: dict[Anchors, tuple[Callable[[str], str], str, int]] = {
    "docgen": (slugify, "-", 2),
    "github": (_as_github, "-", 1),
    "mkdocs": (_as_mkdocs, "_", 1),
}
"""What makes an anchor, and the second of a name: what stands before its number, and that."""


def anchor_of(title: str, own: str | None, rule: Anchors) -> str:
    """Give the anchor of the title of a page.

    :param own: the one that it names; empty where it is made of its words, and ``None`` where
        it has none.
    """
    return "" if own is None else own or _RULES[rule][0](title)


class Names:
    """The anchors of a page, each used once.

    :param taken: those that others have.
    :param rule: how the generator makes them that a text was written for.
    """

    def __init__(self, taken: Sequence[str], rule: Anchors = "docgen") -> None:
        self._slugify, self._joint, self._second = _RULES[rule]
        self._taken = set(taken)
        self._last: dict[str, int] = {}

    def is_free(self, name: str) -> bool:
        """Tell whether nothing has this name."""
        return name not in self._taken

    def of(self, title: str) -> str:
        """Make a name of a title."""
        return self.take(self._slugify(title))

    def take(self, name: str) -> str:
        """Give a name, with a number where it is taken."""
        for each in self._numbered(name):
            if each and each not in self._taken:
                self._taken.add(each)
                return each
        raise AssertionError("there is always another number")

    def _numbered(self, name: str) -> Iterator[str]:
        # From where the last one stopped: equal headings are no reason to count again.
        if name not in self._last:
            self._last[name] = self._second - 1
            yield name
        while True:
            self._last[name] += 1
            yield f"{name}{self._joint}{self._last[name]}"
