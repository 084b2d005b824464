"""What stays in a text as it was written, and was meant to be more: the syntax of others."""

import re
from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_CODE, _ELSE = "\x01", "\0"
_ESCAPED = {r"\(": "\x02", r"\)": "\x03", r"\[": "\x04", r"\]": "\x05"}
_SHOWN_AS = str.maketrans(
    {_CODE: "`…`", _ELSE: "…", "\n": " "} | {sign: text for text, sign in _ESCAPED.items()}
)
_PICTURE = "is no formula; publish a picture"
_PLACE = "write `[words](page.md)`"
_MEANT = {
    r"!?\[\[[^\[\]\n]+\]\]": f"links nowhere; {_PLACE}, or `![words](picture.png)`",
    r"\[\^[^\[\]\s]+\](?!:)": "refers to no footnote; write it below, as `[^1]: …`",
    r"(?<![\w\]])!?\[[^\[\]\n^][^\[\]\n]*\]\[[^\[\]\n]*\]": (
        f"has no address; {_PLACE}, or below `[name]: page.md`"
    ),
    r"(?<![\w\]])!?\[[^\[\]\n]*\]\((?:[^()\n]|\([^()\n]*\))+\)": (
        "is no link; an address with blanks stands in `<…>`, and a size behind it: `{width=100}`"
    ),
    r"\^\[[^\[\]\n]+\]": "is no footnote; write `[^1]`, and below `[^1]: …`",
    r"^\[!\w+\][-+]?.*$": "opens nothing; write `> [!NOTE]`, alone on its line",
    r"^:::+[ \t]*\{.*$": "opens nothing; write `::: note Title`",
    r"\{[\w:.+-]+\}\x01": "is a role of Sphinx; write a link, or the code alone",
    r"(?<![\w:]):[\w+.:-]+:\x01": "is a role of Sphinx; write a link, or the code alone",
    r"^\([\w.:-]+\)=$": "names no place; write `## Heading {#name}`",
    r"^\{:?\w[\w-]*\}$": "means nothing; leave it out",
    r"^\.\. [\w-]+::.*$": "is reStructuredText; write `::: note`, say",
    r"^\*\[[^\[\]\n]+\]:.*$": 'explains nothing; write `<abbr title="…">…</abbr>`',
    r"(?<![\w={])==(?=[^\s=])[^=\n]*(?<=\S)==(?![\w=])": "marks nothing; write `<mark>…</mark>`",
    r"(?<![\w+{])\+\+(?=[^\s+])[^+\n]*(?:\+[^+\n]+)*\+\+(?![\w+])": (
        "is no key; write `<kbd>…</kbd>`"
    ),
    r"\^\^(?=[^\s^])[^^\n]+\^\^": "inserts nothing; write `<ins>…</ins>`",
    r"(?<!\^)\^(?=[^\s^])[^\s^\[\]]+\^(?!\^)": "raises nothing; write `<sup>…</sup>`",
    r"(?<!~)~(?=[^\s~])[^\s~]+~(?!~)": "means nothing; write `<sub>…</sub>`, or `~~…~~`",
    r"\{(?:\+\+|--|~~|>>|==)[^{}\n]*(?:\+\+|--|~~|<<|==)\}": (
        "marks no change; write `<ins>` or `<del>`"
    ),
    r"(?<![\w:/.]):[a-z][\w+-]*:(?![\w:/\x01])": "is no picture; write the sign itself, such as ✔",
    r"\$\x01\$|(?<![\w$])\$(?=[^\s$\d\x01])[^$\n]*(?<=\S)\$(?![\w$])": _PICTURE,
    # Escaped brackets alone are what they say.
    r"\x02(?=[^\x03\n]*[\\^_=])[^\x03\n]+\x03": _PICTURE,
    r"\x04(?=[^\x05]*[\\^_=])[^\x05]+\x05": _PICTURE,
    r"(?<!\S)\(\d+\)!(?!\S)": "annotates nothing; write a footnote",
    r"^<<<[ \t]\S.*$": 'includes nothing; `{{ code("a.py") }}` shows a file',
    r"^===! [\"'].*$": "opens no tab; write `/// tab | Title`, the text, and `///`",
    r"^(?:import[ \t][^\n]*[ \t]from[ \t]+[\"']|export[ \t]+(?:const|default)[ \t]).*$": (
        "runs nothing; leave it out"
    ),
    r"\{/\*[^{}\n]*\*/\}": "is no comment; write `<!-- … -->`, and an anchor as `{#name}`",
    r"<%[-=]?[^%\n]*%>": "is filled in by nothing; write what is meant",
}
LEFT = [(re.compile(pattern, re.MULTILINE), message) for pattern, message in _MEANT.items()]
"""What others read, looked for outside of code and of what is escaped, and what to say of it."""

SIGN = re.compile(r"[\[{=+^~$!<\x02\x04]|:[\w+.:-]|^(?:import|export)[ \t]", re.MULTILINE)
"""What is in all that is looked for, and in few sentences: the others are read once, not often."""

_MOST = 20
_SHOWN = 40


def leftovers_plugin(parser: MarkdownIt) -> None:
    """Let each token of a sentence know what is ``left`` in it: lines within it, and messages."""
    parser.core.ruler.before("text_join", "leftovers", _note)


def unused_footnotes(text: str, env: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Name the footnotes that no sentence refers to, which are not published."""
    for name, number in env.get("footnotes", {}).get("refs", {}).items():
        if number < 0:
            at = text.find(f"[^{name[1:]}]:")
            message = f"`[^{name[1:]}]` is referred to by nothing, and left out"
            yield text.count("\n", 0, max(at, 0)), message


def _note(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline" and token.children:
            token.meta["left"] = list(_left_in(_text_of(token.children)))


def _text_of(children: list[Token]) -> str:
    """Give the text of a sentence with a sign for each of its parts that is none."""
    parts: list[str] = []
    is_address = False
    for child in children:
        if child.type == "link_open":
            is_address = child.info == "auto"
        if child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "text" and not is_address:
            parts.append(child.content)
        elif child.markup in _ESCAPED:
            parts.append(_ESCAPED[child.markup])
        elif child.type == "text_special" and child.content == child.markup:
            parts.append(child.content)  # nothing that can be escaped
        else:
            parts.append(_CODE if child.type == "code_inline" else _ELSE)
        if child.type == "link_close":
            is_address = False
    return "".join(parts)


def _left_in(text: str) -> Iterator[tuple[int, str]]:
    if not SIGN.search(text):
        return
    told = 0
    for pattern, message in LEFT:
        for found in pattern.finditer(text):
            shown = found[0].translate(_SHOWN_AS)
            shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
            yield text.count("\n", 0, found.start()), f"`{shown}` {message}"
            told += 1
            if told == _MOST:
                return
