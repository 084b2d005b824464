"""Code to HTML with classes; the colours are in the stylesheet."""

from functools import cache

import pygments
from markupsafe import Markup
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound

from .errors import BlockError

_FORMATTER: HtmlFormatter[str] = HtmlFormatter(nowrap=True)


def highlight(code: str, language: str) -> Markup:
    """Render code in a language by its short name, such as ``python``.

    :raises BlockError: when there is no such language.
    """
    return Markup(pygments.highlight(code, _lexer(language), _FORMATTER).rstrip("\n"))


@cache
def language_of(filename: str) -> str:
    """Give the language of a file by its name; plain text where it tells none."""
    try:
        return str(get_lexer_for_filename(filename).aliases[0])
    except ClassNotFound:
        return "text"


@cache
def _lexer(language: str) -> Lexer:
    # Looking a lexer up walks all of Pygments' entry points, so each is found once.
    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        raise BlockError(f"Pygments knows no language '{language}'; write `text`") from None
