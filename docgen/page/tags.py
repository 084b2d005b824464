"""Tags in a text: a few that mean something and can do nothing are taken, others are named."""

import re
from collections.abc import Callable
from collections.abc import Iterator
from html import unescape

from markupsafe import escape

_WITHIN_A_SENTENCE = frozenset(
    {
        *("a", "abbr", "b", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q"),
        *("s", "samp", "small", "span", "strong", "sub", "sup", "u", "var"),
    }
)
_AROUND_PARAGRAPHS = frozenset({"details", "div", "figcaption", "figure", "p", "summary"})
_ALONE = frozenset({"br", "hr", "img", "wbr"})
_TAKEN = _WITHIN_A_SENTENCE | _AROUND_PARAGRAPHS | _ALONE
_MARKDOWN = {
    "h1": "write the title as `# Title`, first of all",
    "table": "write it with `|`",
    **{f"h{level}": f"write `{'#' * level} Heading`" for level in range(2, 7)},
}
_PART = re.compile(
    r"<!--(?P<comment>.*?)-->|<(?P<closing>/?)(?P<name>[a-zA-Z][\w-]*+)(?P<rest>[^<>]*+)>|<",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"\s*+(?P<name>[^\s=\"'<>/]++)"
    r"(?:\s*+=\s*+(?:\"(?P<double>[^\"]*+)\"|'(?P<single>[^']*+)'|(?P<bare>[^\s\"'=<>`]++)))?"
)
_OF_ANY = {"dir": r"ltr|rtl|auto", "lang": r"[\w-]+"}
_SIZE = {"height": r"\d{1,4}", "width": r"\d{1,4}"}
_LINKS = {"a": "href", "img": "src"}
_ATTRIBUTES: dict[str, dict[str, str]] = {
    "a": {"href": r".+", "id": r"[\w.:-]+", "name": r"[\w.:-]+", "title": r".*"},
    "abbr": {"title": r".*"},
    "details": {"open": r"|open"},
    "div": {**_OF_ANY, "align": r"center|left|right"},
    "img": {**_SIZE, "alt": r".*", "src": r".+", "title": r".*"},
    "p": {**_OF_ANY, "align": r"center|left|right"},
    "span": _OF_ANY,
}

Resolve = Callable[[str, int], str]
"""Turns the target of a link and its line in the text into an ``href``."""


class Tags:
    """The tags of a text, which have to be closed in their order."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._open: list[tuple[str, int]] = []
        self._refused: set[str] = set()

    def take(self, html: str, line: int) -> tuple[str, list[tuple[int, str]]]:
        """Give the HTML of a token without comments, and what is wrong in it with its line."""
        mistakes: list[tuple[int, str]] = []

        def replace(found: re.Match[str]) -> str:
            here = line + html.count("\n", 0, found.start())
            if found["comment"] is not None:
                return ""
            text, problem = self._read(found, here)
            if problem:
                mistakes.append((here, problem))
            return text

        return _PART.sub(replace, html), mistakes

    def left_open(self) -> Iterator[tuple[int, str]]:
        """Name the tags that are never closed, each with its line."""
        for name, line in self._open:
            yield line, f"<{name}> is never closed; add </{name}>"

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
            if not self._open or self._open[-1][0] != name:
                return "", f"</{name}> closes nothing that is open here"
            self._open.pop()
            return f"</{name}>", ""
        if name not in _ALONE:
            self._open.append((name, line))
        return self._with_attributes(name, found["rest"].rstrip("/ \t\n"), line)

    def _with_attributes(self, name: str, rest: str, line: int) -> tuple[str, str]:
        allowed = _ATTRIBUTES.get(name, {})
        given: dict[str, str] = {}
        at = 0
        while at < len(rest):
            found = _ATTRIBUTE.match(rest, at)
            key = found["name"].lower() if found else ""
            value = found and (found["double"] or found["single"] or found["bare"])
            text = unescape(value or "")
            pattern = allowed.get(key)
            if found is None or pattern is None or not re.fullmatch(pattern, text, re.DOTALL):
                shown = rest[at:].strip().partition("\n")[0][:60]
                hint = f"; it may have {', '.join(sorted(allowed))}" if allowed else ""
                return "", f"<{name}> has an attribute that a page may not give it: {shown}{hint}"
            given[key] = text
            at = found.end()
        if name == "img" and not {"alt", "src"} <= given.keys():
            return "", '<img> needs src, and alt that says what it shows (alt="" for a decoration)'
        if (link := _LINKS.get(name)) in given:
            given[link] = self._resolve(given[link], line)
        if "align" in given:  # a strict policy refuses a style, and HTML has no such attribute
            given = {"class": f"align-{given.pop('align')}", **given}
        if "name" in given:
            given = {"id": given.pop("name"), **given}
        shown = "".join(
            f' {key}="{escape(text)}"' if text or key == "alt" else f" {key}"
            for key, text in given.items()
        )
        return f"<{name}{shown}>", ""
