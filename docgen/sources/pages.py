"""The pages of a site: their front matter, addresses and order."""

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated
from typing import Any
from typing import Literal
from urllib.parse import quote

import msgspec

from .data import Record
from .data import Text
from .data import decode
from .data import read_bytes
from .data import read_toml
from .errors import BuildError
from .errors import BuildFailed
from .languages import ENGLISH
from .languages import Direction
from .languages import Tag
from .stamps import Stamp
from .stamps import stamp
from .summaries import Summary
from .summaries import find_summary
from .summaries import shorten

_FENCE = "+++"
_FENCE_OF_YAML = "---"

_ORDERS = ("order", "nav_order", "sidebar_position", "weight")
"""What others call the place of a page among its neighbours."""

Family = Annotated[str, msgspec.Meta(min_length=1, pattern=r"^[\w \-,'\".]+$")]
Anchors = Literal["docgen", "github", "mkdocs"]
Alias = Annotated[str, msgspec.Meta(pattern=r"^/[^?#\s]+$")]
"""An address from the root of the site: ``/old/`` or ``/old.html``."""


Keyword = Annotated[str, msgspec.Meta(pattern=r"^[^,\s](?:[^,]*[^,\s])?$")]
"""A word or several, without a comma: ``optimistic locking``."""


class Badge(Record, frozen=True):
    """A short label over the title."""

    text: Text
    tone: Literal["client", "server", "success", "redirect", "plain"] = "plain"


class Action(Record, frozen=True):
    """A link that a landing page offers."""

    text: Text
    href: Text


