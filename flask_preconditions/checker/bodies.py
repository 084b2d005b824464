"""What a check writes: each time something that the resource does not hold."""

import re
from collections.abc import Collection
from collections.abc import Sequence
from typing import Protocol

from ..conformance.wire import Exchange
from .comparison import Comparison
from .documents import Path
from .documents import differences
from .documents import dump
from .documents import format_path
from .documents import get
from .documents import parse
from .documents import parse_path
from .documents import put
from .documents import strings
from .documents import without
from .unusable import Unusable

WAY_OUT = (
    "name a string of it that may be changed (--field NAME, or --field data.title), or give two "
    "bodies that it takes (--body FILE --body FILE) and one that makes it what it is now "
    "(--restore FILE); --ignore MEMBER leaves a member of the server's own out of what is sent"
)


RACE_DIGITS = 5
DIGITS = len("race ") + RACE_DIGITS
ADDED = 1 + DIGITS
"""How many characters a text has more than the original, where that is not long already.

All texts are of one length, and differ in their last digits first. A server that stores the
beginning of a text alone shows that by the first write, and not somewhere in the middle.
"""


class Bodies(Protocol):
    """Makes the contents of writes."""

    def original(self) -> bytes:
        """Give what makes the resource what it was."""

    def change(self, now: Exchange) -> bytes:
        """Give a content that is another than the resource has."""

    def patch(self, now: Exchange, *, is_change: bool) -> bytes:
        """Give the content of a PATCH, which changes something or nothing."""

    def race(self, now: Exchange, method: str = "PUT") -> tuple[bytes, bytes] | None:
        """Give two contents that differ from each other and from what is there."""

    def is_there(self, content: bytes, now: Exchange) -> bool:
        """Tell whether the resource is what a write of this content makes it."""

    def kept(self, content: bytes, now: Exchange) -> str | None:
        """Give what is there of a text that was cut where it was stored."""

    def renewed(self, now: Exchange, managed: Collection[Path]) -> bytes | None:
        """Give what makes the resource what it was, with the server's own members as they are."""

    def is_own(self, before: Exchange, now: Exchange) -> bool:
        """Tell whether the check may have written what differs between two GETs."""

    def mark(self, content: bytes) -> str | None:
        """Give what no other content of the check has; ``None`` where contents are sent again."""

    def mark_of(self, now: Exchange) -> str | None:
        """Give that of the content that is there."""

    @property
    def changed(self) -> frozenset[Path]:
        """The members of a JSON document by which the contents differ."""

    @property
    def has_member(self) -> bool:
        """Whether the contents are made of what GET gives, with another text in one member."""


class FieldBodies:
    """Changes one string of a JSON document, and sends the rest as it stands.

    The document is that of the last GET, so that a revision in it is the current one.

    :param first: the GET before anything was done.
    :param field: the path of the string; the only one of the document without it.
    :param ignored: members that are not sent.
    :param original: what makes the resource what it is; what GET gave without it.
    :raises Unusable: when there is no such string.
    """

    def __init__(
        self,
        first: Exchange,
        field: str | None,
        ignored: Collection[Path],
        original: bytes | None = None,
    ) -> None:
        self._original = original
        self._ignored = ignored
        self._before = first.response.body
        self._count = 0
        document = parse(self._before)
        if not isinstance(document, dict):
            raise Unusable(f"the resource is no JSON object; {WAY_OUT}")
        self.path = parse_path(field) if field else _only_string(without(document, ignored))
        text = get(document, self.path)
        if not isinstance(text, str):
            raise Unusable(f"--field {format_path(self.path)} is no string there; {WAY_OUT}")
        self._text = text if len(text) <= 2 * ADDED else text[:-ADDED]

    has_member = True

    @property
    def changed(self) -> frozenset[Path]:
        """The path of the string."""
        return frozenset({self.path})

    def original(self) -> bytes:
        """Give the document of the first GET."""
        if self._original is not None or not self._ignored:
            return self._before if self._original is None else self._original
        return dump(without(parse(self._before), self._ignored))

    def change(self, now: Exchange) -> bytes:
        """Give the document with another text."""
        self._count += 1
        return self._with(now, self._another_text())

    def patch(self, now: Exchange, *, is_change: bool) -> bytes:
        """Give the member alone (RFC 7396)."""
        self._count += is_change
        text = self._another_text() if is_change else get(self._document(now), self.path)
        return dump(_nested(self.path, text))

    def race(self, now: Exchange, method: str = "PUT") -> tuple[bytes, bytes] | None:
        """Give the document with two other texts, or to PATCH the member alone."""
        self._count += 2
        texts = (f"{self._text} race {n:0{RACE_DIGITS}}" for n in (self._count - 1, self._count))
        if method == "PATCH":
            one, two = (dump(_nested(self.path, text)) for text in texts)
        else:
            one, two = (self._with(now, text) for text in texts)
        return one, two

    def is_there(self, content: bytes, now: Exchange) -> bool:
        """Tell whether the text is there."""
        return bool(get(parse(content), self.path) == get(self._document(now), self.path))

    def kept(self, content: bytes, now: Exchange) -> str | None:
        """Give the beginning of the text, where no more of it is there."""
        sent, held = self.mark(content), self.mark_of(now)
        if sent is None or held is None or len(held) >= len(sent):
            return None
        begin = held.rstrip(".\u2026 ").lower()  # some say so by dots
        return held if sent.lower().startswith(begin) else None

    def renewed(self, now: Exchange, managed: Collection[Path]) -> bytes | None:
        """Give the document of the first GET with the revision of the last one."""
        document, current = parse(self.original()), self._document(now)
        renewed = document
        for path in managed:
            if get(document, path) is not None and get(current, path) is not None:
                renewed = put(renewed, path, get(current, path))
        return None if renewed == document else dump(renewed)

    def is_own(self, before: Exchange, now: Exchange) -> bool:
        """Tell whether the text differs, and is one of the check, or what it was."""
        was, text = self.mark_of(before), self.mark_of(now)
        if text is None or text == was:
            return False
        numbered = rf"{re.escape(self._text)} (race )?\d+"
        return text == self.mark(self._before) or bool(re.fullmatch(numbered, text))

    def mark(self, content: bytes) -> str | None:
        """Give the text."""
        text = get(parse(content), self.path)
        return text if isinstance(text, str) else None

    def mark_of(self, now: Exchange) -> str | None:
        """Give the text that is there."""
        return self.mark(now.response.body)

    def _another_text(self) -> str:
        return f"{self._text} {self._count:0{DIGITS}}"

    def _document(self, now: Exchange) -> object:
        return parse(now.response.body)

    def _with(self, now: Exchange, text: str) -> bytes:
        document = self._document(now)
        if get(document, self.path) is None:  # it is gone, or became something else
            document = parse(self._before)
        return dump(without(put(document, self.path, text), self._ignored))


