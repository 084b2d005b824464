"""The pages of a site: their front matter, addresses and order."""

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated
from typing import Literal
from urllib.parse import quote

import msgspec

from .data import Names
from .data import Record
from .data import Text
from .data import decode
from .data import line_of
from .data import read_bytes
from .data import read_toml
from .errors import BuildError
from .languages import ENGLISH
from .languages import Direction
from .languages import Tag
from .stamps import Stamp
from .stamps import stamp

_FENCE = "+++"

Family = Annotated[str, msgspec.Meta(min_length=1, pattern=r"^[\w \-,'\".]+$")]
Alias = Annotated[str, msgspec.Meta(pattern=r"^/[^?#\s]+$")]
"""An address from the root of the site: ``/old/`` or ``/old.html``."""


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


class Section(Record, frozen=True):
    """A group of pages in the menu."""

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

    :param language: the language of the interface, and of pages that name none.
    :param dir: the direction of its text, where its language does not tell.
    :param search_hint: what the field of the search shows before somebody types.
    """

    title: Text
    tagline: Text
    sections: Annotated[list[Section], msgspec.Meta(min_length=1)]
    footer: Names
    picture: Picture | None = None
    brand: Brand = Brand()
    language: Tag = ENGLISH
    dir: Direction | None = None
    search_hint: Text | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A content file.

    :param source: the file.
    :param url: its address from the root of the site, such as ``/412/``.
    :param body: the text below the front matter.
    :param body_line: the line of the file at which that text starts.
    :param stamp: the stamp of the file.
    :param digest: its SHA-256.
    """

    source: Path
    url: str
    meta: FrontMatter
    body: str
    body_line: int
    stamp: Stamp | None = None
    digest: str = ""

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
    :raises BuildError: when its front matter is missing or wrong.
    """
    # Before the file is read: what is written to it meanwhile is for the next build.
    seen = stamp(source)
    content = read_bytes(source)
    page = parse_page(decode(source, content).replace("\r\n", "\n"), source, url)
    return replace(page, stamp=seen, digest=sha256(content).hexdigest())


def parse_page(text: str, source: Path, url: str) -> Page:
    """Take a content file apart."""
    lines = text.splitlines(keepends=True)
    if not lines or lines[0].strip() != _FENCE:
        raise BuildError(
            source,
            1,
            "a page starts with front matter: `+++`, TOML with title and description, `+++`",
        )
    try:
        end = next(n for n, line in enumerate(lines[1:], 1) if line.strip() == _FENCE)
    except StopIteration:
        raise BuildError(source, 1, "the front matter is never closed; add `+++`") from None
    head = "".join(lines[1:end])
    meta = read_toml(source, FrontMatter, text=head, first_line=2)
    return Page(source, url, meta, "".join(lines[end + 1 :]), end + 2)


def check_section(page: Page, sections: Iterable[Section]) -> None:
    """See that the site has the section of a page.

    :raises BuildError: when ``site.toml`` has it not.
    """
    known = [section.id for section in sections]
    named = page.meta.section
    if named is not None and named not in known:
        message = f"no section '{named}' in site.toml; it has: {', '.join(known)}"
        raise BuildError(page.source, line_of(page.source, f'"{named}"'), message)


def in_order(pages: Iterable[Page], sections: Iterable[Section]) -> list[Page]:
    """Order pages as the menu does: by section, ``order`` and address."""
    places: dict[str | None, int] = {section.id: place for place, section in enumerate(sections)}
    places[None] = -1
    return sorted(pages, key=lambda page: (places[page.meta.section], page.meta.order, page.url))
