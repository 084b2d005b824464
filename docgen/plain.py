"""HTML of blocks to Markdown, for the twins of the pages.

It reads what the templates write: well-formed, with no ``>`` in an attribute. What a screen
reader is told stands in place of a drawing.
"""

import re
from dataclasses import dataclass
from dataclasses import field
from html import unescape

_TOKEN = re.compile(r"<(/?)([a-zA-Z][\w-]*)([^>]*?)/?>|<!--.*?-->|([^<]+)", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_VOID = frozenset({"br", "circle", "hr", "img", "input", "line", "path", "polyline", "rect", "wbr"})
_PARAGRAPHS = frozenset(
    {
        *("article", "aside", "blockquote", "div", "dl", "figcaption", "figure", "header"),
        *("p", "section", "summary", "details", "legend", "form", "caption"),
    }
)
_SILENT = frozenset({"button", "script", "style", "template", "select"})
_HEADING = re.compile(r"h[1-6]")


@dataclass(slots=True)
class _Writer:
    """Gathers lines of Markdown."""

    parts: list[str] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    prefix: str = ""

    def end_paragraph(self, before: str = "", after: str = "") -> None:
        text = re.sub(r"\s+", " ", "".join(self.inline)).strip()
        self.inline.clear()
        if text:
            self.parts.append(f"{self.prefix}{before}{text}{after}")
            self.prefix = " " * len(self.prefix) if self.prefix.strip() else self.prefix


def to_markdown(html: str) -> str:
    """Give a piece of HTML as Markdown."""
    writer = _Writer()
    _write(writer, html)
    writer.end_paragraph()
    return "\n\n".join(writer.parts)


def to_inline(html: str) -> str:
    """Give HTML of a sentence as Markdown of one line."""
    return to_markdown(html).replace("\n\n", " ")


def _write(writer: _Writer, html: str) -> None:
    at = 0
    lists: list[int | None] = []  # the next number of each open list
    while found := _TOKEN.search(html, at):
        at = found.end()
        closing, name, attributes, text = found.groups()
        if text is not None:
            writer.inline.append(unescape(text))
        elif name is None:
            continue
        elif name in ("pre", "table", "svg", *_SILENT) and not closing:
            inner, at = _element(html, name, found.end())
            _write_whole(writer, name, attributes, inner)
        elif name in ("ul", "ol"):
            writer.end_paragraph()
            if closing:
                del lists[-1:]
                writer.prefix = "  " * (len(lists) - 1)
            else:
                start = dict(_ATTRIBUTE.findall(attributes)).get("start", "1")
                lists.append(None if name == "ul" else int(start))
        elif name == "li":
            writer.end_paragraph()
            if not closing and lists:
                number = lists[-1]
                marker = "- " if number is None else f"{number}. "
                lists[-1] = number and number + 1
                writer.prefix = "  " * (len(lists) - 1) + marker
        else:
            _write_tag(writer, name, attributes, bool(closing))


def _write_tag(writer: _Writer, name: str, attributes: str, closing: bool) -> None:
    inline = writer.inline
    if name in ("strong", "b"):
        inline.append("**")
    elif name in ("em", "i"):
        inline.append("*")
    elif name == "code":
        inline.append("`")
    elif name == "a":
        if 'class="anchor"' in attributes:
            inline.append("\ue002")
        elif closing:
            _close_link(inline)
        else:
            inline.append(f"\ue003{dict(_ATTRIBUTE.findall(attributes)).get('href', '')}\ue004")
    elif name == "br":
        inline.append(" ")
    elif name == "img":
        inline.append(dict(_ATTRIBUTE.findall(attributes)).get("alt", ""))
    elif _HEADING.fullmatch(name):
        writer.end_paragraph("#" * int(name[1]) + " " if closing else "")
    elif name == "dt":
        if closing:
            inline[:] = [f"**{''.join(inline).strip()}**: "]
        else:
            writer.end_paragraph()
    elif name == "dd":
        if closing:
            writer.end_paragraph()
    elif name in _PARAGRAPHS:
        writer.end_paragraph()
        label = dict(_ATTRIBUTE.findall(attributes)).get("aria-label")
        if label and name == "section" and not closing:
            writer.parts.append(f"**{unescape(label)}**")
    elif name == "span":
        inline.append(" " if closing else "")


def _close_link(inline: list[str]) -> None:
    place = next((at for at in reversed(range(len(inline))) if inline[at][:1] == "\ue003"), None)
    if "\ue002" in inline:
        del inline[inline.index("\ue002") :]
    elif place is not None:
        text = "".join(inline[place + 1 :]).strip()
        href = unescape(inline[place][1:-1])
        inline[place:] = [f"[{text}]({href})"]


def _write_whole(writer: _Writer, name: str, attributes: str, inner: str) -> None:
    if name == "pre":
        writer.end_paragraph()
        code = unescape(_TAG.sub("", inner)).strip("\n")
        fence = "````" if "```" in code else "```"
        writer.parts.append(f"{fence}\n{code}\n{fence}")
    elif name == "table":
        writer.end_paragraph()
        writer.parts.append(_table(inner))
    elif name == "svg":
        said = re.findall(r"<(?:title|desc)[^>]*>(.*?)</(?:title|desc)>", inner, re.DOTALL)
        writer.end_paragraph()
        writer.parts += [unescape(_TAG.sub("", text)).strip() for text in said]


def _table(inner: str) -> str:
    rows = []
    for row in re.findall(r"<tr[^>]*>(.*?)</tr>", inner, re.DOTALL):
        cells = re.findall(r"<t([hd])[^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        rows.append([to_inline(cell).replace("|", "\\|").replace("\n", " ") for _, cell in cells])
    if not rows:
        return ""
    columns = max(map(len, rows))
    if "<thead" not in inner:
        rows.insert(0, [""] * columns)
    rows.insert(1, ["---"] * columns)
    return "\n".join("| " + " | ".join(row + [""] * (columns - len(row))) + " |" for row in rows)


def _element(html: str, name: str, start: int) -> tuple[str, int]:
    """Give what stands within an element, and where it ends."""
    depth = 1
    for found in re.finditer(rf"<(/?){name}\b[^>]*?(/?)>", html[start:]):
        if found[2]:
            continue
        depth += -1 if found[1] else 1
        if depth == 0:
            return html[start : start + found.start()], start + found.end()
    return html[start:], len(html)
