"""Markdown to HTML, with headings, links and blocks noted on the way."""

import re
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup
from markupsafe import escape
from mdit_py_plugins.admon import admon_plugin

from ..blocks.highlight import highlight
from ..blocks.highlight import label_of
from ..sources.errors import BlockError
from ..sources.errors import BuildError
from .calls import Call
from .syntax import calls_plugin

_OF_THE_FRAME = ("main", "menu", "toc-title")
"""The ids of ``page.html`` and what it includes."""

ResolveLink = Callable[[str, int], str]
"""Turns the target of a link and its line in the text into an ``href``."""


class Block(NamedTuple):
    """What a call gives.

    :param inline: whether it stands within a sentence.
    """

    html: Markup
    inline: bool


class Mistake(NamedTuple):
    """Something wrong in a text.

    :param line: its line, from 0.
    """

    line: int
    message: str


@dataclass(slots=True)
class Text:
    """A text as HTML.

    :param mistakes: what is wrong in it.
    :param elsewhere: what is wrong in other files, such as the data of a block.
    """

    html: Markup
    mistakes: list[Mistake]
    elsewhere: list[BuildError]


class Markdown:
    """The one parser of a build; it is costly to make and keeps no state of a page."""

    def __init__(self) -> None:
        self._parser = MarkdownIt("commonmark", {"html": False}).enable("table")
        self._parser.use(admon_plugin).use(calls_plugin)
        for name, rule in _RULES.items():
            self._parser.add_render_rule(name, rule)

    def render(
        self, text: str, resolve: ResolveLink, run: Callable[[Call], Block] | None = None
    ) -> Text:
        """Render a text.

        :param run: makes the block of a call; without it, braces are text.
        """
        env: dict[str, Any] = {"calls": True} if run else {}
        pass_ = _Pass(self._parser.parse(text, env), resolve, run)
        pass_.go()
        html = self._parser.renderer.render(pass_.tokens, self._parser.options, env)
        return Text(Markup(html), pass_.mistakes, pass_.elsewhere)

    def render_inline(self, text: str, resolve: ResolveLink) -> Markup:
        """Render a text of one paragraph without the paragraph; braces in it are text."""
        env: dict[str, Any] = {}
        tokens = self._parser.parseInline(text, env)
        for token in tokens:
            _resolve_links(token, resolve)
        return Markup(self._parser.renderer.render(tokens, self._parser.options, env))


class _Pass:
    """Goes over the tokens of a text: names headings, makes blocks, resolves links."""

    def __init__(
        self, tokens: Sequence[Token], resolve: ResolveLink, run: Callable[[Call], Block] | None
    ) -> None:
        self.mistakes: list[Mistake] = []
        self.elsewhere: list[BuildError] = []
        self.tokens = list(tokens)
        self._resolve = resolve
        self._run = run
        self._names = _Names(_OF_THE_FRAME)

    def go(self) -> None:
        for place, token in enumerate(self.tokens):
            if token.type == "heading_open":
                self._name_heading(token, self.tokens[place + 1])
            elif token.type == "inline":
                self._make_blocks(place, token)
                _resolve_links(token, self._resolve)
            elif token.type == "fence":
                self._highlight(token)
            elif token.type == "th_open" and not self.tokens[place + 1].content:
                # The corner of a table heads nothing.
                token.tag = self.tokens[place + 2].tag = "td"
        self.tokens = [token for token in self.tokens if token.type != "removed"]

    def _name_heading(self, token: Token, inline: Token) -> None:
        children = inline.children or []
        title = "".join(child.content for child in children)
        if token.tag == "h1":
            self._refuse(token, "the title is the page's only `#` heading; write `##`")
        elif any(child.type == "call" for child in children):
            self._refuse(token, "a heading holds no block: its anchor is made of its words")
        elif not title.strip():
            self._refuse(token, "this heading is empty; write its words behind the `#`")
        token.attrSet("id", self._names.take(slugify(title)))
        token.meta["title"] = title

    def _make_blocks(self, place: int, inline: Token) -> None:
        line = inline.map[0] if inline.map else 0
        children = inline.children or []
        around = self.tokens[place - 1].type if place else ""
        is_alone = around == "paragraph_open" and len(children) == 1
        for child in children:
            if child.type == "image" and any(each.type == "call" for each in child.children or ()):
                self._refuse(inline, "the words of a picture hold no block")
            if child.type != "call" or around == "heading_open" or self._run is None:
                continue
            at = line + child.meta["line"]
            if "wrong" in child.meta:
                self.mistakes.append(Mistake(at, child.meta["wrong"]))
                continue
            try:
                html, is_inline = self._run(child.meta["call"])
            except BlockError as error:
                self.mistakes.append(Mistake(at, str(error)))
                continue
            except BuildError as error:
                self.elsewhere.append(error)
                continue
            child.content = html
            if is_inline:
                continue
            if not is_alone:
                message = "a block needs a paragraph of its own: put blank lines around it"
                self.mistakes.append(Mistake(at, message))
                continue
            inline.type, inline.content = "block", html
            for paragraph in (self.tokens[place - 1], self.tokens[place + 1]):
                paragraph.type = "removed"

    def _highlight(self, token: Token) -> None:
        language = token.info.strip() or "text"
        try:
            token.meta["code"] = highlight(token.content, language)
            token.meta["label"] = label_of(language)
        except BlockError as error:
            self._refuse(token, str(error))

    def _refuse(self, token: Token, message: str) -> None:
        self.mistakes.append(Mistake(token.map[0] if token.map else 0, message))


class _Names:
    """The anchors of a page, each used once."""

    def __init__(self, taken: Sequence[str]) -> None:
        self._taken = set(taken)
        self._last: dict[str, int] = {}

    def take(self, name: str) -> str:
        """Give a name, with a number where it is taken."""
        for each in self._numbered(name):
            if each not in self._taken:
                self._taken.add(each)
                return each
        raise AssertionError("there is always another number")

    def _numbered(self, name: str) -> Iterator[str]:
        # From where the last one stopped: equal headings are no reason to count again.
        if name not in self._last:
            self._last[name] = 1
            yield name
        while True:
            self._last[name] += 1
            yield f"{name}-{self._last[name]}"


def slugify(title: str) -> str:
    """Make the anchor of a title: lower case, words joined by hyphens."""
    return re.sub(r"[^\w]+", "-", title.lower()).strip("-") or "section"


def _resolve_links(inline: Token, resolve: ResolveLink) -> None:
    line = inline.map[0] if inline.map else 0
    for child in inline.children or ():
        name = {"link_open": "href", "image": "src"}.get(child.type)
        if name:
            target = str(child.attrGet(name))
            child.attrSet(name, resolve(target, line + child.meta.get("line", 0)))


def _render_fence(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: object
) -> str:
    frame = Markup(
        '<figure class="code"><div class="code-head"><span class="code-label">{}</span></div>'
        '<pre tabindex="0"><code>{}</code></pre></figure>\n'
    )
    meta = tokens[at].meta
    return str(frame.format(meta.get("label", ""), meta.get("code", "")))


def _render_call(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: object
) -> str:
    return tokens[at].content


def _render_block(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: object
) -> str:
    return f"{tokens[at].content}\n"


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
    "block": _render_block,
    "call": _render_call,
    "fence": _render_fence,
    "heading_open": _render_heading_open,
    "heading_close": _render_heading_close,
    "table_open": _render_table_open,
    "table_close": _render_table_close,
}
"""What is rendered in a way of our own, by the type of the token."""
