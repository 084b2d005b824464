"""Write a site: only what changed, and remove only what an earlier build wrote."""

import hashlib
import json
import os
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pathlib import PurePosixPath

from .errors import OutputError
from .errors import display_path

MANIFEST = "docgen-manifest.json"


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the output directory, as numbers of files."""

    written: int
    unchanged: int
    removed: int


def write_site(
    output: Path, files: Mapping[str, bytes], note: Callable[[str], object] = lambda file: None
) -> Written:
    """Bring a directory to hold these files.

    :param files: the content of each file, by its path below the directory.
    :param note: called with the path of each file that is written.
    :raises OutputError: when a file is in the way that no build wrote.
    """
    ours = _read_manifest(output)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    changed = [name for name in files if _digest(output / name) != digests[name]]
    for name in changed:
        path = output / name
        if name not in ours and path.exists():
            raise OutputError(
                f"{display_path(path)} was not written by flask docgen build and would be lost; "
                "move it away, or choose another directory with -o"
            )
    # Until the end the manifest lists old and new files, so that a build that is
    # interrupted leaves nothing that the next one would not know for its own.
    _write_manifest(output, {**ours, **digests})
    for name in changed:
        _write(output / name, files[name])
        note(name)
    removed = [name for name in ours if name not in files and _remove(output, name, ours[name])]
    _write_manifest(output, digests)
    return Written(len(changed), len(files) - len(changed), len(removed))


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
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _write_manifest(output: Path, digests: Mapping[str, str]) -> None:
    text = json.dumps({"files": dict(sorted(digests.items()))}, indent=1) + "\n"
    path = output / MANIFEST
    if _digest(path) != hashlib.sha256(text.encode()).hexdigest():
        _write(path, text.encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(content)
    os.replace(beside, path)  # noqa: PTH105 - a reader sees the old file or the new one


def _remove(output: Path, name: str, digest: str) -> bool:
    path = output / name
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
