"""Links within the site: written from its root, published relative, checked at the end."""

import re
from collections.abc import Iterable
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote
from urllib.parse import unquote

import msgspec

from .data import line_of
from .errors import BuildError

_RUNS = re.compile(r"(?:data|file|javascript|vbscript):", re.IGNORECASE)
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")  # RFC 3986 §3.1


class Link(msgspec.Struct, frozen=True):
    """A link to an anchor, which can be checked once every page is rendered.

    :param url: the page that has the anchor.
    :param source: the file that holds the link.
    """

    target: str
    url: str
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
        self.to_anchors: list[Link] = []
        self.errors: list[BuildError] = []
        self.asked: dict[str, bool] = {}
        """The pages it asked for, and whether they were there: what became of the page
        holds as long as these answers do."""
        self._outputs = outputs
        self._url = url
        self._source = source

    def resolve(self, target: str, source: Path | None = None, line: int | None = None) -> str:
        """Give the ``href`` for a link as it was written.

        :param target: ``/412/``, ``/412/#contract``, ``#contract`` or an external address.
        :param source: the file that holds it, for the report of a dead one; the page's by
            default.
        :param line: its line, found in the file when it is not given.
        """
        source = source or self._source
        if is_external(target):
            if _RUNS.match(target):
                message = "a link leads to a place, and does not run or hold anything"
                self.errors.append(_dead(target, source, line, message))
            return target
        path, _, anchor = target.partition("#")
        url = unquote(path) or self._url
        if not self._ask(url):
            hint = "" if target.startswith(("/", "#")) else "; links start at the root: /412/"
            self.errors.append(_dead(target, source, line, f"no page '{url}'{hint}"))
            return target
        if anchor:
            self.to_anchors.append(Link(target, url, unquote(anchor), str(source), line))
        if not path:
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


def check_anchors(links: Iterable[Link], anchors: Mapping[str, frozenset[str]]) -> list[BuildError]:
    """List the links to anchors that are not there.

    :param anchors: the anchors of each page, by its address. What is no page, such as a
        PDF, has anchors of its own kind.
    """
    found = []
    for link in links:
        there = anchors.get(link.url)
        if there is not None and link.anchor not in there:
            known = ", ".join(sorted(there)) or "none"
            message = f"no anchor '#{link.anchor}' on {link.url}; it has: {known}"
            found.append(_dead(link.target, Path(link.source), link.line, message))
    return found


def _dead(target: str, source: Path, line: int | None, problem: str) -> BuildError:
    if line is None:
        line = line_of(source, target)
    return BuildError(source, line, f"dead link {target}: {problem}")
