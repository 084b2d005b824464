"""The elements that are rendered in a way of our own, each by the type of its token."""

from collections.abc import Sequence
from typing import Any

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup
from markupsafe import escape

from .boxes import Box
from .tags import table_frame


def _render_fence(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: Any
) -> str:
    frame = Markup(
        '<figure class="code"><div class="code-head"><span class="code-label">{}</span></div>'
        '<pre tabindex="0"><code>{}</code></pre></figure>\n'
    )
    meta = tokens[at].meta
    return str(frame.format(meta.get("label", ""), meta.get("code", "")))


def _render_call(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: Any
) -> str:
    return tokens[at].content


def _render_block(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: Any
) -> str:
    return f"{tokens[at].content}\n"


def _render_heading_open(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: Any
) -> str:
    token = tokens[at]
    given = {name: value for name, value in token.attrs.items() if name != "id"}
    more = "".join(f' {name}="{escape(value)}"' for name, value in given.items())
    id_ = escape(token.attrGet("id"))
    return f'<div class="heading {token.tag}"><{token.tag} id="{id_}"{more}>'


def _render_heading_close(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: Any
) -> str:
    opening = tokens[at - 2]
    label = env["word"]("Link to “{}”", opening.meta["title"])
    anchor = Markup('<a class="anchor" href="#{}" aria-label="{}">#</a>').format(
        opening.attrGet("id"), label
    )
    return f"</{opening.tag}>{anchor}</div>\n"


def _render_table_open(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: Any
) -> str:
    return f"{table_frame(env['word'])}<table>\n"


def _render_table_close(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: Any
) -> str:
    return "</table></div>\n"


def _render_alert_open(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: Any
) -> str:
    return f'<div class="admonition {str(tokens[at].meta["kind"]).lower()}">\n'


def _render_alert_title_open(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: Any
) -> str:
    return '<p class="admonition-title">'


def _render_container(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: Any
) -> str:
    token = tokens[at]
    box: Box = token.meta["box"]
    if box.kind == "tab":
        return _render_tab(token, box.title)
    frame, head = ("details", "summary") if box.is_folded else ("div", "p")
    if token.nesting < 0:
        return f"</{frame}>\n"
    return str(
        Markup('<{}{} class="admonition {}">\n<{} class="admonition-title">{}</{}>\n').format(
            Markup(frame),
            Markup(" open" if box.is_open else ""),
            box.kind,
            Markup(head),
            box.title or env["word"](box.kind.title()),
            Markup(head),
        )
    )


def _render_tab(token: Token, title: str) -> str:
    if token.nesting < 0:
        return "</div>\n</div>\n" if token.meta["ends"] else "</div>\n"
    tab = Markup(
        '<div class="tab" role="group" id="{}" data-tab="{}" data-title="{}" aria-label="{}">\n'
    ).format(token.meta["id"], title, title, title)
    # A plain text: what is added to one that is marked as safe would be escaped.
    return f'<div class="tabs" data-tabs="own">\n{tab}' if token.meta["starts"] else str(tab)


RULES = {
    "alert_open": _render_alert_open,
    "alert_title_open": _render_alert_title_open,
    **{
        f"container_{name}_{end}": _render_container
        for name in ("colons", "slashes")
        for end in ("open", "close")
    },
    "block": _render_block,
    "call": _render_call,
    "fence": _render_fence,
    "heading_open": _render_heading_open,
    "heading_close": _render_heading_close,
    "table_open": _render_table_open,
    "table_close": _render_table_close,
}
"""What renders a token, by its type."""
