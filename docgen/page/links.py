"""Links within the site: written from its root, published relative, checked at the end."""

import re
from bisect import bisect_left
from collections.abc import Container
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Set
from pathlib import Path
from urllib.parse import quote
from urllib.parse import unquote

import msgspec

from ..sources.data import line_of
from ..sources.errors import BuildError

_RUNS = re.compile(r"(?:data|file|javascript|vbscript):", re.IGNORECASE)
_ALL_SHOWN_UP_TO = 8
_NEAR = 5
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")  # RFC 3986 §3.1


class Link(msgspec.Struct, frozen=True):
    """A link within the site, to be checked once every page is there.

    :param url: where it leads; ``None`` for what leads nowhere but would run or hold something.
    :param anchor: the anchor there, if it names one.
    :param source: the file that holds the link.
    """

    target: str
    url: str | None
    anchor: str
    source: str
    line: int | None


class PageLinks:
    """The links of one page.

    :param outputs: the file of each page of the site, by its address.
    :param url: the address of the page.
    :param source: the file of the page.
    :param root: what leads from the page to the root of the site, where it is not a
        relative path.
    """

    def __init__(
        self, outputs: Mapping[str, str], url: str, source: Path, root: str | None = None
    ) -> None:
        self.root = root if root is not None else "../" * (url.count("/") - 1)
        self.found: list[Link] = []
        self.asked: dict[str, bool] = {}
        """The pages it asked for, and whether they were there: what became of the page
        holds as long as these answers do."""
        self._outputs = outputs
        self._url = url
        self._source = source

    def resolve(self, target: str, source: Path | None = None, line: int | None = None) -> str:
        """Give the ``href`` for a link as it was written, and note it for the check.

        :param target: ``/412/``, ``/412/#contract``, ``#contract`` or an external address.
        :param source: the file that holds it, for the report of a dead one; the page's by
            default.
        :param line: its line, found in the file when it is not given.
        """
        held_by = str(source or self._source)
        if is_external(target):
            if _RUNS.match(target):
                self.found.append(Link(target, None, "", held_by, line))
            return target
        path, _, anchor = target.partition("#")
        url = unquote(path) or self._url
        self.found.append(Link(target, url, unquote(anchor), held_by, line))
        if not self._ask(url) or not path:
            return target
        return self.to_page(url) + (f"#{anchor}" if anchor else "")

    def has(self, target: str) -> bool:
        """Tell whether a link leads somewhere: to a page of the site, or out of it."""
        if is_external(target):
            return True
        return self._ask(unquote(target.partition("#")[0]) or self._url)

    def _ask(self, url: str) -> bool:
        self.asked[url] = url in self._outputs
        return self.asked[url]

    def to_page(self, url: str) -> str:
        """Give the way to a page of the site."""
        file = self._outputs[url]
        # Naming the file lets the site work from a disk, where no server completes "/".
        return quote(file.rpartition("/")[2]) if url == self._url else self.root + quote(file)


def is_external(target: str) -> bool:
    """Tell whether a link leads out of the site: ``https:``, ``mailto:``, ``tel:`` and so on."""
    return _SCHEME.match(target) is not None


def check_links(
    links: Iterable[Link], outputs: Container[str], anchors: Mapping[str, Set[str]]
) -> list[BuildError]:
    """List the links that lead nowhere.

    :param outputs: the addresses that the site has.
    :param anchors: the anchors of each page that was made, by its address. What is no page,
        such as a PDF, has anchors of its own kind.
    """
    found = []
    for link in links:
        if problem := _problem(link, outputs, anchors):
            source = Path(link.source)
            line = line_of(source, link.target) if link.line is None else link.line
            found.append(BuildError(source, line, f"dead link {link.target}: {problem}"))
    return found


def _problem(link: Link, outputs: Container[str], anchors: Mapping[str, Set[str]]) -> str | None:
    if link.url is None:
        return "a link leads to a place, and does not run or hold anything"
    if link.url not in outputs:
        hint = "" if link.target.startswith(("/", "#")) else "; links start at the root: /412/"
        return f"no page '{link.url}'{hint}"
    there = anchors.get(link.url)
    if not link.anchor or there is None or link.anchor in there:
        return None
    known = sorted(there)
    if len(known) <= _ALL_SHOWN_UP_TO:
        return f"no anchor '#{link.anchor}' on {link.url}; it has: {', '.join(known) or 'none'}"
    return f"no anchor '#{link.anchor}' on {link.url}; near it: {', '.join(_near(link, known))}"


def _near(link: Link, known: list[str]) -> list[str]:
    """Give a few names that may have been meant: alike in their words, else in their order."""
    words = set(link.anchor.lower().split("-"))
    shared = [(len(words & set(name.lower().split("-"))), name) for name in known]
    best = [name for count, name in sorted(shared, key=lambda each: -each[0]) if count]
    place = bisect_left(known, link.anchor)
    return list(dict.fromkeys([*best, *known[max(0, place - 2) : place + 3]]))[:_NEAR]