def _nested(path: Path, value: object) -> object:
    for name in reversed(path):
        value = {name: value}
    return value


def _only_string(document: object) -> Path:
    found = list(strings(document))
    if not found:
        raise Unusable(f"the resource has no string to overwrite; {WAY_OUT}")
    if len(found) > 1:
        listed = " or ".join(f"--field {format_path(path)}" for path in found[:8])
        raise Unusable(f"say which string of the resource may be overwritten: {listed}")
    return found[0]


class GivenBodies:
    """Writes, of two contents and the original, one that the resource does not hold.

    :param first: the GET before anything was done.
    :param given: two contents.
    :param original: what makes the resource what it is.
    :raises Unusable: when there are not two that differ.
    """

    has_member = False

    def __init__(
        self,
        first: Exchange,
        given: Sequence[bytes],
        original: bytes | None,
        comparison: Comparison,
    ) -> None:
        if len(given) != 2 or given[0] == given[1]:
            raise Unusable("--body takes two bodies that differ, or a write changes nothing")
        self._original = first.response.body if original is None else original
        self._contents = [*given, self._original]
        self._made: list[Exchange | None] = [None, None, first]
        self._comparison = comparison
        self._last = 2
        documents = map(parse, given)
        self.changed = frozenset(path for path, _, _ in differences(*documents))

    def learn(self, place: int, made: Exchange) -> None:
        """Take note of what a content makes of the resource.

        :param place: 0 or 1.
        :raises Unusable: when it is what the other one makes.
        """
        self._made[place] = made
        one, two = self._made[:2]
        if one and two and self._comparison.is_same_content(one, two):
            raise Unusable("both bodies make the same representation; give two that differ")

    def original(self) -> bytes:
        """Give what makes the resource what it was."""
        return self._original

    def change(self, now: Exchange) -> bytes:
        """Give the next of the two."""
        held = self._held(now)
        self._last = 1 if held == 0 or (held is None and self._last == 0) else 0
        return self._contents[self._last]

    def patch(self, now: Exchange, *, is_change: bool) -> bytes:
        """Give the same contents to PATCH."""
        return self.change(now) if is_change else self._original

    def race(self, now: Exchange, method: str = "PUT") -> tuple[bytes, bytes] | None:
        """Give the two that are not there, or where there are but two, both of them."""
        held = self._held(now)
        if held is None:
            return None
        others = list(dict.fromkeys(c for c in self._contents if c != self._contents[held]))
        return (others[0], others[1]) if len(others) > 1 else (others[0], self._contents[held])

    def is_there(self, content: bytes, now: Exchange) -> bool:
        """Tell whether the resource is what this content makes it."""
        held = self._held(now)
        return held is not None and self._contents[held] == content

    def kept(self, content: bytes, now: Exchange) -> str | None:
        """Give nothing: that both make the same is seen before."""
        return None

    def renewed(self, now: Exchange, managed: Collection[Path]) -> bytes | None:
        """Give nothing: nobody knows what is a revision in it."""
        return None

    def is_own(self, before: Exchange, now: Exchange) -> bool:
        """Tell whether it is what one of the contents makes it."""
        return self._held(now) is not None

    def mark(self, content: bytes) -> str | None:
        """Give nothing: there are three contents, sent again and again."""
        return None

    def mark_of(self, now: Exchange) -> str | None:
        """Give nothing."""
        return None

    def _held(self, now: Exchange) -> int | None:
        for place, seen in enumerate(self._made):
            if seen and self._comparison.is_same_content(seen, now):
                return place
        return None


def changed_members(before: Exchange, after: Exchange) -> list[tuple[Path, object, object]]:
    """Give what a write of the same document changed."""
    one, other = parse(before.response.body), parse(after.response.body)
    if not isinstance(one, dict) or not isinstance(other, dict):
        return []
    return list(differences(one, other))