class FrontMatter(Record, frozen=True):
    """What the head of a content file says.

    :param description: the sentence under the title and in search results.
    :param section: the id of its section in ``site.toml``; a page without one is in no
        menu.
    :param nav: its name in menus, the title by default.
    :param order: its place within the section.
    :param updated: the day its text last changed, where somebody keeps it.
    :param language: its language, where that is not the site's.
    :param dir: the direction of its text, where its language does not tell.
    :param lead: whether the description stands under the title; where it is taken from the
        text, it stands there already.
    :param anchor: the anchor of the title, where links lead to it; an empty one is made of it.
    :param by_folder: whether its section is the one that is called as its folder.
    :param keywords: what readers call it where its title does not; the search finds it by them.
    :param aliases: addresses that it had before, from the root of the site; each leads here.
    """

    title: Text
    description: Annotated[str, msgspec.Meta(min_length=20, max_length=200)]
    section: str | None = None
    nav: str | None = None
    order: int = 0
    updated: date | None = None
    layout: Literal["page", "home"] = "page"
    badge: Badge | None = None
    actions: tuple[Action, ...] = ()
    language: Tag | None = None
    dir: Direction | None = None
    aliases: tuple[Alias, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    lead: bool = True
    anchor: str | None = None
    by_folder: bool = False


class Section(Record, frozen=True):
    """A group of pages in the menu.

    :param id: its name; ``guide/advanced`` is a section within ``guide``.
    """

    id: Text
    title: Text


class Picture(Record, frozen=True):
    """What stands for a page where somebody shares its address.

    :param file: its name in the site, such as ``files/card.png``.
    :param alt: what is to be seen.
    """

    file: Text
    alt: Text


class Brand(Record, frozen=True):
    """How a site looks; files are named from the content directory.

    :param mark: a few letters in a box before the title.
    :param logo: a picture in place of the mark.
    :param favicon: the picture of a tab, in place of that of the package.
    :param css: stylesheets that are put behind the one of the package.
    :param font: the families of text, as ``font-family`` of CSS has them.
    :param code_font: those of code.
    """

    mark: Annotated[str, msgspec.Meta(max_length=8)] = ""
    logo: Text | None = None
    favicon: Text | None = None
    css: tuple[Text, ...] = ()
    font: Family | None = None
    code_font: Family | None = None


class SiteConfig(Record, frozen=True):
    """The file ``data/site.toml``.

    :param sections: the groups of the menu; the folders of the pages where it has none.
    :param language: the language of the interface, and of pages that name none.
    :param dir: the direction of its text, where its language does not tell.
    :param anchors: how the anchors of headings are made: as the generator that its pages were
        written for makes them.
    :param search_hint: what the field of the search shows before somebody types.
    """

    title: Text
    tagline: str = ""
    sections: list[Section] = msgspec.field(default_factory=list)
    footer: list[Text] = msgspec.field(default_factory=list)
    picture: Picture | None = None
    brand: Brand = Brand()
    language: Tag = ENGLISH
    dir: Direction | None = None
    search_hint: Text | None = None
    anchors: Anchors = "docgen"


@dataclass(frozen=True, slots=True)
class Page:
    """A content file.

    :param source: the file.
    :param url: its address from the root of the site, such as ``/412/``.
    :param body: the text below the front matter.
    :param body_line: the line of the file at which that text starts.
    :param stamp: the stamp of the file.
    :param digest: its SHA-256.
    :param mistakes: what is wrong with its front matter, in whose place another stands.
    """

    source: Path
    url: str
    meta: FrontMatter
    body: str
    body_line: int
    stamp: Stamp | None = None
    digest: str = ""
    mistakes: tuple[BuildError, ...] = ()

    @property
    def output(self) -> str:
        """The file it becomes: a directory with an index, for plain hosts and ``file:``."""
        return "404.html" if self.is_404 else f"{self.url[1:]}index.html"

    @property
    def href(self) -> str:
        """That file, as a link from the root of the site writes it."""
        return quote(self.output)

    @property
    def address(self) -> str:
        """What follows the address of the site, as a link writes it: ``412/``."""
        return quote(self.url[1:])

    @property
    def is_404(self) -> bool:
        """Whether it is what a host shows for an address that leads nowhere."""
        return self.url == "/404/"

    @property
    def name(self) -> str:
        """Its name in menus."""
        return self.meta.nav or self.meta.title


def read_page(source: Path, url: str) -> Page:
    """Read a content file.

    :param url: its address from the root of the site.
    :raises BuildError: when it cannot be read, or its front matter has no end.
    """
    # Before the file is read: what is written to it meanwhile is for the next build.
    seen = stamp(source)
    content = read_bytes(source)
    page = parse_page(decode(source, content).replace("\r\n", "\n"), source, url)
    return replace(page, stamp=seen, digest=sha256(content).hexdigest())


def parse_page(text: str, source: Path, url: str) -> Page:
    """Take a content file apart.

    Without front matter, the title and the description are those of the text.
    """
    lines = text.splitlines(keepends=True)
    fence = lines[0].strip() if lines else ""
    if fence not in (_FENCE, _FENCE_OF_YAML):
        told = find_summary(lines, url)
        anchor = told.anchor if told.has_title else None
        meta = FrontMatter(
            title=told.title,
            description=told.description,
            lead=False,
            anchor=anchor,
            by_folder=True,
        )
        return Page(source, url, meta, told.body, 1)
    try:
        end = next(n for n, line in enumerate(lines[1:], 1) if line.strip() == fence)
    except StopIteration:
        message = f"the front matter is never closed; add `{fence}`"
        raise BuildError(source, 1, message) from None
    head, below = lines[1:end], lines[end + 1 :]
    if fence == _FENCE_OF_YAML:
        told = find_summary(below, url)
        meta = _of_others(head, told)
        return Page(source, url, meta, told.body, end + 2)
    body = "".join(below)
    missing = {"title", "description"} - {line.partition("=")[0].strip() for line in head}
    under = dict.fromkeys(missing, "a text that is long enough")
    try:
        meta = read_toml(source, FrontMatter, text="".join(head), first_line=2, under=under)
    except (BuildError, BuildFailed) as error:
        mistakes = error.errors if isinstance(error, BuildFailed) else (error,)
        told = find_summary(below, url)
        meta = FrontMatter(title=told.title, description=told.description, by_folder=True)
        return Page(source, url, meta, body, end + 2, mistakes=mistakes)
    if missing:
        told = find_summary(below, url)
        given: dict[str, Any] = {}
        if "title" in missing:
            given |= {"title": told.title, "anchor": told.anchor if told.has_title else None}
            body = told.body
        if "description" in missing:
            given |= {"description": told.description, "lead": False}
        meta = msgspec.structs.replace(meta, **given)
    return Page(source, url, meta, body, end + 2)


def _of_others(head: Iterable[str], told: Summary) -> FrontMatter:
    """Read a head in YAML, which generators of other kinds have: its title and description."""
    given = {
        name.strip(): value.strip().strip("\"'")
        for name, colon, value in (line.partition(":") for line in head)
        if colon and not name.startswith((" ", "#", "-"))
    }
    description = given.get("description", "")
    return FrontMatter(
        title=told.title if told.has_title else given.get("title") or told.title,
        description=shorten(description) or told.description,
        nav=given.get("title") or None,
        lead=bool(description),
        anchor=told.anchor if told.has_title else None,
        by_folder=True,
        order=next((int(given[name]) for name in _ORDERS if given.get(name, "").isdecimal()), 0),
    )
