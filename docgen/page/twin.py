"""A page for machines: the same text in Markdown and in JSON, with the same anchors."""

import re
from collections.abc import Callable
from datetime import date

import msgspec
from markupsafe import Markup

from ..sources.data import write_json
from ..twins import commonmark
from ..twins.plain import to_markdown
from .document import Document
from .view import View

SCHEMA_FILE = "schemas/page.json"

_PAGE_LINK = re.compile(r'(<a\b[^>]*? href=")([^"#:?]*/)?index\.html(?:\?[^"#]*)?(?=["#])')
"""A link to a page; what fills in a form of it means nothing to its twin."""


class TextSection(msgspec.Struct, frozen=True):
    """What stands under a heading.

    :param id: the anchor of the heading, the same as in the HTML.
    """

    id: str
    level: int
    title: str
    markdown: str


class TextPage(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A page.

    :param url: its address from the root of the site.
    :param canonical: its full address, where the site has one.
    :param section: the name of its section in the menu.
    :param updated: the day its text last changed, where somebody keeps it.
    :param intro: what stands above its first heading.
    """

    schema: str = msgspec.field(name="$schema")
    url: str
    title: str
    description: str
    canonical: str | None = None
    section: str | None = None
    updated: date | None = None
    intro: str
    sections: list[TextSection]


def text_page(view: View) -> TextPage:
    """Cut a page at its headings, in Markdown."""
    # A reader of the twin stays among twins.
    document = Document(Markup(_PAGE_LINK.sub(_to_twin(view), view.body)))
    parts = list(document.cut(deepest=6))
    group = next((group.title for group in view.nav.groups if group.is_open), None)
    return TextPage(
        schema=view.file(SCHEMA_FILE),
        url=view.url,
        canonical=view.canonical,
        title=view.meta.title,
        description=view.meta.description,
        section=group,
        updated=view.meta.updated,
        intro=to_markdown(parts[0][1]),
        sections=[
            TextSection(heading.id, heading.level, heading.title, to_markdown(html))
            for heading, html in parts
            if heading
        ],
    )


def as_markdown(page: TextPage, *, lead: bool = True) -> bytes:
    """Give the whole page in Markdown.

    :param lead: whether its description stands under the title.
    """
    description = commonmark.paragraph(commonmark.escape_line(page.description)) if lead else ""
    parts = [_heading(1, page.title), description, page.intro]
    for section in page.sections:
        parts += [_heading(section.level, section.title), section.markdown]
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


def as_json(page: TextPage) -> bytes:
    """Give the whole page in JSON."""
    return write_json(page)


def schema() -> bytes:
    """Give the JSON Schema of a page in JSON."""
    return write_json(msgspec.json.schema(TextPage))


def _heading(level: int, title: str) -> str:
    return commonmark.heading(level, commonmark.escape_line(title))


def _to_twin(view: View) -> Callable[[re.Match[str]], str]:
    def to_twin(found: re.Match[str]) -> str:
        start, folder = found[1], found[2] or ""
        # A way to a page starts at the root of the site, or is the name of the page's own file.
        url = f"/{folder.removeprefix(view.root)}" if folder else view.url
        return f"{start}{folder}index.md" if view.has(url) else found[0]

    return to_twin
