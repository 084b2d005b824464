"""What a build remembers, so that the next one renders only what changed.

The memory is only ever a shortcut: a page is taken over when everything it was made from
is as it was and its files still lie where they were written. A memory that is missing,
damaged or from another version counts for nothing.
"""

import contextlib
import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from ..page.links import Link
from ..sources.pages import FrontMatter
from ..sources.stamps import Stamp

_MAGIC = b"docgen 5\n"


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """A file that was published; without a stamp until it is."""

    digest: str
    stamp: Stamp | None


class Made(msgspec.Struct, kw_only=True):
    """What became of a page.

    :param stamp: the stamp of its file.
    :param digest: the digest of its file.
    :param body_line: the line at which the text below its front matter starts.
    :param key: the digest of everything it was made from.
    :param files: what was published of it, by name.
    :param anchors: its anchors, in order.
    :param links: its links to anchors.
    :param asked: the addresses it looked for, and whether they were there.
    :param shown: the regions it shows, as server and name.
    :param read: the files of the project that it shows, with their stamps.
    :param doubts: what was left out of it, by line.
    :param entry: its part of the search index, in JSON.
    """

    stamp: Stamp | None
    digest: str
    meta: FrontMatter
    body_line: int
    key: str
    files: dict[str, Kept]
    anchors: list[str]
    links: list[Link]
    asked: dict[str, bool]
    shown: list[tuple[str, str]]
    read: dict[str, Stamp | None]
    doubts: list[tuple[int, str]]
    entry: bytes


_DECODER = msgspec.msgpack.Decoder(dict[str, Made])


def load(path: Path) -> dict[str, Made]:
    """Read what a build remembered of each page, by its address; nothing if in doubt."""
    try:
        magic, digest, payload = path.read_bytes().split(b"\n", 2)
        if magic + b"\n" == _MAGIC and digest.decode() == hashlib.sha256(payload).hexdigest():
            return _DECODER.decode(payload)
    except (OSError, ValueError, msgspec.MsgspecError):
        pass
    return {}


def save(path: Path, pages: Mapping[str, Made]) -> None:
    """Remember. A memory that cannot be written is none, and no error."""
    payload = msgspec.msgpack.encode(pages)
    digest = hashlib.sha256(payload).hexdigest().encode()
    beside = path.with_suffix(".part")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / ".gitignore").write_text("*\n", encoding="utf-8")
        beside.write_bytes(_MAGIC + digest + b"\n" + payload)
        beside.replace(path)
