"""From a published page back to the file and line that somebody wrote."""

import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from ..page.anchors import slugify
from ..page.document import Document
from ..sources.data import line_of
from ..sources.data import read_text
from ..sources.errors import display_path

_PLACEHOLDER = re.compile(r"\bTODO\b|(?i:\blorem ipsum\b)|\bWrite your own words here\b")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_CODE = re.compile(r"(`+)[^`].*?\1")
_HEADING = re.compile(r"\s*#{1,6}\s+(.*?)\s*(?:\{\s*:?\s*#([\w.:-]+)\s*\})?\s*#*\s*$")
_ARTICLE = re.compile(r"<article\b.*?</article>", re.DOTALL)


class Places:
    """Where the parts of published pages come from.

    :param output: the directory of the site.
    :param pages: the file of each page, by its address.
    :param templates: the directories of templates of the site's own.
    """

    def __init__(self, output: Path, pages: Mapping[str, Path], templates: Sequence[Path]) -> None:
        self._output = output
        self._pages = {f"{url[1:]}index.html": path for url, path in pages.items()}
        if "/404/" in pages:
            self._pages["404.html"] = pages["/404/"]
        self._templates = templates

    def of(self, name: str, line: int | None, needle: str = "") -> str:
        """Give the place of a finding as ``file:line``, the form that editors open.

        :param name: the file of the page in the site.
        :param line: the line of its HTML; ``None`` for the page as a whole.
        :param needle: what the source may say of it.
        """
        source = self._pages.get(name)
        if line is None:
            return display_path(source) if source else name
        html = (self._output / name).read_text(encoding="utf-8")
        found = _ARTICLE.search(html)
        start = html.count("\n", 0, found.start()) + 1 if found else 1
        end = html.count("\n", 0, found.end()) + 1 if found else 0
        if source is None or not start <= line <= end:
            return self._in_templates(needle)
        written = (line_of(source, needle) if needle else None) or _heading_above(
            source, html, line
        )
        return f"{display_path(source)}:{written}"

    def _in_templates(self, needle: str) -> str:
        """Find the template that every page has it from."""
        for folder in self._templates:
            for path in sorted(folder.rglob("*.html")):
                written = line_of(path, needle) if needle else None
                if written:
                    return f"{display_path(path)}:{written}"
        folders = [display_path(folder) for folder in self._templates]
        return " or ".join(folders) or "page.html"


def _heading_above(source: Path, html: str, line: int) -> int:
    """Find the line of the heading in a source under which a line of its HTML stands."""
    above = ""
    for heading in Document(Markup(html)).headings:
        if html.count("\n", 0, heading.start) + 1 > line:
            break
        above = heading.id
    # An id with a number at its end may be that of a heading that is there twice.
    wanted = {above, re.sub(r"-\d+$", "", above)}
    for number, text in _prose(read_text(source)):
        found = _HEADING.match(text)
        if found and (found[2] or slugify(found[1])) in wanted:
            return number
    return 1


def find_placeholders(sources: Iterable[Path]) -> Iterator[str]:
    """List the words that somebody meant to replace, outside of code."""
    for source in sources:
        for number, text in _prose(read_text(source)):
            if found := _PLACEHOLDER.search(_CODE.sub("", text)):
                where = f"{display_path(source)}:{number}"
                yield f"{where}: “{found[0]}” holds a place; write what belongs there"


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """Give the lines of a text that are no code, with their numbers."""
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        found = _FENCE.match(line)
        if fence:
            if found and found[1].startswith(fence):
                fence = ""
        elif found:
            fence = found[1]
        else:
            yield number, line
