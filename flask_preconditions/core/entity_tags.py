"""Entity tags, their two comparisons, and lists of them in a field.

A gate written from the grammar stands in front of every list: Werkzeug, which parses,
forgets what it cannot read. ``"a""b"`` becomes no condition at all, and a guarded write
would run unguarded. Whether a tag is listed is looked up in the text that passed the gate.
"""

import re
from itertools import compress
from typing import Any
from typing import Self

from werkzeug.datastructures import Headers
from werkzeug.sansio.request import Request

from .errors import InvalidField
from .text import printable
from .values import value

# RFC 9110 §8.8.3: entity-tag = [ weak ] DQUOTE *etagc DQUOTE; "W/" is case-sensitive.
_ETAGC = r"[\x21\x23-\x7e\x80-\xff]"
# The strong form first: it is the common one, and the engine tries in order.
_TAG = rf'(?:"{_ETAGC}*+"|W/"{_ETAGC}*+")'
# RFC 9110 §5.6.1: a recipient accepts empty list elements. Nothing is given back, so a hostile
# value costs time in proportion to its length. The group is atomic and not possessive: before
# Python 3.11.5, a possessive group takes in half of what it fails on.
_SEPARATOR = r"[ \t]*+,[ \t,]*+"
_LIST = re.compile(rf"[ \t,]*+{_TAG}(?>(?:{_SEPARATOR}{_TAG})*)[ \t]*+(?:,[ \t,]*+)?")
_ANY = re.compile(r"[ \t]*+\*[ \t]*+")
_OPAQUE = re.compile(rf"{_ETAGC}*+")
_ONE = re.compile(_TAG)
_FIRST_TWO = re.compile(rf'(?:W/)?+"{_ETAGC}*+("{_SEPARATOR}(?:W/)?+")')
_PRINTABLE = bytes(range(0x20, 0x7F))
_LONG = 200
_START = re.compile(rf"[ \t,]*+(.{{0,{_LONG}}})", re.DOTALL)
_STRONG = re.compile(rf'"{_ETAGC}*+"')


@value
class EntityTag:
    """An entity tag (RFC 9110 §8.8.3).

    :param opaque: the opaque part, without the quotes.
    :param weak: whether equal tags promise equivalent content only, not equal bytes.
    :raises InvalidField: when ``opaque`` holds a character a tag cannot carry.
    """

    opaque: str
    weak: bool = False

    # Written out, because every request makes one: it takes half the time of a generated
    # constructor that calls __post_init__.
    def __init__(self, opaque: str, weak: bool = False) -> None:
        # Most are letters and digits, which is found out in half the time.
        if not (opaque.isascii() and opaque.isalnum()) and not _OPAQUE.fullmatch(opaque):
            raise InvalidField(
                f"{opaque!r} cannot be an entity tag: blanks, double quotes, "
                "control characters and characters above U+00FF are not allowed "
                "(pass the opaque part without its quotes)"
            )
        self.opaque = opaque  # type: ignore[misc]  # read-only from here on
        self.weak = weak  # type: ignore[misc]

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


