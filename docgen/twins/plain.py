"""HTML of blocks to Markdown, for the twins of the pages.

It reads what the templates write: well-formed, with no ``>`` in an attribute. What a screen
reader is told stands in place of a drawing.
"""

import re
from dataclasses import dataclass
from dataclasses import field
from functools import lru_cache
from html import unescape

_TOKEN = re.compile(r"<(/?)([a-zA-Z][\w-]*)([^>]*?)/?>|<!--.*?-->|([^<]+)", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_SPACE = re.compile(r"\s+")
_ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)
_SAID = re.compile(r"<(title|desc)[^>]*>(.*?)</\1>", re.DOTALL)

_WHOLE = frozenset({"pre", "table", "svg"})
_SILENT = frozenset({"button", "script", "select", "style", "template"})
_ORNAMENT = re.compile(r'class="anchor"|aria-hidden="true"')
_PARAGRAPHS = frozenset(
    {
        *("article", "aside", "blockquote", "caption", "dd", "details", "div", "dl", "figcaption"),
        *("figure", "form", "header", "p", "section", "summary"),
    }
)
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`", "br": " ", "span": " "}


def to_markdown(html: str) -> str:
    """Give a piece of HTML as Markdown."""
    writer = _Writer()
    at = 0
    while found := _TOKEN.search(html, at):
        closing, name, attributes, text = found.groups()
        at = found.end()
        if text is not None:
            writer.inline.append(unescape(text))
        elif name is None:  # a comment
            continue
        elif closing:
            writer.close(name)
        elif name in _WHOLE:
            inner, at = _element(html, name, at)
            writer.end_paragraph()
            writer.add(_whole(name, inner))
        elif name in _SILENT or (attributes and _ORNAMENT.search(attributes)):
            _, at = _element(html, name, at)
        else:
            writer.open(name, attributes)
    writer.end_paragraph()
    return "\n\n".join(writer.parts)


@lru_cache(maxsize=1024)
def to_inline(html: str) -> str:
    """Give HTML of a sentence as Markdown of one line.

    A table has the same cell again and again, and most have nothing but text.
    """
    if "<" not in html:
        return _SPACE.sub(" ", unescape(html)).strip()
    return to_markdown(html).replace("\n\n", " ").replace("\n", " ")


@dataclass(slots=True)
class _List:
    """A list that is open.

    :param number: that of its next item, if it has numbers.
    :param indent: the white space in front of its items.
    """

    number: int | None
    indent: str

    def marker(self) -> str:
        if self.number is None:
            return f"{self.indent}- "
        self.number += 1
        return f"{self.indent}{self.number - 1}. "


@dataclass(slots=True)
class _Writer:
    """Gathers paragraphs of Markdown.

    :param inline: the parts of the paragraph that is being read.
    :param prefix: what goes before the next paragraph: a marker of a list, or its width.
    :param links: for each link that is open, its address and where in ``inline`` it starts.
    """

    parts: list[str] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    prefix: str = ""
    lists: list[_List] = field(default_factory=list)
    links: list[tuple[str, int]] = field(default_factory=list)

    def open(self, name: str, attributes: str) -> None:
        if name == "a":
            self.links.append((_value(attributes, "href"), len(self.inline)))
        elif name == "img":
            self.inline.append(_value(attributes, "alt"))
        elif name == "dd":
            pass  # it goes on where its name ended
        elif name in ("ul", "ol"):
            self.end_paragraph()
            number = int(_value(attributes, "start") or 1) if name == "ol" else None
            self.lists.append(_List(number, " " * len(self.prefix)))
        elif name == "li" and self.lists:
            self.end_paragraph()
            self.prefix = self.lists[-1].marker()
        elif name in _MARKS:
            self.inline.append(_MARKS[name] if name != "span" else "")
        elif name in _PARAGRAPHS or name in ("dt", "h2", "h3", "h4", "h5", "h6"):
            self.end_paragraph()
            if name == "section" and (label := _value(attributes, "aria-label")):
                self.add(f"**{label}**")

    def close(self, name: str) -> None:
        if name == "a" and self.links:
            href, start = self.links.pop()
            self.inline[start:] = [f"[{''.join(self.inline[start:]).strip()}]({href})"]
        elif name == "dt":
            self.inline[:] = [f"**{''.join(self.inline).strip()}**: "]
        elif name in ("ul", "ol") and self.lists:
            self.end_paragraph()
            self.prefix = self.lists.pop().indent
        elif name in _MARKS:
            self.inline.append(_MARKS[name])
        elif name[0] == "h" and name[1:].isdigit():
            self.inline.insert(0, "#" * int(name[1]) + " ")
            self.end_paragraph()
        elif name in _PARAGRAPHS or name == "li":
            self.end_paragraph()

    def end_paragraph(self) -> None:
        if self.inline:
            text = _SPACE.sub(" ", "".join(self.inline)).strip()
            self.inline.clear()
            self.links.clear()
            self.add(text)

    def add(self, text: str) -> None:
        """Add a paragraph, under the item of a list where one is open."""
        if text:
            indent = " " * len(self.prefix)
            if indent:
                text = re.sub(r"\n(?=[^\n])", f"\n{indent}", text)
            self.parts.append(self.prefix + text)
            self.prefix = indent


def _value(attributes: str, name: str) -> str:
    """Give the value of an attribute; empty where there is none."""
    start = f" {attributes}".find(f' {name}="')
    return unescape(attributes[start:].split('"', 2)[1]) if start >= 0 else ""


def _whole(name: str, inner: str) -> str:
    if name == "pre":
        code = unescape(_TAG.sub("", inner)).strip("\n")
        fence = "````" if "```" in code else "```"
        return f"{fence}\n{code}\n{fence}"
    if name == "svg":
        return "\n\n".join(unescape(_TAG.sub("", said)).strip() for _, said in _SAID.findall(inner))
    rows = [
        [to_inline(cell).replace("|", "\\|") for cell in _CELL.findall(row)]
        for row in _ROW.findall(inner)
    ]
    columns = max(map(len, rows), default=0)
    if "<thead" not in inner:
        rows.insert(0, [""] * columns)
    rows.insert(1, ["---"] * columns)
    return "\n".join("| " + " | ".join(row + [""] * (columns - len(row))) + " |" for row in rows)


def _element(html: str, name: str, start: int) -> tuple[str, int]:
    """Give what stands within an element, and where it ends."""
    depth = 1
    for found in re.compile(rf"<(/?){name}\b[^>]*>").finditer(html, start):
        depth += -1 if found[1] else 1
        if depth == 0:
            return html[start : found.start()], found.end()
    return html[start:], len(html)
