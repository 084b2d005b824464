"""The menus of a page: sections, breadcrumbs, previous and next."""

from collections.abc import Set
from dataclasses import dataclass
from dataclasses import replace
from functools import cache
from hashlib import sha256

from ..sources.pages import Page
from ..sources.pages import Section
from ..sources.sections import ancestry_of
from ..sources.sections import parent_of

ALL_SHOWN_UP_TO = 120
"""The number of pages above which a menu lists only the section of its page."""


@dataclass(frozen=True, slots=True)
class Item:
    """A link of a menu; it is the page itself where ``url`` is the page's."""

    name: str
    url: str
    href: str


@dataclass(frozen=True, slots=True)
class Group:
    """A section of the menu.

    :param items: its pages; in a large site only the first, unless it is open.
    :param is_open: whether the page belongs to it, or to a section within it.
    :param groups: the sections within it; in a large site none, unless it is open.
    """

    id: str
    title: str
    items: list[Item]
    is_open: bool
    groups: list["Group"]


@dataclass(frozen=True, slots=True)
class Around:
    """What a page shows of its neighbourhood."""

    groups: list[Group]
    previous: Item | None
    next: Item | None


class Navigation:
    """The order of the pages.

    :param pages: all pages, in order.
    """

    def __init__(self, pages: list[Page], sections: list[Section]) -> None:
        self._listed = [page for page in pages if page.meta.section is not None]
        self._place = {page.url: place for place, page in enumerate(self._listed)}
        self._pages: dict[str | None, list[Page]] = {}
        for page in self._listed:
            self._pages.setdefault(page.meta.section, []).append(page)
        self._first: dict[str, Page] = {}
        for page in self._listed:
            for id_ in ancestry_of(page.meta.section or ""):
                self._first.setdefault(id_, page)
        self._within: dict[str, list[Section]] = {}
        for section in sections:
            if section.id in self._first:
                self._within.setdefault(parent_of(section.id), []).append(section)
        self._titles = {section.id: section.title for section in sections}
        # Pages of one section at one depth have the same menu.
        self._groups = cache(self._make_groups)
        self._fingerprint = cache(
            lambda section: sha256(repr(self._make_groups(section, "")).encode()).hexdigest()
        )

    def around(self, page: Page, root: str) -> Around:
        """Give the menus of a page.

        :param root: what leads from the page to the root of the site.
        """
        place = self._place.get(page.url)
        earlier = later = None
        if place is not None:
            earlier = self._listed[place - 1] if place else None
            later = self._listed[place + 1] if place + 1 < len(self._listed) else None
        return Around(
            self._groups(page.meta.section, root),
            _item(earlier, root) if earlier else None,
            _item(later, root) if later else None,
        )

    def breadcrumbs(self, page: Page, root: str, home: str) -> list[Item]:
        """Give the way from the start page down to a page: its section's first page, itself.

        :param home: what the start page is called.
        """
        last = _item(page, root)
        if page.url == "/":
            return [last]
        trail = [Item(home, "/", f"{root}index.html")]
        own = page.meta.section
        if own is None:
            return [*trail, last]
        for id_ in ancestry_of(own):
            first = self._first[id_]
            if first.url != page.url:
                trail.append(Item(self._titles[id_], first.url, root + first.href))
        pages = self._pages[own]
        is_first = self._first[own].url == page.url
        if is_first and len(pages) > 1 and all(each.url.startswith(page.url) for each in pages):
            last = replace(last, name=self._titles[own])
        return [*trail, last]

    def fingerprint(self, page: Page) -> str:
        """Give a text that is another one as soon as the menus of a page are."""
        place = self._place.get(page.url)
        near = self._listed[max(0, place - 1) : place + 2] if place is not None else []
        names = [(other.url, other.name) for other in near]
        return f"{self._fingerprint(page.meta.section)}{names}"

    def _make_groups(self, current: str | None, root: str) -> list[Group]:
        around = set(ancestry_of(current)) if current is not None else set()
        return self._groups_within("", around, root)

    def _groups_within(self, parent: str, around: Set[str], root: str) -> list[Group]:
        # The whole tree in every page would make a site grow with its square.
        shows_all = len(self._listed) <= ALL_SHOWN_UP_TO
        groups = []
        for section in self._within.get(parent, ()):
            is_open = section.id in around
            is_shown = is_open or shows_all
            pages = self._pages.get(section.id, []) if is_shown else [self._first[section.id]]
            items = [_item(page, root) for page in pages]
            inner = self._groups_within(section.id, around, root) if is_shown else []
            groups.append(Group(section.id, section.title, items, is_open, inner))
        return groups


def _item(page: Page, root: str) -> Item:
    return Item(page.name, page.url, root + page.href)
