"""The menus of a page: sections, previous and next."""

from dataclasses import dataclass

from .links import Links
from .pages import Page
from .pages import SiteConfig

_ALL_OPEN_UP_TO = 40
"""The number of pages above which a menu opens only the section of its page."""


@dataclass(frozen=True, slots=True)
class Item:
    """A link of a menu."""

    name: str
    href: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A section of the menu."""

    title: str
    items: list[Item]


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

    def __init__(self, pages: list[Page], config: SiteConfig, links: Links) -> None:
        self._links = links
        self._listed = [page for page in pages if page.meta.section is not None]
        self._place = {page.url: place for place, page in enumerate(self._listed)}
        by_section: dict[str | None, list[Page]] = {}
        for page in self._listed:
            by_section.setdefault(page.meta.section, []).append(page)
        self._sections = [
            (section, by_section[section.id])
            for section in config.sections
            if section.id in by_section
        ]

    def around(self, page: Page) -> Around:
        """Give the menus of a page."""
        # The whole tree in every page would make a site grow with its square.
        all_open = len(self._listed) <= _ALL_OPEN_UP_TO
        groups = []
        for section, pages in self._sections:
            is_open = all_open or section.id == page.meta.section
            shown = pages if is_open else pages[:1]
            groups.append(Group(section.title, [self._item(other, page) for other in shown]))
        place = self._place.get(page.url)
        if place is None:
            return Around(groups, None, None)
        earlier = self._listed[place - 1] if place else None
        later = self._listed[place + 1] if place + 1 < len(self._listed) else None
        return Around(
            groups,
            self._item(earlier, page) if earlier else None,
            self._item(later, page) if later else None,
        )

    def _item(self, page: Page, seen_from: Page) -> Item:
        href = self._links.relative(page.output, seen_from.url)
        return Item(page.name, href, page.url == seen_from.url)
