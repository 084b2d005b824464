"""Code to HTML with classes; the colours are in the stylesheet."""

from collections.abc import Container
from collections.abc import Mapping
from functools import cache
from functools import lru_cache
from html import escape
from pathlib import PurePath
from typing import Any

from markupsafe import Markup
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.lexers import get_lexer_for_filename
from pygments.token import Comment
from pygments.token import Generic
from pygments.token import Keyword
from pygments.token import Literal
from pygments.token import Name
from pygments.token import Number
from pygments.token import Operator
from pygments.token import String
from pygments.util import ClassNotFound

from ..sources.errors import BlockError

_CLASSES: Mapping[str, tuple[Any, ...]] = {
    "c": (Comment, String.Doc),
    "k": (Keyword, Operator.Word),
    "nf": (*(Name.Attribute, Name.Class, Name.Decorator, Name.Function, Name.Namespace, Name.Tag),),
    "s": (String, Literal.Date),
    "m": (Number,),
    "gp": (Generic.Prompt,),
    "go": (Generic.Output,),
}
"""The kinds of tokens that have a colour. Every other span would be weight for nothing.
The button that copies a terminal session knows by ``gp`` and ``go`` what is no command of it."""

_LANGUAGES = {
    ".go": "go",
    ".java": "java",
    ".js": "javascript",
    ".json": "json",
    ".jsx": "jsx",
    ".mjs": "javascript",
    ".py": "python",
    ".sh": "bash",
    ".toml": "toml",
    ".ts": "typescript",
    ".xml": "xml",
    ".yml": "yaml",
}
"""The usual ones. To answer for any file, Pygments reads the lexers of dozens of languages."""

_ALIASES = {
    **dict.fromkeys(("plain", "plaintext", "txt"), "text"),
    **dict.fromkeys(("sh-session", "terminal"), "console"),
    "jsonc": "json5",
    "vue": "html",
}
"""What others call a language of Pygments."""

_LABELS = {"console": "Terminal", "jinja": "Jinja", "sh": "Terminal", "text": "Text"}
"""Where Pygments has another name for it."""


@lru_cache(maxsize=256)
def highlight(code: str, language: str) -> Markup:
    """Render code in a language by its short name, such as ``python``.

    The same code stands on several pages, and is read once.

    :raises BlockError: when there is no such language.
    """
    lines = []
    last, text = "", ""
    for kind, value in _lexer(language).get_tokens(code):
        name = _class_of(kind)
        if name == last:
            text += value
            continue
        lines.append(_span(last, text))
        last, text = name, value
    lines.append(_span(last, text))
    return Markup("".join(lines).rstrip("\n"))


def mark_lines(code: Markup, lines: Container[int]) -> Markup:
    """Mark lines of code that was rendered, by their numbers from 1."""
    return Markup("\n").join(
        Markup('<mark class="line">{}</mark>').format(Markup(line)) if number in lines else line
        for number, line in enumerate(map(Markup, code.split("\n")), 1)
    )


def label_of(language: str) -> str:
    """Give the name of a language for people, such as ``Python``.

    :raises BlockError: when there is no such language.
    """
    return _LABELS.get(_ALIASES.get(language, language)) or str(_lexer(language).name)


def is_known(language: str) -> bool:
    """Tell whether code in a language gets colours."""
    try:
        _lexer(language)
    except BlockError:
        return False
    return True


@cache
def language_of(filename: str) -> str:
    """Give the language of a file by its name; plain text where it tells none."""
    if known := _LANGUAGES.get(PurePath(filename).suffix):
        return known
    try:
        return str(get_lexer_for_filename(filename).aliases[0])
    except ClassNotFound:
        return "text"


def _span(name: str, text: str) -> str:
    if not name or not text.strip():
        return escape(text, quote=False)
    # A line is whole by itself, so that it can be counted, copied and coloured alone.
    return "\n".join(
        f'<span class="{name}">{escape(line, quote=False)}</span>' if line else ""
        for line in text.split("\n")
    )


@cache
def _class_of(kind: object) -> str:
    """Give the class of a kind of token; none for what is left as plain as the text."""
    return next((name for name, kinds in _CLASSES.items() if any(kind in k for k in kinds)), "")


@cache
def _lexer(language: str) -> Lexer:
    # Looking a lexer up walks all of Pygments' entry points, so each is found once.
    try:
        return get_lexer_by_name(_ALIASES.get(language.lower(), language))
    except ClassNotFound:
        raise BlockError(f"Pygments knows no language '{language}'; write `text`") from None
