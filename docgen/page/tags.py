"""Tags in a text: a few that mean something and can do nothing are taken, others are named."""

import re
from collections.abc import Callable
from collections.abc import Container
from collections.abc import Iterator
from collections.abc import Mapping
from html import unescape
from string import ascii_letters

from markupsafe import escape

from ..sources.languages import Word

_WITHIN_A_SENTENCE = frozenset(
    {
        *("a", "abbr", "b", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q"),
        *("s", "samp", "small", "span", "strong", "sub", "sup", "u", "var"),
    }
)
_AROUND_PARAGRAPHS = frozenset(
    {
        *("blockquote", "caption", "dd", "details", "div", "dl", "dt", "figcaption"),
        *("figure", "li", "ol", "p", "summary", "table", "tbody", "td", "tfoot", "th", "thead"),
        *("tr", "ul"),
    }
)
_ALONE = frozenset({"br", "hr", "img", "wbr"})
_TAKEN = _WITHIN_A_SENTENCE | _AROUND_PARAGRAPHS | _ALONE
_ENDS = {
    "li": ("li",),
    **dict.fromkeys(("dd", "dt"), ("dd", "dt")),
    **dict.fromkeys(("td", "th"), ("td", "th", "tr")),
    "tr": ("tr",),
}
"""Elements whose end may be left out, and what begins behind it (HTML §13.1.2.4)."""

_END_OF = {"table": "</table></div>"}
_MARKDOWN = {
    "center": 'write `<div align="center">`',
    "h1": "write the title as `# Title`, first of all",
    **{f"h{level}": f"write `{'#' * level} Heading`" for level in range(2, 7)},
}
_PART = re.compile(
    r"<!--(?P<comment>.*?)(?P<end>-->|\Z)|<(?P<closing>/?)(?P<name>[a-zA-Z][\w-]*+)(?P<rest>[^<>]*+)>|<",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"\s*+(?P<name>[^\s=\"'<>/]++)"
    r"(?:\s*+=\s*+(?:\"(?P<double>[^\"]*+)\"|'(?P<single>[^']*+)'|(?P<bare>[^\s\"'=<>`]++)))?"
)
_NAME = r"\S+"
_BEGINS_A_TAG = (*ascii_letters, "/", "!", "?")
_OF_ANY = {
    "class": r"[\w -]*",
    "dir": r"ltr|rtl|auto",
    "id": _NAME,
    "lang": r"[\w-]+",
    "markdown": r"|1|block|span",
    "title": r".*",
}
_PLACED = {"align": r"center|left|right"}
_SIZE = {"height": r"\d{1,4}(?:px)?", "width": r"\d{1,4}(?:px)?"}
_CELL = {**_PLACED, "colspan": r"\d{1,3}", "rowspan": r"\d{1,3}"}
_LINKS = {"a": "href", "img": "src"}
_ATTRIBUTES: dict[str, dict[str, str]] = {
    "a": {"href": r".+", "name": _NAME, "rel": r"[\w -]*", "target": r"_\w+"},
    "details": {"open": r"|open"},
    "div": _PLACED,
    "img": {**_SIZE, **_PLACED, "alt": r".*", "loading": r"lazy|eager", "src": r".+"},
    "ol": {"start": r"\d{1,4}", "type": r"[1aAiI]"},
    "p": _PLACED,
    "td": _CELL,
    "th": {**_CELL, "scope": r"col|row"},
}

_HINTS = {
    "style": "give it a class, and that a look in a stylesheet of yours (`css` in site.toml)",
    **dict.fromkeys(_SIZE, "write a number of pixels"),
}
_RIGHT_BELOW = re.compile(r"<\w[^<>]*\smarkdown(?:=[^<>]*+)?>[ \t]*\n?[ \t]*[^\s<]")

Resolve = Callable[[str, int], str]
"""Turns the target of a link and its line in the text into an ``href``."""


class Tags:
    """The tags of a text, which have to be closed in their order.

    :param word: gives a word of the interface.
    :param taken: the ids that the frame of a page has.
    """

    def __init__(self, resolve: Resolve, word: Word, taken: Container[str] = ()) -> None:
        self.doubts: list[tuple[int, str]] = []
        self._resolve = resolve
        self._word = word
        self._taken = taken
        self._open: list[tuple[str, int]] = []
        self._refused: set[str] = set()

    def take(self, html: str, line: int) -> tuple[str, list[tuple[int, str]]]:
        """Give the HTML of a token without comments, and what is wrong in it with its line."""
        mistakes: list[tuple[int, str]] = []

        def replace(found: re.Match[str]) -> str:
            here = line + html.count("\n", 0, found.start())
            if found["comment"] is not None:
                if not found["end"]:
                    mistakes.append((here, "this comment is never closed; add `-->`"))
                return ""
            if not found["name"] and html[found.end() : found.end() + 1] not in _BEGINS_A_TAG:
                return "&lt;"
            text, problem = self._read(found, here)
            if problem:
                mistakes.append((here, problem))
            return text

        if found := _RIGHT_BELOW.search(html):
            message = "put a blank line below this tag: what is right below it is HTML"
            mistakes.append((line + html.count("\n", 0, found.start()), message))
        return _PART.sub(replace, html), mistakes

    def left_open(self) -> Iterator[tuple[int, str]]:
        """Name the tags that are never closed, each with its line."""
        for name, line in self._open:
            yield line, f"<{name}> is never closed; add </{name}>"

    def give(self, name: str, given: Mapping[str, str], line: int) -> tuple[dict[str, str], str]:
        """Give the attributes of an element as they are published, and what is wrong with them."""
        allowed = {**_OF_ANY, **_ATTRIBUTES.get(name, {})}
        for key, text in given.items():
            if key.startswith("data-"):
                continue
            if key not in allowed or not re.fullmatch(allowed[key], text, re.DOTALL):
                hint = _HINTS.get(key) or f"it may have {', '.join(sorted(allowed))}"
                shown = f'{key}="{text}"'.partition("\n")[0][:60]
                return {}, f"<{name}> has an attribute that a page may not give it: {shown}; {hint}"
        kept = {key: text for key, text in given.items() if key != "markdown"}
        if "name" in kept:
            kept = {"id": kept.pop("name"), **kept}
        if kept.get("id") in self._taken:
            return {}, f"the anchor `#{kept['id']}` is taken on this page; choose another"
        if (link := _LINKS.get(name)) in kept:
            kept[link] = self._resolve(kept[link], line)
        if "align" in kept:  # a strict policy refuses a style, and HTML has no such attribute
            placed = f"align-{kept.pop('align')} {kept.pop('class', '')}".strip()
            kept = {"class": placed, **kept}
        for key in _SIZE.keys() & kept.keys():
            kept[key] = kept[key].removesuffix("px")
        return kept, ""

    def _read(self, found: re.Match[str], line: int) -> tuple[str, str]:
        """Give a tag as it is published, and what is wrong with it.

        Of a tag that was refused before, nothing is left to say.
        """
        name = (found["name"] or "").lower()
        if name not in _TAKEN:
            if found["closing"] and name in self._refused:  # told where it was opened
                return "", ""
            self._refused.add(name)
            instead = _MARKDOWN.get(name, "put it in backticks where it is meant as text")
            tag = found[0][:40].split()[0].rstrip(">")
            return "", f"{tag}> is no tag that a page may have; {instead}"
        if found["closing"]:
            if name in _ALONE:
                return "", ""
            ends = self._ends_before(lambda inner: inner != name)
            if not self._open or self._open[-1][0] != name:
                return "", f"</{name}> closes nothing that is open here"
            self._open.pop()
            return ends + _END_OF.get(name, f"</{name}>"), ""
        ends = self._ends_before(lambda inner: name in _ENDS[inner])
        is_closed = found["rest"].endswith("/")
        if name not in _ALONE and not is_closed:
            self._open.append((name, line))
        text, problem = self._with_attributes(name, found["rest"].rstrip("/ \t\n"), line)
        if name == "table":
            text = f"{table_frame(self._word)}{text}"
        text = f"{text}</{name}>" if is_closed and name not in _ALONE else text
        return f"{ends}{text}", problem

    def _ends_before(self, is_over: Callable[[str], bool]) -> str:
        """Close what is over without an end tag of its own."""
        ends = ""
        while self._open and self._open[-1][0] in _ENDS and is_over(self._open[-1][0]):
            ends += f"</{self._open.pop()[0]}>"
        return ends

    def _with_attributes(self, name: str, rest: str, line: int) -> tuple[str, str]:
        given: dict[str, str] = {}
        at = 0
        while at < len(rest):
            found = _ATTRIBUTE.match(rest, at)
            if found is None:
                shown = rest[at:].strip().partition("\n")[0][:60]
                return "", f"<{name}> has an attribute that cannot be read: {shown}"
            value = found["double"] or found["single"] or found["bare"]
            given[found["name"].lower()] = unescape(value or "")
            at = found.end()
        kept, problem = self.give(name, given, line)
        if problem:
            return "", problem
        if name == "img" and "src" not in kept:
            return "", "<img> needs src"
        if name == "img" and "alt" not in kept:
            kept["alt"] = ""
            told = '<img> says to nobody what it shows; add alt="…" (alt="" for a decoration)'
            self.doubts.append((line, told))
        shown = "".join(
            f' {key}="{escape(text)}"' if text or key == "alt" else f" {key}"
            for key, text in kept.items()
        )
        return f"<{name}{shown}>", ""


def table_frame(word: Word) -> str:
    """Give what stands around a table.

    A wide one scrolls within it, and the keyboard must be able to reach it.
    """
    label = escape(word("Table"))
    return f'<div class="table" role="group" aria-label="{label}" tabindex="0">'
