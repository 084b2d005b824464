"""Markdown to HTML, with headings, links and blocks noted on the way."""

import itertools
import re
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup
from markupsafe import escape
from mdit_py_plugins.admon import admon_plugin

from .errors import BlockError
from .highlight import highlight
from .highlight import label_of

# Blocks hold blank lines and tags, which Markdown would cut up. So the text carries a mark
# of two private-use characters around a number, and the HTML takes its place afterwards.
_MARK = "\ue000{}\ue001"
_MARK_ALONE = re.compile(r"<p>\ue000(\d+)\ue001</p>")
_MARK_WITHIN = re.compile("\ue000(\\d+)\ue001")

_OF_THE_FRAME = ("main", "menu", "toc-title")
"""The ids of ``page.html`` and what it includes."""

ResolveLink = Callable[[str, int], str]
"""Turns the target of a link and its line in the text into an ``href``."""


class SourceError(BlockError):
    """A mistake in the text.

    :param line: the line of the text, from 0.
    """

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(slots=True)
class Marks:
    """The blocks of one text, each under its mark."""

    blocks: list[tuple[Markup, bool]] = field(default_factory=list)

    def put(self, html: Markup, *, inline: bool = False) -> str:
        """Take a block and give the mark to write in its place."""
        self.blocks.append((html, inline))
        return _MARK.format(len(self.blocks) - 1)

    def fill(self, html: str, text: str) -> Markup:
        """Put the blocks where their marks are.

        :param text: the text that became the HTML.
        :raises SourceError: when a block stands within a paragraph.
        """

        def alone(found: re.Match[str]) -> str:
            block, inline = self._get(int(found[1]))
            return f"<p>{block}</p>" if inline else str(block)

        def within(found: re.Match[str]) -> str:
            block, inline = self._get(int(found[1]))
            if not inline:
                line = text[: text.index(found[0])].count("\n")
                message = "a block needs a paragraph of its own: put blank lines around it"
                raise SourceError(message, line)
            return str(block)

        return Markup(_MARK_WITHIN.sub(within, _MARK_ALONE.sub(alone, html)))

    def _get(self, number: int) -> tuple[Markup, bool]:
        if number < len(self.blocks):
            return self.blocks[number]
        return Markup(_MARK.format(number)), True  # the text has such characters of its own


class Markdown:
    """The one parser of a build; it is costly to make and keeps no state of a page."""

    def __init__(self) -> None:
        self._parser = MarkdownIt("commonmark", {"html": False}).enable("table").use(admon_plugin)
        for name, rule in _RULES.items():
            self._parser.add_render_rule(name, rule)

    def render(self, text: str, resolve: ResolveLink) -> str:
        """Render a text, still with the marks of its blocks.

        :raises SourceError: when a heading is of the first level, which is the title's.
        """
        env: dict[str, Any] = {}
        tokens = self._parser.parse(text, env)
        taken = set(_OF_THE_FRAME)
        for place, token in enumerate(tokens):
            if token.type == "heading_open":
                _name_heading(token, tokens[place + 1], taken)
            elif token.type == "inline":
                _resolve_links(token, resolve)
            elif token.type == "th_open" and not tokens[place + 1].content:
                # The corner of a table heads nothing.
                token.tag = tokens[place + 2].tag = "td"
        return str(self._parser.renderer.render(tokens, self._parser.options, env))

    def render_inline(self, text: str, resolve: ResolveLink) -> Markup:
        """Render a text of one paragraph without the paragraph."""
        env: dict[str, Any] = {}
        tokens = self._parser.parseInline(text, env)
        for token in tokens:
            _resolve_links(token, resolve)
        return Markup(self._parser.renderer.render(tokens, self._parser.options, env))


def slugify(title: str) -> str:
    """Make the anchor of a title: lower case, words joined by hyphens."""
    return re.sub(r"[^\w]+", "-", title.lower()).strip("-") or "section"


def _name_heading(token: Token, inline: Token, taken: set[str]) -> None:
    if token.tag == "h1":
        line = token.map[0] if token.map else 0
        raise SourceError("the title is the page's only `#` heading; write `##`", line)
    title = "".join(child.content for child in inline.children or ())
    if _MARK_WITHIN.search(title):
        line = token.map[0] if token.map else 0
        raise SourceError("a heading holds no block: its anchor is made of its words", line)
    slug = slugify(title)
    ids = itertools.chain([slug], (f"{slug}-{number}" for number in itertools.count(2)))
    name = next(each for each in ids if each not in taken)
    taken.add(name)
    token.attrSet("id", name)
    token.meta["title"] = title


def _resolve_links(inline: Token, resolve: ResolveLink) -> None:
    line = inline.map[0] if inline.map else 0
    for child in inline.children or ():
        if child.type in ("softbreak", "hardbreak"):
            line += 1
        name = {"link_open": "href", "image": "src"}.get(child.type)
        if name:
            child.attrSet(name, resolve(str(child.attrGet(name)), line))


def _render_fence(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: object
) -> str:
    token = tokens[at]
    language = token.info.strip() or "text"
    try:
        code = highlight(token.content, language)
    except BlockError as error:
        raise SourceError(str(error), token.map[0] if token.map else 0) from None
    frame = Markup(
        '<figure class="code"><div class="code-head"><span class="code-label">{}</span></div>'
        '<pre tabindex="0"><code>{}</code></pre></figure>\n'
    )
    return str(frame.format(label_of(language), code))


def _render_heading_open(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: object
) -> str:
    token = tokens[at]
    return f'<div class="heading {token.tag}"><{token.tag} id="{escape(token.attrGet("id"))}">'


def _render_heading_close(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: object
) -> str:
    opening = tokens[at - 2]
    anchor = Markup('<a class="anchor" href="#{}" aria-label="Link to “{}”">#</a>').format(
        opening.attrGet("id"), opening.meta["title"]
    )
    return f"</{opening.tag}>{anchor}</div>\n"


def _render_table_open(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: object
) -> str:
    # A wide table scrolls within its frame, which the keyboard must be able to reach.
    return '<div class="table" role="group" aria-label="Table" tabindex="0"><table>\n'


def _render_table_close(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: object
) -> str:
    return "</table></div>\n"


_RULES = {
    "fence": _render_fence,
    "heading_open": _render_heading_open,
    "heading_close": _render_heading_close,
    "table_open": _render_table_open,
    "table_close": _render_table_close,
}
"""What is rendered in a way of our own, by the type of the token."""
