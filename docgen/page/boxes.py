"""Boxes in a text: what stands between ``:::`` and ``:::``, or ``///`` and ``///``."""

import re
from dataclasses import dataclass
from dataclasses import replace

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

from .anchors import Names

CONTAINERS = (
    *("note", "tip", "info", "warning", "danger", "caution", "important", "details", "abstract"),
    *("attention", "bug", "check", "error", "example", "failure", "hint", "question", "quote"),
    *("success", "tab"),
)
"""What may stand behind ``:::`` and ``///``."""

_OPTIONS = re.compile(r"(?:[a-z]+: *\S+\n?)+")
_INSTEAD = (
    (re.compile(r'=== ?["\']'), "`===` opens no tab; write `/// tab | Title`, the text, and `///`"),
    (re.compile(r"-{1,2}8<-{1,2}"), '`--8<--` includes nothing; `{{ code("a.py") }}` shows a file'),
    (re.compile(r"\$\$"), "there is no mathematics; publish a picture, or write `\\$$`"),
    (re.compile(r"(?::::+|///+)\s*(?:\n|\Z)"), "this closes nothing that is open here"),
)
_ATTRIBUTES = re.compile(r"\{:?\s*[.#][\w-][^{}]*\}")
_UNKNOWN = re.compile(r"^(?::::+|///+)[ \t]*+\w[\w.-]*+", re.MULTILINE)
CONTENTS = ("[TOC]", "[toc]", "[[TOC]]", "[[toc]]")
"""What asks for the headings of a page, which stand beside each."""


@dataclass(frozen=True, slots=True)
class Box:
    """What a box is.

    :param title: its title; that of its kind where it has none.
    """

    kind: str
    title: str = ""
    is_folded: bool = False
    is_open: bool = False


def boxes_plugin(parser: MarkdownIt) -> None:
    """Read boxes, one rule for each way to write them: each is tried at every line of a site."""
    parser.use(container_plugin, "colons", validate=_opens)
    parser.use(container_plugin, "slashes", marker="/", validate=_opens)


def name_boxes(tokens: list[Token], names: Names) -> None:
    """Let each token of a box say what it is, and put tabs that follow each other together."""
    opened: list[Token] = []
    for place, token in enumerate(tokens):
        if not token.type.startswith("container_"):
            continue
        if token.nesting > 0:
            opened.append(token)
            token.meta["box"] = box = _with_options(_box_of(token.info), tokens[place + 1])
            if box.kind == "tab":
                token.meta["id"] = names.of(f"tab-{box.title}")
                before = tokens[place - 1] if place else None
                token.meta["starts"] = not (before and _is_tab(before))
        else:
            token.meta["box"] = box = opened.pop().meta["box"]
            after = tokens[place + 1] if place + 1 < len(tokens) else None
            token.meta["ends"] = not (after and after.nesting > 0 and _opens_tab(after))


def unknown(text: str) -> tuple[int, str] | None:
    """Tell what is wrong with a paragraph that other generators would not read as one.

    :return: the line within it, from 0, and a message.
    """
    if found := _UNKNOWN.search(text):
        line = text.count("\n", 0, found.start())
        if (kind := found[0].strip(":/ \t")) in CONTAINERS:  # and more, right behind it
            return line, f"`{found[0]}` opens nothing here; write `::: {kind} Title`"
        return line, f"`{found[0]}` opens nothing; there are: {', '.join(CONTAINERS)}"
    if text[:1] in "=-$:/":
        return next(((0, told) for pattern, told in _INSTEAD if pattern.match(text)), None)
    *above, last = text.split("\n") if text.endswith("}") else [""]
    if _ATTRIBUTES.fullmatch(last):
        told = '`{…}` gives a paragraph no attributes; `<div class="…">` around it does'
        return len(above), told
    return None


def _opens(params: str, *_: object) -> bool:
    return _box_of(params).kind in CONTAINERS


def _box_of(params: str) -> Box:
    kind, _, title = params.strip().partition(" ")
    title = title.strip().removeprefix("|").strip()
    return Box(kind, title, is_folded=kind == "details")


def _opens_tab(token: Token) -> bool:
    return token.type.startswith("container_") and _box_of(token.info).kind == "tab"


def _is_tab(token: Token) -> bool:
    return token.nesting < 0 and "box" in token.meta and token.meta["box"].kind == "tab"


def _with_options(box: Box, below: Token) -> Box:
    """Take the options that may stand, indented, right below the opening of a box."""
    if below.type != "code_block" or not _OPTIONS.fullmatch(below.content):
        return box
    below.type = "removed"
    for line in below.content.splitlines():
        key, _, value = line.partition(":")
        if key == "open":
            box = replace(box, is_open=value.strip().lower() == "true")
        elif key == "type" and value.strip() in CONTAINERS:
            box = replace(box, kind=value.strip())
    return box
