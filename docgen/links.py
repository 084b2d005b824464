"""Links within the site: written from its root, published relative, checked at the end."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from .data import line_of
from .errors import BuildError

EXTERNAL = ("https://", "http://", "mailto:")


@dataclass(frozen=True, slots=True)
class Link:
    """A link to an anchor, which can be checked once every page is rendered."""

    target: str
    url: str
    anchor: str
    source: Path
    line: int | None


@dataclass(slots=True)
class Links:
    """The links of a site.

    :param outputs: the file of each page, by its address.
    """

    outputs: Mapping[str, str]
    to_anchors: list[Link] = field(default_factory=list)
    errors: list[BuildError] = field(default_factory=list)

    def resolve(self, target: str, page_url: str, source: Path, line: int | None = None) -> str:
        """Give the ``href`` for a link as it was written.

        :param target: ``/412/``, ``/412/#contract``, ``#contract`` or an external address.
        :param page_url: the page that shows the link.
        :param source: the file that holds it, for the report of a dead one.
        :param line: its line, found in the file when it is not given.
        """
        if target.startswith(EXTERNAL):
            return target
        path, _, anchor = target.partition("#")
        url = path or page_url
        if url not in self.outputs:
            hint = "" if target.startswith(("/", "#")) else "; links start at the root: /412/"
            self._report(target, source, line, f"no page '{url}'{hint}")
            return target
        if anchor:
            self.to_anchors.append(Link(target, url, anchor, source, line))
        if not path:
            return target
        return self.relative(self.outputs[url], page_url) + (f"#{anchor}" if anchor else "")

    def relative(self, file: str, page_url: str) -> str:
        """Give the way from a page to a file of the site."""
        return posixpath.relpath(file, posixpath.dirname(self.outputs[page_url]) or ".")

    def check(self, anchors: Mapping[str, frozenset[str]]) -> list[BuildError]:
        """List the dead links.

        :param anchors: the anchors of each page, by its address.
        """
        for link in self.to_anchors:
            if link.anchor not in anchors[link.url]:
                known = ", ".join(sorted(anchors[link.url])) or "none"
                message = f"no anchor '#{link.anchor}' on {link.url}; it has: {known}"
                self._report(link.target, link.source, link.line, message)
        return self.errors

    def _report(self, target: str, source: Path, line: int | None, problem: str) -> None:
        if line is None:
            line = line_of(source, target)
        self.errors.append(BuildError(source, line, f"dead link {target}: {problem}"))
