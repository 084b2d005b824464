"""Publish a site: only what changed, and remove only what an earlier build wrote."""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from pathlib import PurePosixPath
from types import TracebackType
from typing import Self

from ..sources.data import write_json
from ..sources.errors import OutputError
from ..sources.errors import display_path

MANIFEST = "docgen-manifest.json"

_WAITING = ".docgen-{}.part"
_A_DAY = 24 * 60 * 60  # seconds


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the output directory, as numbers of files."""

    written: int
    unchanged: int
    removed: int


class Publication:
    """Brings a directory to hold the files of a build, all at once at its end.

    Until then, what is new waits in a hidden folder of the directory, where it can be moved
    from in one step: nothing has to be kept in memory, and a build that fails changes
    nothing. Each build has a folder of its own, so two of them do not meet.
    """

    def __init__(self, output: Path) -> None:
        self._output = output
        self._waiting: Path | None = None
        self._ways: set[PurePosixPath] = set()
        self._ours = _read_manifest(output)
        self._digests: dict[str, str] = {}
        self._changed: dict[str, Path] = {}
        self._numbers = count()

    def __enter__(self) -> Self:
        for left in self._output.glob(_WAITING.format("*")):
            if time.time() - left.stat().st_mtime > _A_DAY:  # its build was killed
                shutil.rmtree(left, ignore_errors=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._waiting:
            shutil.rmtree(self._waiting, ignore_errors=True)
            with contextlib.suppress(OSError):  # it is empty only if nothing was published
                self._output.rmdir()

    def put(self, name: str, content: bytes | Iterable[bytes]) -> str:
        """Add a file, and give its digest.

        :param content: all of it, or its parts one after the other.
        :raises OutputError: when a file is in the way that no build wrote, or the system
            refuses to write.
        """
        with _writing(self._output):
            if isinstance(content, bytes):
                digest = hashlib.sha256(content).hexdigest()
                if _digest(self._output / name) != digest:
                    self._make_way(name).write_bytes(content)
            else:
                digest = self._put_parts(name, content)
        self._digests[name] = digest
        return digest

    def keep(self, name: str, digest: str) -> None:
        """Add a file that lies in the directory already."""
        self._digests[name] = digest

    def path(self, name: str) -> Path:
        """Give where a file of this build lies until it is published."""
        return self._changed.get(name) or self._output / name

    def publish(self) -> Written:
        """Bring the directory to hold these files, and no others of earlier builds.

        :raises OutputError: when the system refuses to write.
        """
        with _writing(self._output):
            return self._publish()

    def _publish(self) -> Written:
        # Until the end the manifest lists old and new files, so that a build that is
        # interrupted leaves nothing that the next one would not know for its own.
        self._output.mkdir(parents=True, exist_ok=True)
        _write_manifest(self._output, {**self._ours, **self._digests})
        # What is old goes first: where a file was there may be a folder now.
        removed = [
            name
            for name, digest in self._ours.items()
            if name not in self._digests and _remove(self._output, name, digest)
        ]
        for folder in sorted({(self._output / name).parent for name in self._changed}):
            folder.mkdir(parents=True, exist_ok=True)
        for name, waiting in self._changed.items():
            os.replace(waiting, self._output / name)  # noqa: PTH105 - a thousand times
        _write_manifest(self._output, self._digests)
        unchanged = len(self._digests) - len(self._changed)
        return Written(len(self._changed), unchanged, len(removed))

    def _put_parts(self, name: str, parts: Iterable[bytes]) -> str:
        path = self._make_way(name)
        whole = hashlib.sha256()
        with path.open("wb") as file:
            for part in parts:
                whole.update(part)
                file.write(part)
        if _digest(self._output / name) == whole.hexdigest():
            del self._changed[name]
            path.unlink()
        return whole.hexdigest()

    def _make_way(self, name: str) -> Path:
        if not _is_below(name):
            raise OutputError(f"{name} would lie outside of {display_path(self._output)}")
        in_the_way = self._find_foreign(name)
        if in_the_way:  # or did another build write it meanwhile?
            self._ours |= _read_manifest(self._output)
            self._ways.clear()
            in_the_way = self._find_foreign(name)
        if in_the_way:
            raise OutputError(
                f"{display_path(in_the_way)} was not written by flask docgen build and would be "
                "lost; move it away, or choose another directory with -o"
            )
        if self._waiting is None:
            self._output.mkdir(parents=True, exist_ok=True)
            prefix, _, suffix = _WAITING.partition("{}")
            self._waiting = Path(tempfile.mkdtemp(suffix, prefix, self._output))
        # Its directories are made when it is published: here its number is enough.
        self._changed[name] = self._waiting / str(next(self._numbers))
        return self._changed[name]

    def _find_foreign(self, name: str) -> Path | None:
        """Find what stands in the place of a file and was written by nobody here."""
        there = self._output / name
        if there.is_dir() and not there.is_symlink():
            found = (path for path in there.rglob("*") if not path.is_dir())
            names = (path.relative_to(self._output).as_posix() for path in found)
            foreign = next((name for name in names if name not in self._ours), None)
            return self._output / foreign if foreign else None
        if name not in self._ours and (there.exists() or there.is_symlink()):
            return there
        for folder in PurePosixPath(name).parents:
            if folder in self._ways:
                break
            self._ways.add(folder)
            path = self._output / folder
            if path.is_symlink() and path != self._output:  # what is written there lies elsewhere
                return path
            if path.is_file() and _digest(path) != self._ours.get(folder.as_posix()):
                return path
        return None


@contextlib.contextmanager
def _writing(output: Path) -> Iterator[None]:
    """Tell what the system refuses, such as to write to a full disk."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{display_path(output)} cannot be written: {error.strerror or error}; mend that, or "
            "choose another directory with -o"
        ) from error


def ways_to(name: str) -> list[str]:
    """List the directories that a file lies in."""
    return [folder.as_posix() for folder in PurePosixPath(name).parents][:-1]


def _read_manifest(output: Path) -> dict[str, str]:
    path = output / MANIFEST
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {name: str(digest) for name, digest in files.items() if _is_below(name)}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OutputError(
            f"{display_path(path)} cannot be read ({error}), so it is unknown what is safe to "
            "replace; remove the directory and build again"
        ) from None


def _is_below(name: str) -> bool:
    return not name.startswith("/") and ".." not in name.split("/")


def _write_manifest(output: Path, digests: Mapping[str, str]) -> None:
    content = write_json({"files": dict(sorted(digests.items()))})
    path = output / MANIFEST
    if _digest(path) != hashlib.sha256(content).hexdigest():
        beside = path.with_name(f".{path.name}.part")
        beside.write_bytes(content)
        beside.replace(path)  # a reader sees the old file or the new one


def _remove(output: Path, name: str, digest: str) -> bool:
    path = output / name
    if not path.parent.resolve().is_relative_to(output.resolve()):  # through a link of somebody
        return False
    if _digest(path) != digest:  # someone made it theirs, or it is gone
        return False
    path.unlink()
    for folder in path.parents:
        if folder == output or any(folder.iterdir()):
            break
        folder.rmdir()
    return True


def _digest(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
