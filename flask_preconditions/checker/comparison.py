"""Whether two GETs saw the same, at a resource that may differ by itself."""

from collections.abc import Collection
from itertools import islice

from ..conformance.wire import Exchange
from .documents import MAX_DIFFERENCES
from .documents import Path
from .documents import differences
from .documents import dump
from .documents import format_path
from .documents import get
from .documents import is_stamp
from .documents import parse
from .documents import without
from .unusable import Unusable

GONE = (404, 410)

CLOCK_SECONDS = 1.1
"""After which a clock of whole seconds shows another time."""


class Comparison:
    """What is compared of a resource: its content, or its tag where the content is not steady.

    :param ignored: the members of a JSON document that are left out.

    ``volatile`` are those that differ from one GET to the next, ``managed`` those that the
    server sets at a write; a refused write may set them too, and nothing is lost by that.
    """

    def __init__(self, ignored: Collection[Path] = ()) -> None:
        self.ignored = frozenset(ignored)
        self.volatile: frozenset[Path] = frozenset()
        self.managed: frozenset[Path] = frozenset()
        self.by_tag = True
        self.by_content = True

    def learn(self, one: Exchange, other: Exchange) -> None:
        """Take note of what differs between two GETs with no write between them.

        :raises Unusable: when nothing is left to compare.
        """
        # A tag may be weak in its first second, and strong after it (§8.8.1).
        tags = [opaque_of(seen) for seen in (one, other)]
        is_one_tag = tags[0] == tags[1]
        if self.is_same_content(one, other):
            self.by_tag = self.by_tag and is_one_tag
            return
        found = set(self._differences(one, other))
        if self.by_tag and is_one_tag and tags[0] is not None:
            self.by_content = False
            self.volatile |= found - {()}
            return
        if not found or () in found:
            raise Unusable(_unsteady(tags, found))
        self.volatile |= found
        self.by_tag = self.by_tag and is_one_tag
        if not without(parse(one.response.body), self.left_out):
            raise Unusable(_unsteady(tags, found))

    def _differences(self, one: Exchange, other: Exchange) -> list[Path]:
        documents = [parse(seen.response.body) for seen in (one, other)]
        if not all(isinstance(document, (dict, list)) for document in documents):
            return []
        left_out = self.left_out
        steady = [without(document, left_out) for document in documents]
        return [path for path, _, _ in islice(differences(*steady), MAX_DIFFERENCES)]

    def learn_stamps(
        self, before: Exchange, after: Exchange, sent: bytes, changed: Collection[Path]
    ) -> None:
        """Take note of members that the server sets at a write, refused or not.

        Where all that differs looks like a date, a number or a hash, and none of it is what
        was sent, the server has set it.

        :param changed: members that the check writes: a server may store them in another form.
        """
        one, other = parse(before.response.body), parse(after.response.body)
        if not isinstance(one, dict) or not isinstance(other, dict) or not self.by_content:
            return
        wanted = parse(sent)
        found = list(
            islice(differences(*(without(d, self.left_out) for d in (one, other))), MAX_DIFFERENCES)
        )
        if found and all(
            path not in changed and is_stamp(was, value) and get(wanted, path) != value
            for path, was, value in found
        ):
            self.managed |= {path for path, _, _ in found}

    @property
    def left_out(self) -> frozenset[Path]:
        """The members that are not compared."""
        return self.volatile | self.managed | self.ignored

    def is_same(self, one: Exchange, other: Exchange) -> bool:
        """Tell whether two GETs saw the same resource, unchanged."""
        statuses = [seen.response.status for seen in (one, other)]
        if all(status in GONE for status in statuses):
            return True
        if statuses[0] != statuses[1]:
            return False
        if self.by_content:
            return self.is_same_content(one, other)
        return self.is_same_tag(one, other)

    def is_same_tag(self, one: Exchange, other: Exchange) -> bool:
        """Tell whether two GETs told the same tag."""
        return one.response.get("ETag") == other.response.get("ETag")

    def is_same_content(self, one: Exchange, other: Exchange) -> bool:
        """Tell whether two GETs gave the same content, whatever their tags."""
        return self._content(one) == self._content(other)

    def _content(self, seen: Exchange) -> object:
        left_out = self.left_out
        if not left_out:
            return seen.response.body
        document = parse(seen.response.body)
        return seen.response.body if document is None else without(document, left_out)

    def content_of(self, seen: Exchange) -> bytes:
        """Give what is compared of a content, in octets."""
        content = self._content(seen)
        return content if isinstance(content, bytes) else dump(content)

    def notes(self) -> list[str]:
        """Say what is not compared, and why."""
        said = []
        if not self.by_tag:
            said.append("GET tells another ETag each time, so the contents alone are compared")
        if not self.by_content:
            said.append("the content differs by itself, so the tags alone are compared")
        for paths, do in (
            (self.volatile if self.by_content else (), "change by themselves"),
            (self.managed, "are set by the server at a write"),
        ):
            if paths:
                names = ", ".join(sorted(map(format_path, paths))[:10])
                said.append(f"these members {do} and are not compared: {names}")
        return said


def opaque_of(seen: Exchange) -> str | None:
    """Give the tag that an answer tells, weak or not."""
    tag = seen.response.get("ETag")
    return tag.removeprefix("W/") if tag else None


def _unsteady(tags: list[str | None], found: Collection[Path]) -> str:
    names = " ".join(f"--ignore {format_path(path)}" for path in sorted(found)[:5] if path)
    what = "and another tag" if tags[0] != tags[1] else "and no tag"
    hint = f", or leave out what differs: {names}" if names else ""
    return (
        f"two GETs in a row give another content {what}, with no write between them, so nothing "
        f"can be judged; choose a resource that is steady{hint}"
    )
