"""What the text of a page has beside CommonMark, as rules of markdown-it."""

import re
from collections.abc import Callable
from functools import wraps

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from .calls import CallError
from .calls import read_call

_TAGS = {
    "{*": '`{*` includes nothing; `{{ code("docs/a.py") }}` shows a file of the project',
    "{%": "`{%` is no syntax of a page; where it is meant, put it in backticks or write `\\{%`",
    "{#": "`{#` starts no comment; where it is meant, put it in backticks or write `\\{#`",
}
_RAW = re.compile(r"\{% *(?:end)?raw\b")
_ATTRIBUTES = re.compile(
    r"""\{:?\s*+((?:(?:
        \#[^\s{}]++ | \.[\w:-]++ | [\w-]++=(?:"[^"{}]*+"|'[^'{}]*+'|[^\s"'{}]++)
    )\s*+)+)\}""",
    re.VERBOSE,
)
_GIVEN = re.compile(
    r"""\#(?P<id>\S+) | \.(?P<class>[\w:-]+)
        | (?P<key>[\w-]+)=(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>\S+))""",
    re.VERBOSE,
)
_NOTED = {"link": "link_open", "image": "image", "autolink": "link_open"}


def calls_plugin(parser: MarkdownIt) -> None:
    """Let a text call blocks, outside of code, where its environment has ``calls``.

    A token ``call`` has in its ``meta`` the line within its paragraph, and the ``call`` or
    what is ``wrong`` with it.
    """
    parser.inline.ruler.before("escape", "call", _call)
    parser.block.ruler.before("table", "call", _call_of_lines)
    inline = parser.inline.ruler
    for name, token in _NOTED.items():
        rule = next(rule.fn for rule in inline.__rules__ if rule.name == name)
        inline.at(name, _noting_its_line(rule, token))


def _call(state: StateInline, silent: bool) -> bool:
    opening = state.src[state.pos : state.pos + 2]
    if "calls" not in state.env or opening not in ("{{", *_TAGS):
        return False
    meta: dict[str, object] = {}
    end = state.pos + 2
    if _RAW.match(state.src, state.pos):
        meta["wrong"] = "`{%` is no syntax of a page: braces in code are text, so leave it out"
    if opening in _TAGS:
        if opening != "{%" and not state.src[end : end + 1].isspace():  # an anchor, say
            return False
        meta.setdefault("wrong", _TAGS[opening])
    else:
        try:
            meta["call"] = call = read_call(state.src, state.pos)
            end = call.end
        except CallError as error:
            meta["wrong"] = str(error)
    if not silent:
        token = state.push("call", "", 0)
        token.meta = meta | {"line": state.src.count("\n", 0, state.pos)}
    state.pos = end
    return True


def _call_of_lines(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Take a call of several lines as a paragraph, whatever its lines look like."""
    if "calls" not in state.env or state.is_code_block(start):
        return False
    begin = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("{{", begin):
        return False
    try:
        after = read_call(state.src, begin).end
    except CallError:
        return False
    last = start + state.src.count("\n", begin, after)
    is_alone = last < end and not state.src[after : state.eMarks[last]].strip()
    if last == start or not is_alone or not (last + 1 >= end or state.isEmpty(last + 1)):
        return False
    if silent:
        return True
    state.line = last + 1
    state.push("paragraph_open", "p", 1).map = [start, state.line]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = state.src[begin:after], [start, state.line], []
    state.push("paragraph_close", "p", -1)
    return True


def attributes_plugin(parser: MarkdownIt) -> None:
    """Read what may stand in braces behind a part of a sentence: ``{.wide width=80}``.

    The plug-in ``attrs`` of markdown-it would do, if it read the ``{: …}`` of Python-Markdown,
    and what stands behind ``**words**``. What is given is in the ``meta`` of the token.
    """
    parser.core.ruler.after("text_join", "attributes", _attributes)


def _attributes(state: StateCore) -> None:
    for token in state.tokens:
        opened: list[Token] = []
        last: Token | None = None
        for child in token.children or ():
            if last and child.type == "text" and (found := _ATTRIBUTES.match(child.content)):
                last.meta["given"] = _given(found[1])
                child.content = child.content[found.end() :]
            last = None
            if child.nesting > 0:
                opened.append(child)
            elif child.nesting < 0:
                last = opened.pop()
            elif child.type in ("image", "code_inline"):
                last = child


def cut_attributes(text: str) -> tuple[str, dict[str, str]]:
    """Cut what stands in braces at the end of a heading off its text, and read it."""
    opened = text.rfind("{")
    found = _ATTRIBUTES.fullmatch(text, opened) if opened >= 0 and text.endswith("}") else None
    return (text[:opened].rstrip(), _given(found[1])) if found else (text, {})


def _given(text: str) -> dict[str, str]:
    given: dict[str, str] = {}
    for found in _GIVEN.finditer(text):
        if found["class"]:
            given["class"] = f"{given.get('class', '')} {found['class']}".strip()
        else:
            value = found["double"] or found["single"] or found["bare"] or ""
            given[found["key"] or "id"] = found["id"] or value
    return given


def _noting_its_line(
    rule: Callable[[StateInline, bool], bool], name: str
) -> Callable[[StateInline, bool], bool]:
    """Let the token of a rule know its line within the paragraph."""

    @wraps(rule)
    def noting(state: StateInline, silent: bool) -> bool:
        begin, before = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        if not silent:
            token = next(each for each in state.tokens[before:] if each.type == name)
            token.meta["line"] = state.src.count("\n", 0, begin)
        return True

    return noting
