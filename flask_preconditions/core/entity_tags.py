"""Entity tags, their two comparisons, and lists of them in a field.

Werkzeug parses the lists. It is lenient, though, and forgets what it cannot
read: ``"a""b"`` becomes no condition at all, and a guarded write would run
unguarded. So a gate written from the grammar stands in front of it.
"""

import re
from dataclasses import dataclass
from typing import Self

from werkzeug.datastructures import ETags
from werkzeug.datastructures import Headers
from werkzeug.sansio.request import Request

from .errors import InvalidField

# RFC 9110 §8.8.3: entity-tag = [ weak ] DQUOTE *etagc DQUOTE; "W/" is case-sensitive.
_ETAGC = r"[\x21\x23-\x7e\x80-\xff]"
_TAG = rf'(?:W/)?"{_ETAGC}*+"'
# RFC 9110 §5.6.1: a recipient accepts empty list elements. Every repetition is
# possessive, so a hostile value costs time in proportion to its length.
_SEPARATOR = r"[ \t]*+,[ \t,]*+"
_LIST = re.compile(rf"[ \t,]*+{_TAG}(?:{_SEPARATOR}{_TAG})*+(?:{_SEPARATOR})?+[ \t]*+")
_OPAQUE = re.compile(rf"{_ETAGC}*+")
_ONE = re.compile(_TAG)


@dataclass(frozen=True, slots=True)
class EntityTag:
    """An entity tag (RFC 9110 §8.8.3).

    :param opaque: the opaque part, without the quotes.
    :param weak: whether equal tags promise equivalent content only, not equal bytes.
    :raises InvalidField: when ``opaque`` holds a character a tag cannot carry.
    """

    opaque: str
    weak: bool = False

    def __post_init__(self) -> None:
        if not _OPAQUE.fullmatch(self.opaque):
            raise InvalidField(
                f"{self.opaque!r} cannot be an entity tag: blanks, double quotes, "
                "control characters and characters above U+00FF are not allowed "
                "(pass the opaque part without its quotes)"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the wire form, such as ``"v1"`` with its quotes or ``W/"v1"``.

        :raises InvalidField: when ``text`` is not exactly one entity tag.
        """
        if not _ONE.fullmatch(text):
            raise InvalidField(f"{text!r} is not an entity tag; one looks like '\"v1\"'")
        weak = text.startswith("W/")
        return cls(text[3:-1] if weak else text[1:-1], weak)

    def __str__(self) -> str:
        return f'W/"{self.opaque}"' if self.weak else f'"{self.opaque}"'

    def strongly_equals(self, other: "EntityTag") -> bool:
        """Compare strongly: both tags are strong and their opaque parts equal (§8.8.3.2)."""
        return not self.weak and not other.weak and self.opaque == other.opaque

    def weakly_equals(self, other: "EntityTag") -> bool:
        """Compare weakly: the opaque parts are equal (§8.8.3.2)."""
        return self.opaque == other.opaque


@dataclass(frozen=True, slots=True)
class TagList:
    """The value of ``If-Match`` or ``If-None-Match``: tags, or any tag (``*``).

    :param strong: the opaque parts of the strong tags.
    :param weak: the opaque parts of the weak tags.
    :param any: whether the value is ``*``.
    """

    strong: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()
    any: bool = False

    def strongly_contains(self, tag: EntityTag) -> bool:
        """Tell whether a listed tag equals ``tag`` by the strong comparison."""
        return not tag.weak and tag.opaque in self.strong

    def weakly_contains(self, tag: EntityTag) -> bool:
        """Tell whether a listed tag equals ``tag`` by the weak comparison."""
        return tag.opaque in self.strong or tag.opaque in self.weak


def parse_tag_list(value: str) -> TagList | str:
    """Read a whole field value, its lines joined with commas.

    :return: the list, or what is wrong with the value, as a sentence.
    """
    if value.strip(" \t") == "*":
        return TagList(any=True)
    if not _LIST.fullmatch(value):
        return _diagnose(value)
    parsed = _parse_with_werkzeug(value)
    # Werkzeug reads the legal tag "" as None.
    return TagList(
        strong=frozenset(opaque or "" for opaque in parsed.as_set()),
        weak=frozenset(
            opaque or "" for opaque in parsed.as_set(include_weak=True) if parsed.is_weak(opaque)
        ),
    )


def _parse_with_werkzeug(value: str) -> ETags:
    # parse_etags() is deprecated from Werkzeug 3.2 on and ETags.from_header() is new
    # there; the request's own property stays in every version.
    headers = Headers([("If-Match", value)])
    return Request("GET", "http", None, "", "", b"", headers, None).if_match


def _diagnose(value: str) -> str:
    """Say what is wrong with a value that the gate refused, and what to send."""
    text = value.strip(" \t,")
    if not text:
        return "The value is empty. Send the ETag of your last GET, quotes included."
    shown = text if len(text) <= 60 else text[:57] + "…"
    if _OPAQUE.fullmatch(text) and "," not in text and text[:2] not in ("W/", "w/"):
        bare = shown.strip("'")
        return f'The quotes are part of an entity tag. Send "{bare}", not {shown}.'
    if text.startswith('w/"'):
        return f"The mark of a weak tag is a capital W. Send W/{shown[2:]}, not {shown}."
    if any(part.strip(" \t") == "*" for part in text.split(",")):
        return "The wildcard * stands alone. Send either * or a list of entity tags."
    return (
        f"{shown} is not a list of entity tags. Each one is in double quotes, "
        'has no blank or quote inside, and a comma stands between two: "v1", "v2".'
    )
