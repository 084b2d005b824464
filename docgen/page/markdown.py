"""Markdown to HTML, with headings, links and blocks noted on the way."""

import re
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import Any
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from ..blocks.highlight import highlight
from ..blocks.highlight import is_known
from ..blocks.highlight import label_of
from ..blocks.highlight import mark_lines
from ..sources.errors import BlockError
from ..sources.errors import BuildError
from ..sources.errors import BuildFailed
from ..sources.languages import ENGLISH_WORDS
from ..sources.languages import Word
from ..sources.pages import Anchors
from .anchors import Names
from .boxes import CONTAINERS
from .boxes import CONTENTS
from .boxes import boxes_plugin
from .boxes import name_boxes
from .boxes import unknown
from .calls import Call
from .elements import RULES
from .fences import read_info
from .fences import unknown_language
from .leftovers import leftovers_plugin
from .leftovers import unused_footnotes
from .scripts import unspaced_plugin
from .syntax import attributes_plugin
from .syntax import calls_plugin
from .syntax import cut_attributes
from .tags import Tags

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
    :param doubts: what is left out, and was hardly meant.
    :param elsewhere: what is wrong in other files, such as the data of a block.
    """

    html: Markup
    mistakes: list[Mistake]
    doubts: list[Mistake]
    elsewhere: list[BuildError]


class Markdown:
    """The one parser of a build; it is costly to make and keeps no state of a page.

    :param anchors: how the anchors of headings are made.
    """

    def __init__(self, anchors: Anchors = "docgen") -> None:
        self._anchors = anchors
        options = {"alerts": True, "html": True, "tasklists": True}
        self._parser = MarkdownIt("commonmark", options).enable(["strikethrough", "table"])
        for plugin in (admon_plugin, deflist_plugin, gfm_autolink_plugin, calls_plugin):
            self._parser.use(plugin)
        for plugin in (attributes_plugin, boxes_plugin, leftovers_plugin, unspaced_plugin):
            self._parser.use(plugin)
        self._parser.use(footnote_plugin, inline=False)
        for name, rule in RULES.items():
            self._parser.add_render_rule(name, rule)

    def render(
        self,
        text: str,
        resolve: ResolveLink,
        run: Callable[[Call], Block] | None = None,
        word: Word = ENGLISH_WORDS.word,
        title_anchor: str = "",
    ) -> Text:
        """Render a text.

        :param run: makes the block of a call; without it, braces are text.
        :param word: gives a word of the interface.
        """
        env: dict[str, Any] = {"word": word, "calls": True} if run else {"word": word}
        names = Names((*_OF_THE_FRAME, title_anchor), self._anchors)
        pass_ = _Pass(self._parser.parse(text, env), resolve, run, word, names)
        pass_.go()
        html = self._parser.renderer.render(pass_.tokens, self._parser.options, env)
        unused = map(Mistake._make, unused_footnotes(text, env))
        doubts = [*pass_.doubts, *unused, *_overrides(text)]
        return Text(Markup(html), pass_.mistakes, doubts, pass_.elsewhere)

    def render_inline(self, text: str, resolve: ResolveLink) -> Markup:
        """Render a text of one paragraph without the paragraph; braces in it are text."""
        env: dict[str, Any] = {}
        tokens = self._parser.parseInline(text, env)
        for token in tokens:
            _resolve_links(token, resolve)
            for child in token.children or ():
                if child.type == "html_inline":  # data are text
                    child.type = "text"
        return Markup(self._parser.renderer.render(tokens, self._parser.options, env))


class _Pass:
    """Goes over the tokens of a text: names headings, makes blocks, resolves links."""

    def __init__(
        self,
        tokens: Sequence[Token],
        resolve: ResolveLink,
        run: Callable[[Call], Block] | None,
        word: Word,
        names: Names,
    ) -> None:
        self.mistakes: list[Mistake] = []
        self.doubts: list[Mistake] = []
        self.elsewhere: list[BuildError] = []
        self.tokens = list(tokens)
        self._resolve = resolve
        self._run = run
        self._word = word
        self._names = names
        self._tags = Tags(resolve, word, _OF_THE_FRAME)
        self._folds: list[bool] = []
        self._unknown: set[str] = set()

    def go(self) -> None:
        name_boxes(self.tokens, self._names)
        for place, token in enumerate(self.tokens):
            if token.type == "heading_open":
                self._name_heading(*self.tokens[place : place + 3])
            elif token.type == "inline":
                line = token.map[0] if token.map else 0
                self.doubts += [Mistake(line + at, said) for at, said in token.meta.get("left", ())]
                self._make_blocks(place, token)
                self._take_tags(token)
                _resolve_links(token, self._resolve)
                self._take_attributes(token)
            elif token.type == "html_block":
                self._take_tag(token, token.map[0] if token.map else 0)
            elif token.type == "fence":
                self._highlight(token)
            elif token.type in ("paragraph_open", "admonition_title_open", "alert_title_open"):
                self._name_container(*self.tokens[place : place + 3])
            elif style := str(token.attrs.pop("style", "")):  # a strict policy refuses it
                token.attrJoin("class", f"align-{style.removeprefix('text-align:')}")
            if token.type.startswith("admonition"):
                self._fold(token)
            elif token.type == "th_open" and not self.tokens[place + 1].content:
                # The corner of a table heads nothing.
                token.tag = self.tokens[place + 2].tag = "td"
        self.mistakes += map(Mistake._make, self._tags.left_open())
        self.doubts += map(Mistake._make, self._tags.doubts)
        self.tokens = [token for token in self.tokens if token.type != "removed"]

    def _name_heading(self, token: Token, inline: Token, closing: Token) -> None:
        children = inline.children or []
        title = "".join(child.content for child in children if child.type != "html_inline")
        if found := unknown(inline.content):
            self._refuse(token, found[1])
        elif token.tag == "h1":
            self._refuse(token, "the title is the page's only `#` heading; write `##`")
        elif any(child.type == "call" for child in children):
            self._refuse(token, "a heading holds no block: its anchor is made of its words")
        elif not title.strip():
            message = "this heading is empty and left out; write its words behind the `#`"
            self.doubts.append(Mistake(token.map[0] if token.map else 0, message))
            token.type = inline.type = closing.type = "removed"
        given: dict[str, str] = {}
        if children and children[-1].type == "text":
            children[-1].content, given = cut_attributes(children[-1].content)
            title = title[: title.rindex("{")].rstrip() if given else title
        own = given.pop("id", "")  # of the author's choice, so nobody else's
        if own and not self._names.is_free(own):
            self._refuse(token, f"the anchor `#{own}` is taken on this page; choose another")
        kept, problem = self._tags.give(token.tag, given, 0)
        if problem:
            self._refuse(token, problem)
        token.attrs.update(kept)
        token.attrSet("id", self._names.take(own) if own else self._names.of(title))
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
            except BuildFailed as failed:
                self.elsewhere += failed.errors
                continue
            child.content = str(html)
            if is_inline:
                continue
            if not is_alone:
                message = "a block needs a paragraph of its own: put blank lines around it"
                self.mistakes.append(Mistake(at, message))
                continue
            inline.type, inline.content = "block", str(html)
            for paragraph in (self.tokens[place - 1], self.tokens[place + 1]):
                paragraph.type = "removed"

    def _take_tags(self, inline: Token) -> None:
        line = inline.map[0] if inline.map else 0
        for child in inline.children or ():
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            elif child.type == "html_inline":
                self._take_tag(child, line)

    def _take_tag(self, token: Token, line: int) -> None:
        token.content, wrong = self._tags.take(token.content, line)
        self.mistakes += map(Mistake._make, wrong)

    def _fold(self, token: Token) -> None:
        """Let an admonition that is to be folded be one: HTML has it without a script."""
        if token.type == "admonition_open":
            classes = str(token.attrs.get("class", "")).split()
            is_folded = "is-collapsible" in classes
            self._folds.append(is_folded)
            if is_folded:
                token.attrSet("class", " ".join(classes[:2]))
                if "collapsible-open" in classes:
                    token.attrSet("open", "")
        if self._folds and self._folds[-1]:
            is_title = token.type.startswith("admonition_title")
            token.tag = "summary" if is_title else "details"
        if token.type == "admonition_close":
            self._folds.pop()

    def _name_container(self, token: Token, inline: Token, closing: Token) -> None:
        if token.type == "paragraph_open" and (found := unknown(inline.content)):
            line = token.map[0] if token.map else 0
            self.mistakes.append(Mistake(line + found[0], found[1]))
        elif inline.content in CONTENTS:
            token.type = inline.type = closing.type = "removed"
        if token.type != "paragraph_open" and inline.content.lower() in CONTAINERS:
            for each in inline.children or [inline]:  # no title of the author's: that of its kind
                each.content = self._word(each.content)

    def _take_attributes(self, inline: Token) -> None:
        """Give parts of a sentence what stands behind them in braces."""
        line = inline.map[0] if inline.map else 0
        for child in inline.children or ():
            if "given" not in child.meta:
                continue
            name = child.tag or "code"
            kept, problem = self._tags.give(name, child.meta["given"], line)
            if problem:
                self.mistakes.append(Mistake(line, problem))
            child.attrs.update(kept)
            if child.attrs.get("href") == "" and "id" in kept:  # a place, and no link
                del child.attrs["href"]

    def _highlight(self, token: Token) -> None:
        try:
            info = read_info(token.info)
            if not is_known(info.language):
                is_told = info.language in self._unknown
                self._unknown.add(info.language)
                line = token.map[0] if token.map else 0
                message = unknown_language(token.info, info.language)
                self.doubts += [] if is_told else [Mistake(line, message)]
                info = replace(info, language="text", title=info.title or info.language)
            if token.content.lstrip().startswith(("--8<--", "-8<-")):
                message = '`--8<--` includes nothing; `{{ code("a.py") }}` shows a file'
                self.doubts.append(Mistake(token.map[0] if token.map else 0, message))
            code = highlight(token.content, info.language)
            token.meta["code"] = mark_lines(code, info.lines) if info.lines else code
            token.meta["label"] = info.title or label_of(info.language)
        except BlockError as error:
            self._refuse(token, str(error))

    def _refuse(self, token: Token, message: str) -> None:
        self.mistakes.append(Mistake(token.map[0] if token.map else 0, message))


def _overrides(text: str) -> Iterator[Mistake]:
    """Name the signs that let letters be read in another order than they are written in."""
    for found in () if text.isascii() else re.finditer("[\u202d\u202e]", text):
        line = text.count("\n", 0, found.start())
        yield Mistake(line, f"U+{ord(found[0]):04X} shows the letters behind it in another order")


def _resolve_links(inline: Token, resolve: ResolveLink) -> None:
    line = inline.map[0] if inline.map else 0
    for child in inline.children or ():
        name = {"link_open": "href", "image": "src"}.get(child.type)
        if name:
            target = str(child.attrGet(name))
            child.attrSet(name, resolve(target, line + child.meta.get("line", 0)))
