"""The sections of a menu, which may lie within each other, and the pages that belong to them.

A section lies within the one that its id continues: ``guide/advanced`` within ``guide``.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from .data import line_of
from .errors import BuildError
from .languages import ENGLISH_WORDS
from .languages import Word
from .layers import STARTS
from .pages import Page
from .pages import Section
from .pages import read_page
from .summaries import words_of

DEEPEST = 6
"""How many sections may lie within each other; of a deeper folder, the pages lie in the last."""

ROOT_SECTION = "pages"
"""The section of pages that lie in no folder and name none."""


def parent_of(id_: str) -> str:
    """Give the id of the section around a section; empty where there is none."""
    return id_.rpartition("/")[0]


def ancestry_of(id_: str) -> list[str]:
    """Give the ids from the outermost section around a section down to itself."""
    parts = id_.split("/")
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def nested(sections: Sequence[Section]) -> list[Section]:
    """Order sections as a menu shows them: each before those within it."""
    within: dict[str, list[Section]] = {}
    for section in sections:
        within.setdefault(parent_of(section.id), []).append(section)

    def walk(id_: str) -> Iterator[Section]:
        for section in within.get(id_, ()):
            yield section
            yield from walk(section.id)

    return list(walk(""))


def titles_of(sections: Iterable[Section]) -> dict[str, str]:
    """Give the title of each section, behind those of the sections around it."""
    titles = {section.id: section.title for section in sections}
    return {id_: " › ".join(titles[each] for each in ancestry_of(id_)) for id_ in titles}


def check_sections(source: Path, sections: Sequence[Section]) -> None:
    """See that each section is there once, and the one around it too.

    :raises BuildError: with the line of the first that is not.
    """
    names = [section.id for section in sections]
    for name in names:
        message = ""
        if names.count(name) > 1:
            message = f"there are two sections '{name}'"
        elif parent_of(name) not in ("", *names):
            message = f"the section '{name}' lies within '{parent_of(name)}', which is not there"
        elif name.count("/") >= DEEPEST:
            message = f"the section '{name[:40]}…' lies deeper than {DEEPEST} within each other"
        if message:
            raise BuildError(source, line_of(source, f'"{name}"'), message)


def sections_of(pages: Mapping[str, Path], word: Word = ENGLISH_WORDS.word) -> list[Section]:
    """Make a section of each folder of pages, in the order of their names.

    It is called as the page that the folder opens with, or as the folder.

    :param pages: the file of each page, by its address.
    :param word: gives a word of the interface.
    """
    folders: set[str] = set()
    for url, path in pages.items():
        *around, last = url.strip("/").split("/")
        is_start = path.stem.lower() in STARTS
        folder = "/".join(([*around, last] if is_start else around)[:DEEPEST])
        # A page that alone opens its folder, beside the others, makes no section of it.
        if folder and (not is_start or around or _has_more(url, pages)):
            folders.update(ancestry_of(folder))
    made = [Section(id=ROOT_SECTION, title=word("Pages"))]
    for folder in sorted(folders - {ROOT_SECTION}):
        start = pages.get(f"/{folder}/")
        opens = start is not None and start.stem.lower() in STARTS
        title = read_page(start, f"/{folder}/").name if start and opens else ""
        made.append(Section(id=folder, title=title or words_of(folder.rpartition("/")[2])))
    return made


def _has_more(url: str, pages: Iterable[str]) -> bool:
    return any(other != url and other.startswith(url) for other in pages)


def placed(page: Page, sections: Iterable[Section]) -> Page:
    """Put a page that names no section into the nearest one that is called as its folder."""
    if not page.meta.by_folder or page.url == "/":
        return page
    parts = page.url.strip("/").split("/")
    folder = "/".join(parts if page.source.stem.lower() in STARTS else parts[:-1])
    known = {section.id for section in sections}
    around = ancestry_of(folder)[::-1] if folder else []
    around += [] if folder and page.url.count("/") > 2 else [ROOT_SECTION]
    meta = msgspec.structs.replace(
        page.meta, section=next((name for name in around if name in known), None)
    )
    return replace(page, meta=meta)


def misplaced(page: Page, sections: Iterable[Section]) -> BuildError | None:
    """Tell what is wrong where the site has no such section as a page names."""
    known = [section.id for section in sections]
    named = page.meta.section
    if named is None or named in known:
        return None
    message = f"no section '{named}' in site.toml; it has: {', '.join(known)}"
    return BuildError(page.source, line_of(page.source, f'"{named}"'), message)


def in_order(pages: Iterable[Page], sections: Iterable[Section]) -> list[Page]:
    """Order pages as the menu does: by section, ``order`` and address."""
    places: dict[str | None, int] = {section.id: place for place, section in enumerate(sections)}
    places[None] = -1
    return sorted(pages, key=lambda page: (places[page.meta.section], page.meta.order, page.url))
