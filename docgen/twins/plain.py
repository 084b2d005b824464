"""HTML of blocks to Markdown, for the twins of the pages.

It reads what the templates write: well-formed, with no ``>`` in an attribute. What a screen
reader is told stands in place of a drawing.
"""

import re
from dataclasses import dataclass
from dataclasses import field
from functools import lru_cache
from html import unescape

from . import commonmark

_TOKEN = re.compile(r"([^<]*+)<(/?)([a-zA-Z][\w-]*)([^>]*)>")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)
_SAID = re.compile(r"<(title|desc)[^>]*>(.*?)</\1>", re.DOTALL)
_WORD_GOES_ON = re.compile(r"(?:</?(?:b|em|i|span|strong)\b[^>]*>)*[^\W_]")

_WHOLE = frozenset({"blockquote", "pre", "svg", "table"})
_SILENT = frozenset({"button", "script", "select", "style", "template"})
_ORNAMENT = re.compile(r'class="anchor"|aria-hidden="true"')
_PARAGRAPHS = frozenset(
    {
        *("article", "aside", "caption", "dd", "details", "div", "dl", "figcaption"),
        *("figure", "form", "header", "p", "section", "summary"),
    }
)
_HEADINGS = {f"h{level}": level for level in range(2, 7)}
_MARKS = {
    "strong": "**",
    "b": "**",
    "em": "*",
    "i": "*",
    "s": "~~",
    "del": "~~",
    "dt": "**",
    "a": "",
}


def to_markdown(html: str) -> str:
    """Give a piece of HTML as Markdown."""
    return "\n\n".join(_read(html, _Writer()))


@lru_cache(maxsize=1024)
def to_inline(html: str) -> str:
    """Give HTML of a sentence as Markdown of one line, to stand within another.

    A table has the same cell again and again, and most have nothing but text.
    """
    if "<" not in html:
        return commonmark.escape_line(unescape(html))
    return " ".join(_read(html, _Writer(starts_line=False))).replace("\n", " ")


def _read(html: str, writer: "_Writer") -> list[str]:
    if "<!--" in html:
        html = _COMMENT.sub("", html)
    at = 0
    while found := _TOKEN.search(html, at):
        text, closing, name, attributes = found.groups()
        at = found.end()
        if text:
            writer.read(text)
        if closing:
            if name in _MARKS:
                writer.close_mark(name, _WORD_GOES_ON.match(html, at) is not None)
            else:
                writer.close(name)
        elif name == "code":
            inner, at = _element(html, name, at)
            writer.put_code(_text(inner))
        elif name in _WHOLE:
            inner, at = _element(html, name, at)
            writer.end_paragraph()
            writer.add(_whole(name, inner))
        elif name in _SILENT or (attributes and _ORNAMENT.search(attributes)):
            _, at = _element(html, name, at)
        elif name != "span":
            writer.open(name, attributes)
    writer.read(html[at:])
    writer.end_paragraph()
    return writer.parts


@dataclass(slots=True)
class _List:
    """A list that is open.

    :param number: that of its next item, if it has numbers.
    :param indent: what stands in front of its next item: the white space of the list, but for
        the first of an item that starts with a list.
    """

    number: int | None
    indent: str

    def marker(self) -> str:
        indent, self.indent = self.indent, " " * len(self.indent)
        if self.number is None:
            return f"{indent}- "
        self.number += 1
        return f"{indent}{self.number - 1}. "


@dataclass(slots=True)
class _Mark:
    """A link or an emphasis that is open.

    :param href: the address of a link.
    :param start: where it starts in the paragraph.
    """

    name: str
    href: str
    start: int


