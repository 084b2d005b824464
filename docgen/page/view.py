"""A page as HTML: what the templates get of it, and the text that becomes it.

``page.html`` gets one variable, ``page``: a :class:`View`. Templates of blocks get the data of
their :class:`.Slot` and the tools of :class:`.PageBlocks`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment
from markupsafe import Markup

from ..blocks.slot import LinkedData
from ..sources.languages import ENGLISH_WORDS
from ..sources.languages import Direction
from ..sources.languages import Language
from ..sources.pages import Brand
from ..sources.pages import FrontMatter
from ..sources.pages import Page
from ..sources.pages import Picture
from .document import Document
from .document import Heading
from .linked_data import describe
from .links import PageLinks
from .navigation import Around
from .navigation import Item
from .navigation import Navigation
from .templates import render_template

MARKDOWN = "text/markdown"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Site:
    """What every page says of its site.

    :param base_url: where it is published, with a slash at the end; ``None`` when nobody
        said. Then there are no canonical addresses.
    :param has_feed: whether there is a ``feed.xml``.
    :param picture: what stands for its pages where somebody shares their address.
    :param editable: a directory of pages, and where their files can be edited.
    :param brand: how it looks.
    :param language: the language of pages that name none.
    :param dir: the direction of its text.
    """

    title: str
    tagline: str
    footer: list[str]
    base_url: str | None = None
    has_feed: bool = False
    picture: Picture | None = None
    editable: tuple[Path, str] | None = None
    brand: Brand = field(default_factory=Brand)
    language: Language = ENGLISH_WORDS
    dir: Direction = "ltr"


@dataclass(frozen=True, slots=True)
class Twin:
    """The same page for machines.

    :param type: its media type.
    :param href: the way to it from the page.
    """

    type: str
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class View:
    """A page, as ``page.html`` sees it under the name ``page``.

    :param url: its address from the root of the site, such as ``/412/``. Compare it with
        the ``url`` of an :class:`.Item` to find the page itself in a menu.
    :param meta: title, description, badge, actions, layout and the day of its last change
        (``updated``), as its file says them.
    :param document: its text, and what was found in it.
    :param nav: the menus: ``nav.groups``, ``nav.previous`` and ``nav.next``.
    :param breadcrumbs: the way from the start page to it; it comes last itself. A single
        one on the start page.
    :param canonical: its full address; ``None`` without a base URL.
    :param edit: where its file can be edited, if somebody said.
    :param twins: the same in Markdown and JSON; none for the page of status 404.
    :param json_ld: data for search engines, safe within
        ``<script type="application/ld+json">``.
    :param root: what leads from the page to the root of the site: ``../`` on ``/412/``.
    :param language: its language; ``page.word("Menu")`` gives a word of the interface in it.
    :param dir: the direction of its text.
    """

    site: Site
    url: str
    meta: FrontMatter
    document: Document
    nav: Around
    breadcrumbs: list[Item]
    canonical: str | None
    edit: str | None
    twins: list[Twin]
    json_ld: Markup
    root: str
    links: PageLinks
    language: Language
    dir: Direction

    @property
    def body(self) -> Markup:
        """Its text."""
        return self.document.html

    @property
    def toc(self) -> list[Heading]:
        """Its headings of the second and third level."""
        return [heading for heading in self.document.headings if heading.level < 4]

    def link(self, target: str) -> str:
        """Give the ``href`` of a page of the site, such as ``/412/#contract``."""
        return self.links.resolve(target)

    def word(self, english: str, *values: object) -> str:
        """Give a word of the interface in the language of the page."""
        return self.language.word(english, *values)

    def has(self, url: str) -> bool:
        """Tell whether the site has a page."""
        return self.links.has(url)

    def file(self, name: str) -> str:
        """Give the ``href`` of a file of the site, such as ``llms.txt``."""
        return self.root + name

    def asset(self, name: str) -> str:
        """Give the ``href`` of a file in ``assets/``."""
        return f"{self.root}assets/{name}"


class Frame:
    """Puts the text of a page into ``page.html``."""

    def __init__(self, templates: Environment, site: Site, navigation: Navigation) -> None:
        self._templates = templates
        self._site = site
        self._navigation = navigation
        self._language = cache(lambda tag: Language(tag, site.language.own))

    def language_of(self, page: Page) -> Language:
        """Give the language of a page."""
        tag = page.meta.language
        return self._language(tag) if tag else self._site.language

    def view(
        self,
        page: Page,
        document: Document,
        links: PageLinks,
        linked_data: Iterable[LinkedData] = (),
    ) -> View:
        """Gather what the template shows.

        :param linked_data: what blocks of the page say to search engines.
        """
        base_url = self._site.base_url
        canonical = base_url + page.address if base_url and not page.is_404 else None
        language = self.language_of(page)
        site_dir = language.dir if page.meta.language else self._site.dir
        breadcrumbs = self._navigation.breadcrumbs(page, links.root, language.word("Home"))
        return View(
            site=self._site,
            url=page.url,
            meta=page.meta,
            document=document,
            nav=self._navigation.around(page, links.root),
            breadcrumbs=breadcrumbs,
            canonical=canonical,
            edit=self._edit(page),
            twins=[] if page.is_404 else _TWINS,
            json_ld=describe(
                page, self._site.title, language.tag, canonical, breadcrumbs, linked_data
            ),
            root=links.root,
            links=links,
            language=language,
            dir=page.meta.dir or site_dir,
        )

    def _edit(self, page: Page) -> str | None:
        if self._site.editable is None:
            return None
        folder, address = self._site.editable
        if not page.source.is_relative_to(folder):  # a page of the package
            return None
        return address + quote(page.source.relative_to(folder).as_posix())

    def render(self, view: View) -> str:
        """Render the page.

        :raises BuildError: when a template has a mistake.
        """
        return render_template(self._templates, "page.html", {"page": view})


_TWINS = [
    Twin(MARKDOWN, "This page in Markdown", "index.md"),
    Twin(JSON, "This page in JSON", "index.json"),
]
