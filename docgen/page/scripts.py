"""Texts in scripts that put no spaces between words: Chinese, Japanese.

A newline between two of their letters is a space in HTML, and no author meant one. And the
rule of CommonMark for ``**`` asks for a space or a sign of punctuation around a word that
begins or ends with one: ``**“x”**的`` would stay as it is.
"""

import unicodedata
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from functools import wraps

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct
from markdown_it.common.utils import isPunctChar
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token


def is_unspaced(char: str) -> bool:
    """Tell whether a letter or a sign belongs to a script without spaces."""
    if char < "\u2e80" or unicodedata.east_asian_width(char) not in ("W", "F"):
        return False
    return unicodedata.category(char) != "So" and not unicodedata.name(char, "").startswith(
        "HANGUL"
    )


def unspaced_plugin(parser: MarkdownIt) -> None:
    """Read such texts as their authors mean them."""
    inline = parser.inline.ruler
    for name in ("emphasis", "strikethrough"):
        rule = next(rule.fn for rule in inline.__rules__ if rule.name == name)
        inline.at(name, _flanked_by_letters(rule))
    parser.core.ruler.after("inline", "unspaced", _join_lines)


def _flanked_by_letters(
    rule: Callable[[StateInline, bool], bool],
) -> Callable[[StateInline, bool], bool]:
    """Let a run of marks begin and end between such letters and punctuation."""

    @wraps(rule)
    def marking(state: StateInline, silent: bool) -> bool:
        begin, count = state.pos, len(state.delimiters)
        if not rule(state, silent):
            return False
        before = state.src[begin - 1] if begin else " "
        after = state.src[state.pos] if state.pos < state.posMax else " "
        if state.src[begin] != "_" and (is_unspaced(before) or is_unspaced(after)):
            for each in state.delimiters[count:]:
                each.open |= _leans_on(after, before)
                each.close |= _leans_on(before, after)
        return True

    return marking


def _leans_on(char: str, other: str) -> bool:
    """Tell whether a mark belongs to what is on one side of it."""
    if char.isspace():
        return False
    return not _is_punctuation(char) or is_unspaced(char) or is_unspaced(other) or other.isspace()


def _is_punctuation(char: str) -> bool:
    return isMdAsciiPunct(ord(char)) or isPunctChar(char)


def _join_lines(state: StateCore) -> None:
    for token in state.tokens:
        if token.children and not token.content.isascii():
            token.children = list(_joined(token.children))


def _joined(children: Sequence[Token]) -> Iterator[Token]:
    """Leave out the ends of lines between two letters of such a script."""
    waiting: list[Token] = []
    last = ""
    for child in children:
        waiting.append(child)
        if (
            child.type == "softbreak"
            or child.nesting
            or (child.type, child.content) == ("text", "")
        ):
            continue
        first, end = (child.content[0], child.content[-1]) if child.type == "text" else ("", "")
        is_joined = bool(last and first) and is_unspaced(last) and is_unspaced(first)
        yield from (each for each in waiting if not is_joined or each.type != "softbreak")
        waiting, last = [], end
    yield from waiting