@dataclass(slots=True)
class _Writer:
    """Gathers paragraphs of Markdown.

    :param starts_line: whether its paragraphs stand at the start of a line.
    :param text: the text that is being read, not yet escaped.
    :param inline: the parts of the paragraph before it.
    :param marks: what is open in the paragraph.
    :param prefix: what goes before the next paragraph: a marker of a list, or its width.
    """

    starts_line: bool = True
    parts: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    marks: list[_Mark] = field(default_factory=list)
    prefix: str = ""
    lists: list[_List] = field(default_factory=list)

    def read(self, html: str) -> None:
        """Take text, but for white space at the start of a paragraph."""
        if self.text or self.inline or not html.isspace():
            self.text.append(unescape(html))

    def open(self, name: str, attributes: str) -> None:
        """Begin an element."""
        if name in _MARKS:
            if name == "dt":
                self.end_paragraph()
            self.end_text()
            self.marks.append(_Mark(name, _value(attributes, "href"), len(self.inline)))
        elif name == "img":
            self.text.append(_value(attributes, "alt"))
        elif name == "br":
            self.read(" ")
        elif name == "input" and "task-list-item-checkbox" in attributes:
            self.end_text()
            self.inline.append("[x]" if "checked" in attributes else "[ ]")
        elif name == "dd":
            pass  # it goes on where its name ended
        elif name == "hr":
            self.end_paragraph()
            self.add("---")
        elif name in ("ul", "ol"):
            self.end_paragraph()
            number = int(_value(attributes, "start") or 1) if name == "ol" else None
            self.lists.append(_List(number, self.prefix))
        elif name == "li" and self.lists:
            self.end_paragraph()
            self.prefix = self.lists[-1].marker()
        elif name in _PARAGRAPHS or name in _HEADINGS:
            self.end_paragraph()
            if name == "section" and (label := _value(attributes, "aria-label")):
                self.add(f"**{commonmark.escape(label)}**")

    def close(self, name: str) -> None:
        """End an element."""
        if name in ("ul", "ol") and self.lists:
            self.end_paragraph()
            self.prefix = self.lists.pop().indent
        elif name in _HEADINGS:
            self.add(commonmark.heading(_HEADINGS[name], self.take()))
        elif name in _PARAGRAPHS or name == "li":
            self.end_paragraph()

    def close_mark(self, name: str, goes_on: bool) -> None:
        """Enclose what was read since a mark was opened.

        :param goes_on: whether a word goes on right behind it.
        """
        if not self.marks or self.marks[-1].name != name:  # its paragraph ended before it
            return
        self.end_text()
        mark = self.marks.pop()
        inner = "".join(self.inline[mark.start :])
        before = self.inline[mark.start - 1] if mark.start else ""
        if name == "a":
            inner = commonmark.link(inner, mark.href)
        elif all(_MARKS[around.name] != _MARKS[name] for around in self.marks):
            inner = commonmark.emphasise(inner, _MARKS[name], before, goes_on)
        if name == "dt":
            inner = f"{inner.strip()}: "
        self.inline[mark.start :] = [inner] if inner else []

    def put_code(self, code: str) -> None:
        """Take a span of code."""
        self.end_text()
        if self.inline and self.inline[-1].endswith("`"):  # two fences would be one
            self.inline.append(" ")
        self.inline.append(commonmark.code_span(code))

    def end_text(self, edge: str = "") -> None:
        """Escape the text that was read.

        :param edge: white space, where nothing comes behind it.
        """
        if self.text:
            text = "".join(self.text) + edge
            self.text.clear()
            if not self.inline and not self.marks:  # nothing comes before it either
                text = f" {text}"
            in_link = bool(self.marks) and any(mark.name == "a" for mark in self.marks)
            self.inline.append(commonmark.escape(text, in_link=in_link))

    def take(self) -> str:
        """Give the sentences that were read since the last paragraph, in one line."""
        self.end_text(" ")
        self.marks.clear()
        text = " ".join("".join(self.inline).split())
        self.inline.clear()
        return text

    def end_paragraph(self) -> None:
        """Make a paragraph of what was read since the last one."""
        if self.text or self.inline:
            text = self.take()
            self.add(commonmark.paragraph(text) if self.starts_line else text)

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


def _text(html: str) -> str:
    return unescape(_TAG.sub("", html))


def _whole(name: str, inner: str) -> str:
    if name == "blockquote":
        return commonmark.quote(to_markdown(inner))
    if name == "pre":
        return commonmark.code_block(_text(inner).strip("\n"))
    if name == "svg":
        said = (commonmark.escape_line(_text(text)) for _, text in _SAID.findall(inner))
        return "\n\n".join(map(commonmark.paragraph, said))
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
    end = html.find(f"</{name}>", start)
    if end >= 0 and html.find(f"<{name}", start, end) < 0:
        return html[start:end], end + len(name) + 3
    depth = 1
    for found in re.compile(rf"<(/?){name}\b[^>]*>").finditer(html, start):
        depth += -1 if found[1] else 1
        if depth == 0:
            return html[start : found.start()], found.end()
    return html[start:], len(html)