class TagList:
    """The value of ``If-Match`` or ``If-None-Match``: tags, or any tag (``*``).

    :param text: the field value, which the grammar allows.
    """

    __slots__ = ("any", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.any = "*" in text and _ANY.fullmatch(text) is not None

    @property
    def strong(self) -> frozenset[str]:
        """The opaque parts of the strong tags."""
        parsed = () if self.any else self._parse().as_set()
        return frozenset(opaque or "" for opaque in parsed)  # Werkzeug reads "" as None

    @property
    def weak(self) -> frozenset[str]:
        """The opaque parts of the weak tags."""
        if self.any:
            return frozenset()
        parsed = self._parse()
        listed = parsed.as_set(include_weak=True)
        return frozenset(opaque or "" for opaque in listed if parsed.is_weak(opaque))

    def strongly_contains(self, tag: EntityTag) -> bool:
        """Tell whether a listed tag equals ``tag`` by the strong comparison."""
        return not tag.weak and self.find(tag.opaque)[0]

    def weakly_contains(self, tag: EntityTag) -> bool:
        """Tell whether a listed tag equals ``tag`` by the weak comparison."""
        return True in self.find(tag.opaque)

    def lists(self, form: str) -> bool:
        """Tell whether a tag is listed in exactly this form, such as ``W/"v1"``."""
        strong, weak = self.find(form[form.index('"') + 1 : -1])
        return weak if form[0] == "W" else strong

    def find(self, opaque: str) -> tuple[bool, bool]:
        """Tell whether tags with this opaque part are listed: a strong one, and a weak one."""
        form, text = f'"{opaque}"', self.text
        if form not in text:
            return False, False
        if opaque and opaque.lstrip(",") in ("", "W/"):
            # What stands between two tags looks like this one, from quote to quote.
            parts = text.split('"')  # what is before a tag, its opaque part, and so on
            marks = set(compress(parts[::2], map(opaque.__eq__, parts[1::2])))
            are_weak = {mark.endswith("W/") for mark in marks}
            return False in are_weak, True in are_weak
        # No other tag holds a quote, so whatever is found is a whole tag.
        weak = text.count(f"W/{form}")
        return text.count(form) > weak, weak > 0

    def _parse(self) -> Any:
        # parse_etags() is deprecated from Werkzeug 3.2 on and ETags.from_header() is new
        # there; the request's own property stays in every version.
        # It gets the tags alone: before 3.1.4, its time grew with the square of the blanks in
        # a row, and older versions take a blank or an empty element for a part of a tag.
        headers = Headers([("If-Match", ", ".join(_ONE.findall(self.text)))])
        return Request("GET", "http", None, "", "", b"", headers, None).if_match

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TagList):
            return NotImplemented
        return (self.any, self.strong, self.weak) == (other.any, other.strong, other.weak)

    def __hash__(self) -> int:
        return hash((self.any, self.strong, self.weak))

    def __repr__(self) -> str:
        return f"TagList({self.text!r})"


def is_strong_tag(value: str) -> bool:
    """Tell whether a field value is one strong tag and nothing else."""
    return _STRONG.fullmatch(value) is not None


def parse_tag_list(value: str) -> TagList | str:
    """Read a whole field value, its lines joined with commas.

    :return: the list, or what is wrong with the value, as a sentence.
    """
    is_list = (len(value) > _LONG and _is_even_list(value)) or _LIST.fullmatch(value)
    if is_list or ("*" in value and _ANY.fullmatch(value)):
        return TagList(value)
    return _diagnose(value)


def _is_even_list(value: str) -> bool:
    """Tell of a list whether it is one, by counting, where all commas look alike.

    Say it begins with a tag, ends with a quote, and what stands between the first two tags,
    their quotes included, is there k times. Where all quotes but the first and the last are of
    these k, they part k + 1 tags; and where all blanks are of them too, no tag holds one.
    """
    first_two = _FIRST_TWO.match(value) if value.isascii() and value[-1:] == '"' else None
    if first_two is None:
        return False
    separator, start = first_two[1], value.index('"')
    parted = value.count(separator)
    return (
        value.count('"') == 2 * parted + 2
        and value.count(" ") == separator.count(" ") * parted
        and not value.startswith(separator, start)
        and not value.endswith(separator)
        and not value.encode().translate(None, _PRINTABLE)
    )


def _diagnose(value: str) -> str:
    """Say what is wrong with a value that the gate refused, and what to send.

    The beginning tells it, so a long value is not read to its end.
    """
    start = _START.match(value)
    assert start is not None
    text = start[1]
    if len(text) < _LONG:
        text = text.rstrip(" \t,")
    if not text:
        return "The value is empty. Send the ETag of your last GET, quotes included."
    shown = printable(text if len(text) <= 60 else text[:57] + "…")
    if _OPAQUE.fullmatch(text) and "," not in text and text[:2] not in ("W/", "w/"):
        bare = shown.strip("'")
        return f'The quotes are part of an entity tag. Send "{bare}", not {shown}.'
    if text[:3] == 'w/"':
        return f"The mark of a weak tag is a capital W. Send W/{shown[2:]}, not {shown}."
    if "*" in text and any(part.strip(" \t") == "*" for part in text.split(",")):
        return "The wildcard * stands alone. Send either * or a list of entity tags."
    return (
        f"{shown} is not a list of entity tags. Each one is in double quotes, "
        'has no blank or quote inside, and a comma stands between two: "v1", "v2".'
    )
