"""What a build remembers, so that the next one renders only what changed.

The memory is only ever a shortcut: a page is taken over when everything it was made from
is as it was and its files still lie where they were written. A memory that is missing,
damaged or from another version counts for nothing.
"""

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterable
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import msgspec

from .links import Link
from .pages import FrontMatter
from .stamps import Stamp
from .stamps import stamp

_MAGIC = b"docgen 2\n"
_PARTS = ("jinja2", "markdown_it", "mdit_py_plugins", "msgspec", "pygments")
_BUILT = frozenset({"__pycache__", "build", "dist", "node_modules", "target"})


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


def digest_of(*parts: str) -> str:
    """Give one digest for several texts."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(f"{len(part)}:{part}".encode())
    return whole.hexdigest()


def digest_stamps(folders: Iterable[Path], files: Iterable[Path]) -> str:
    """Give a digest that differs once a file was written to, or a library became another one.

    :param folders: directories with all that lies in them, except what builds left there.
    :param files: more files.
    """
    # Another version of a package is another file; to read its number would cost more.
    parts = [spec.origin for spec in map(find_spec, _PARTS) if spec and spec.origin]
    paths = [*parts, *(path for folder in folders for path in _sources(folder)), *map(str, files)]
    stamps = [(path, stamp(path)) for path in paths]
    return hashlib.sha256(repr((sys.version, stamps)).encode()).hexdigest()


def _sources(folder: Path) -> Iterable[str]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if name not in _BUILT and not name.startswith(".")
        )
        yield from (f"{place}/{name}" for name in sorted(files) if not name.startswith("."))
