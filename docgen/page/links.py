"""Links within the site: written from its root, published relative, checked at the end."""

import posixpath
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
from markupsafe import Markup

from ..sources.data import line_of
from ..sources.errors import BuildError
from ..sources.layers import STARTS

_RUNS = re.compile(r"(?:data|file|javascript|vbscript):", re.IGNORECASE)
_ALL_SHOWN_UP_TO = 8
_NEAR = 5
_LEFT_OUT = "docgen:left-out"
_LEFT_OUT_LINK = re.compile(rf'<a\b[^>]*? href="{_LEFT_OUT}"[^>]*>(.*?)</a>', re.DOTALL)
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
    :param partial: directories of which not all comes along: what a file there links to and
        is not on the site was left out, and is no mistake.
    """

    def __init__(
        self,
        outputs: Mapping[str, str],
        url: str,
        source: Path,
        root: str | None = None,
        partial: tuple[Path, ...] = (),
    ) -> None:
        self.root = root if root is not None else "../" * (url.count("/") - 1)
        self.found: list[Link] = []
        self.asked: dict[str, bool] = {}
        """The pages it asked for, and whether they were there: what became of the page
        holds as long as these answers do."""
        self._outputs = outputs
        self._url = url
        self._source = source
        self._partial = partial

    def resolve(self, target: str, source: Path | None = None, line: int | None = None) -> str:
        """Give the ``href`` for a link as it was written, and note it for the check.

        :param target: ``/412/``, ``/412/#contract``, ``#contract``, ``../412.md`` or an external
            address.
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
        url = self._address(path, source or self._source)
        if self._is_left_out(url, Path(held_by)):
            return _LEFT_OUT
        self.found.append(Link(target, url, unquote(anchor), held_by, line))
        if not self._ask(url) or not path:
            return target
        return self.to_page(url) + (f"#{anchor}" if anchor else "")

    def _is_left_out(self, url: str, held_by: Path) -> bool:
        is_partial = any(held_by.is_relative_to(folder) for folder in self._partial)
        return is_partial and not self._ask(url)

    def has(self, target: str) -> bool:
        """Tell whether a link leads somewhere: to a page of the site, or out of it."""
        if is_external(target):
            return True
        return self._ask(self._address(target.partition("#")[0], self._source))

    def _address(self, path: str, source: Path) -> str:
        """Give the address that a path leads to: from the root, or from the file it stands in."""
        name = unquote(path)
        if not name:
            return self._url
        if not name.startswith("/") and source == self._source:
            around = (
                self._url
                if source.stem.lower() in STARTS
                else posixpath.dirname(self._url.rstrip("/"))
            )
            name = posixpath.normpath(f"/{around}/{name}").replace("//", "/") + (
                "/" if name.endswith("/") else ""
            )
        if name in self._outputs:
            return name
        if name.endswith(".md"):
            folder, _, last = name.removesuffix(".md").rpartition("/")
            name = f"{folder}/" if last.lower() in STARTS else f"{folder}/{last}/"
        elif name.endswith(".html") and f"{name.removesuffix('.html')}/" in self._outputs:
            name = f"{name.removesuffix('.html')}/"
        # A page may be named without the slash that its address ends in.
        return f"{name}/" if f"{name}/" in self._outputs else name

    def _ask(self, url: str) -> bool:
        self.asked[url] = url in self._outputs
        return self.asked[url]

    def to_page(self, url: str) -> str:
        """Give the way to a page of the site."""
        file = self._outputs[url]
        # Naming the file lets the site work from a disk, where no server completes "/".
        return quote(file.rpartition("/")[2]) if url == self._url else self.root + quote(file)


def without_left_out(html: str) -> Markup:
    """Let only the words stay of a link to what was left out."""
    return Markup(_LEFT_OUT_LINK.sub(r"\1", html) if _LEFT_OUT in html else html)


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
        is_rooted = link.target.startswith(("/", "#"))
        hint = "" if is_rooted else "; a link starts at the root (/412/) or at its file (412.md)"
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
