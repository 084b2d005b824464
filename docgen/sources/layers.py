"""The directories that a site is made from, laid over each other file by file."""

import os
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

from .errors import BuildError
from .errors import display_path

FILES = "files"
"""The folder whose files are published at ``/files/…``."""

STARTS = ("index", "readme")
"""The names of the page that a folder opens with."""

_PICTURES = (".avif", ".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp")


class Content:
    """Pages, data and files in layers.

    :param layers: the directories; a file of an earlier one takes the place of the same
        file in a later one.
    :param output: a directory that is no content, wherever it lies.
    :param chosen: tells by its name whether a file of a layer comes along; all do where
        nobody says.
    """

    errors: list[BuildError]
    """What is wrong with it: a link that leads nowhere or too far, what is neither a file nor a
    folder, two pages with one address, no page to start at."""

    def __init__(
        self,
        layers: Sequence[Path],
        output: Path,
        chosen: Mapping[Path, Callable[[str], bool]] | None = None,
    ) -> None:
        self.layers = list(layers)
        self._paths: dict[str, Path] = {}
        self.errors = []
        for layer in reversed(self.layers):
            walked = _Layer(layer, output)
            is_chosen = (chosen or {}).get(layer)
            for path in walked.files():
                name = path.relative_to(layer).as_posix()
                if is_chosen is None or is_chosen(name):
                    self._paths[name] = path
            self.errors += walked.errors
        self._pages = self._find_pages()

    def path(self, name: str) -> Path:
        """Give a file by its name, or where it would be if it were there."""
        return self._paths.get(name) or self.layers[0] / name

    def find(self, name: str) -> Path | None:
        """Find a file by its name."""
        return self._paths.get(name)

    def pages(self) -> dict[str, Path]:
        """Give the file of each page by its address, in the order of the names."""
        return self._pages

    def files(self) -> dict[str, Path]:
        """Give the files that are published, by their name in the site.

        Those in ``files/``, and the pictures that lie beside pages.
        """
        return {name: path for name, path in self._paths.items() if _is_published(name)}

    def inputs(self) -> list[Path]:
        """List what several pages may be made of: everything but the pages themselves."""
        return [path for name, path in sorted(self._paths.items()) if not _is_page(name)]

    def _find_pages(self) -> dict[str, Path]:
        pages: dict[str, Path] = {}
        for name, path in sorted(self._paths.items()):
            if not _is_page(name):
                continue
            if not name.isprintable():
                self._refuse(path, "this name holds what cannot be seen")
            if not name.endswith(".md"):
                self._refuse(path, "the name of a page ends in .md")
            url = _url(name)
            if url in pages:
                self._refuse(path, f"{display_path(pages[url])} has the address {url} too")
            pages[url] = path
        if not pages:
            self._refuse(self.layers[0], "there is no page (*.md) in here")
        elif "/" not in pages:
            self._refuse(self.layers[0], "there is no start page; add index.md")
        return pages

    def _refuse(self, path: Path, message: str) -> None:
        self.errors.append(BuildError(path, None, message))


def _is_published(name: str) -> bool:
    is_picture = name.lower().endswith(_PICTURES) and not name.startswith("data/")
    return is_picture or name.startswith(f"{FILES}/")


def _is_page(name: str) -> bool:
    return name.lower().endswith((".md", ".markdown")) and not name.startswith(f"{FILES}/")


class _Layer:
    """Walks a directory, through the links in it that lead to a place to be published.

    :param errors: what it met that is neither a file nor a folder, or leads too far.
    """

    def __init__(self, folder: Path, output: Path) -> None:
        self.errors: list[BuildError] = []
        self._folder = folder
        self._output = output
        # A project keeps texts beside its pages. Further away begins what is not the site's
        # to publish: somebody else's pull request could link the keys of the machine.
        here = Path.cwd()
        self._within = [folder.resolve(), *([here] if here != Path(here.anchor) else [])]

    def files(self) -> Iterator[Path]:
        """Give its files, but for hidden ones and the output."""
        yield from self._walk(self._folder, {self._folder.resolve()})

    def _walk(self, folder: Path, above: set[Path]) -> Iterator[Path]:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            path = Path(entry.path)
            if entry.name.startswith("."):
                continue
            if entry.is_symlink() and not self._leads_well(path, above):
                continue
            if entry.is_dir():
                place = path.resolve()
                if place != self._output:
                    yield from self._walk(path, above | {place})
            elif entry.is_file():
                yield path
            else:
                self._refuse(path, "this is neither a file nor a folder")

    def _leads_well(self, link: Path, above: set[Path]) -> bool:
        try:
            place = link.resolve(strict=True)
        except (OSError, RuntimeError):  # a loop of links
            return self._refuse(link, f"this link leads nowhere: {link.readlink()}")
        if place in above:
            return self._refuse(link, f"this link leads to a folder around it: {place}")
        ways = [place.relative_to(root) for root in self._within if place.is_relative_to(root)]
        if not ways:
            roots = " and ".join(map(display_path, self._within))
            return self._refuse(link, f"this link leads to {place}, which is outside of {roots}")
        if any(part.startswith(".") for part in min(ways, key=lambda way: len(way.parts)).parts):
            return self._refuse(link, f"this link leads to what is hidden: {place}")
        return True

    def _refuse(self, path: Path, message: str) -> bool:
        self.errors.append(BuildError(path, None, message))
        return False


def _url(name: str) -> str:
    parts = name.removesuffix(".md").split("/")
    if parts[-1].lower() in STARTS:
        parts.pop()
    return "/" + "".join(f"{part}/" for part in parts)
