"""Text as CommonMark: what only looks like markup is escaped, and nothing else.

The twins are for people to read too, so a character stays bare wherever CommonMark takes it
for itself: ``version_id_col`` and ``a * b`` need no backslash.
"""

import re

# Most texts have none of these, and a set is found much faster than what follows.
_SUSPECT = re.compile(r"[\\`*_<&!\[\]]")
_MARKUP = r"""
    \\(?=[!-/:-@\[-`{-~]|\s*\Z)
  | `
  | (?<![\s*])\*+ | \*+(?![\s*])        # with space on both sides it marks nothing,
  | (?<![\w\s])_+                       # and an underscore within a word neither
  | (?<=\s)_+(?![\s_]) | (?<=[^\W_])_+(?!\w)
  | <(?=[a-zA-Z/!?]|\Z)
  | &(?=\#?\w+;|\Z)
  | !(?=\Z)                             # it would make an image of a link
"""
_IN_TEXT = re.compile(rf"{_MARKUP} | \](?=\(|\Z)", re.VERBOSE)
_IN_LINK = re.compile(rf"{_MARKUP} | [\[\]]", re.VERBOSE)

# What makes something else of a paragraph, and the place for the backslash before it: the
# number of a list; a heading, a bullet, a quote, a fence, a line across the page, or the
# definition of a link.
_START = re.compile(
    r"""
    \A( [0-9]{1,9}(?=[.)](?:\s|\Z))
      | (?= \#{1,6}(?:\s|\Z) | [-+*](?:\s|\Z) | > | ~~~ | ([-*_])(?:\s*\2){2,}\Z
          | \[(?:[^\[\]\\]|\\.)*\]: ))
    """,
    re.VERBOSE,
)
# Number signs at the end of a heading close it, and are not shown.
_CLOSING = re.compile(r"(?<!\S)(?=#+\Z)")
_TICKS = re.compile("`+")
_AWKWARD_HREF = re.compile(r"[\s()<>\\]|&#?\w+;")
_MARKUP_OF_HREF = re.compile(r"[<>\\]|&(?=#?\w+;)")


def escape(text: str, *, in_link: bool = False) -> str:
    """Escape a part of a sentence.

    What stands beside it is not known here: where that could matter, the edge is escaped.
    """
    if not _SUSPECT.search(text):
        return text
    return (_IN_LINK if in_link else _IN_TEXT).sub(_escaped, text)


def escape_line(text: str) -> str:
    """Escape a text that has its line for itself, such as a title."""
    return " ".join(escape(f" {text} ").split())


def paragraph(inline: str) -> str:
    """Make a paragraph of a line of Markdown."""
    return _START.sub(r"\1\\", inline)


def heading(level: int, inline: str) -> str:
    """Make a heading of a line of Markdown."""
    return "#" * level + " " + _CLOSING.sub(r"\\", inline)


def code_span(code: str) -> str:
    """Make a span of code, between more backticks than it has in a row."""
    if not code:
        return ""
    fence = _fence(code, 1)
    # A space on both sides is not shown: it keeps the fence off the backticks of the code.
    pad = " " if "`" in (code[0], code[-1]) else ""
    return f"{fence}{pad}{code}{pad}{fence}"


def code_block(code: str) -> str:
    """Make a block of code, between more backticks than it has in a row."""
    fence = _fence(code, 3)
    return f"{fence}\n{code}\n{fence}"


def quote(markdown: str) -> str:
    """Make a quotation of Markdown."""
    return "\n".join(f"> {line}".rstrip() for line in markdown.split("\n")) if markdown else ""


def link(inline: str, href: str) -> str:
    """Make a link of a part of a sentence, unless it leads nowhere."""
    if not href:
        return inline
    if _AWKWARD_HREF.search(href):
        href = f"<{_MARKUP_OF_HREF.sub(_escaped, href)}>"
    return _enclose(inline, "[", f"]({href})")


def emphasise(inline: str, mark: str, before: str, goes_on: bool) -> str:
    """Emphasise a part of a sentence, unless CommonMark has no way to say so.

    :param mark: one or two asterisks.
    :param before: what stands in front of it.
    :param goes_on: whether a word goes on right behind it.
    """
    text = inline.strip()
    first, last = text.lstrip("*")[:1], text.rstrip("*")[-1:]
    if not first or first.isspace() or last.isspace():  # asterisks of its own at the edge
        return inline
    # Beside a letter, a mark needs a letter on its other side too.
    neighbour = "" if inline[0].isspace() else before[-1:]
    if neighbour == "*" or (neighbour.isalnum() and not first.isalnum()):
        return inline
    if goes_on and not last.isalnum() and not inline[-1].isspace():
        return inline
    return _enclose(inline, mark, mark)


def _enclose(inline: str, start: str, end: str) -> str:
    # White space stays outside: within, it would make text of the marks.
    text = inline.strip()
    return inline.replace(text, f"{start}{text}{end}") if text else inline


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"\\{character}" for character in found[0])


def _fence(code: str, least: int) -> str:
    longest = max(map(len, _TICKS.findall(code)), default=0)
    return "`" * max(least, longest + 1)
