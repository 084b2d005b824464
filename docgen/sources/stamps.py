"""Whether a file was written to, without reading it, and digests of what may change."""

import hashlib
import os
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

_PARTS = ("jinja2", "markdown_it", "mdit_py_plugins", "msgspec", "pygments")
_BUILT = frozenset({"__pycache__", "build", "dist", "node_modules", "target"})

Stamp = tuple[int, int, int, int]
"""Size, two times and the inode of a file: what differs after any write to it."""


def stamp(path: Path | str) -> Stamp | None:
    """Give the stamp of a file; ``None`` when it is not there."""
    try:
        found = os.stat(path)  # noqa: PTH116 - thousands of times, where Path is slow
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


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
