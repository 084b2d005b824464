"""What a build remembers, so that the next one renders only what changed.

The memory is only ever a shortcut: a page is taken over when the digest of everything it
was made from is the same and its files still lie where they were written. A memory that is
missing, damaged or from another version counts for nothing.
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

_MAGIC = b"docgen 1\n"
_PARTS = ("jinja2", "markdown_it", "mdit_py_plugins", "msgspec", "pygments")
_BUILT = frozenset({"__pycache__", "build", "dist", "node_modules", "target"})

Stamp = tuple[int, int, int, int]
"""Size, two times and the inode of a file: what differs after any write to it."""


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """A file that was published; without a stamp until it is."""

    digest: str
    stamp: Stamp | None


class Made(msgspec.Struct, kw_only=True):
    """What became of a page.

    :param source: the digest of its file.
    :param body_line: the line at which the text below its front matter starts.
    :param key: the digest of everything it was made from.
    :param files: what was published of it, by name.
    :param anchors: its anchors, in order.
    :param links: its links to anchors.
    :param asked: the addresses it looked for, and whether they were there.
    :param shown: the regions it shows, as server and name.
    :param entry: its part of the search index, in JSON.
    """

    source: str
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


def stamp(path: Path | str) -> Stamp | None:
    """Tell a file from what it is after a write; ``None`` when it is not there."""
    try:
        found = os.stat(path)  # noqa: PTH116 - thousands of times, where Path is slow
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def digest_file(path: Path) -> str:
    """Give the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest_of(*parts: str) -> str:
    """Give one digest for several texts."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(f"{len(part)}:{part}".encode())
    return whole.hexdigest()


def fingerprint(folders: Iterable[Path], files: Iterable[Path], *words: str) -> str:
    """Give the digest of what all pages depend on.

    :param folders: directories with all that lies in them, except what builds left there.
    :param files: more files.
    :param words: settings, as text.
    """
    # Another version of a package is another file; to read its number would cost more.
    found = [spec.origin for spec in map(find_spec, _PARTS) if spec and spec.origin]
    parts = [(origin, stamp(origin)) for origin in found]
    whole = hashlib.sha256(repr((sys.version, parts, words)).encode())
    for path in [*(path for folder in folders for path in _sources(folder)), *files]:
        content = path.read_bytes()
        whole.update(f"{path}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()


def _sources(folder: Path) -> Iterable[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if name not in _BUILT and not name.startswith(".")
        )
        yield from (Path(place, name) for name in sorted(files) if not name.startswith("."))
