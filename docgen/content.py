"""The directories that a site is made from, laid over each other file by file."""

import os
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path

from .errors import BuildError
from .errors import BuildFailed
from .errors import display_path

FILES = "files"
"""The folder whose files are published as they are, at ``/files/…``."""


class Content:
    """Pages, data and files in layers.

    :param layers: the directories; a file of an earlier one takes the place of the same
        file in a later one.
    :param output: a directory that is no content, wherever it lies.
    """

    def __init__(self, layers: Sequence[Path], output: Path) -> None:
        self.layers = list(layers)
        self._paths: dict[str, Path] = {}
        for layer in reversed(self.layers):
            for path in _walk(layer, output):
                self._paths[path.relative_to(layer).as_posix()] = path

    def path(self, name: str) -> Path:
        """Give a file by its name, or where it would be if it were there."""
        return self._paths.get(name) or self.layers[0] / name

    def find(self, name: str) -> Path | None:
        """Find a file by its name."""
        return self._paths.get(name)

    def pages(self) -> dict[str, Path]:
        """Give the file of each page by its address, in the order of the names.

        :raises BuildFailed: when there is no page, or two files want the same address.
        """
        pages: dict[str, Path] = {}
        errors = []
        for name, path in sorted(self._paths.items()):
            if not _is_page(name):
                continue
            if not name.endswith(".md"):
                errors.append(BuildError(path, None, "the name of a page ends in .md"))
            url = _url(name)
            if url in pages:
                errors.append(
                    BuildError(path, None, f"{display_path(pages[url])} has the address {url} too")
                )
            pages[url] = path
        if not pages:
            errors.append(BuildError(self.layers[0], None, "there is no page (*.md) in here"))
        elif "/" not in pages:
            errors.append(BuildError(self.layers[0], None, "there is no start page; add index.md"))
        if errors:
            raise BuildFailed(errors)
        return pages

    def files(self) -> dict[str, Path]:
        """Give the files that are published as they are, by their name in the site."""
        return {name: path for name, path in self._paths.items() if name.startswith(f"{FILES}/")}

    def inputs(self) -> list[Path]:
        """List what several pages may be made of: everything but the pages themselves."""
        return [path for name, path in sorted(self._paths.items()) if not _is_page(name)]


def _is_page(name: str) -> bool:
    return name.lower().endswith((".md", ".markdown")) and not name.startswith(f"{FILES}/")


def _walk(folder: Path, output: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and Path(place, name).resolve() != output
        )
        yield from (Path(place, name) for name in files if not name.startswith("."))


def _url(name: str) -> str:
    parts = name.removesuffix(".md").split("/")
    if parts[-1] == "index":
        parts.pop()
    return "/" + "".join(f"{part}/" for part in parts)
