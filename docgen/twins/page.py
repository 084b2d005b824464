"""A page for machines: the same text in Markdown and in JSON, with the same anchors."""

import re
from datetime import date

import msgspec

from ..headings import find_headings
from ..rendering import View
from . import commonmark
from .plain import to_markdown

SCHEMA_FILE = "schemas/page.json"

_TO_PAGE = re.compile(r"(\]\((?:[^()\s:]*/)?)index\.html(?=[#)])")


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
    found = list(find_headings(view.body))
    starts = [heading.start for heading in found] + [len(view.body)]
    group = next((group.title for group in view.nav.groups if group.is_open), None)
    return TextPage(
        schema=view.file(SCHEMA_FILE),
        url=view.url,
        canonical=view.canonical,
        title=view.meta.title,
        description=view.meta.description,
        section=group,
        updated=view.meta.updated,
        intro=_markdown(view.body[: starts[0]]),
        sections=[
            TextSection(
                heading.id,
                heading.level,
                heading.title,
                _markdown(view.body[heading.end : end]),
            )
            for heading, end in zip(found, starts[1:], strict=True)
        ],
    )


def as_markdown(page: TextPage) -> bytes:
    """Give the whole page in Markdown."""
    description = commonmark.paragraph(commonmark.escape_line(page.description))
    parts = [_heading(1, page.title), description, page.intro]
    for section in page.sections:
        parts += [_heading(section.level, section.title), section.markdown]
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


def as_json(page: TextPage) -> bytes:
    """Give the whole page in JSON."""
    return msgspec.json.format(msgspec.json.encode(page), indent=1) + b"\n"


def schema() -> bytes:
    """Give the JSON Schema of a page in JSON."""
    return msgspec.json.format(msgspec.json.encode(msgspec.json.schema(TextPage)), indent=1) + b"\n"


def _heading(level: int, title: str) -> str:
    return commonmark.heading(level, commonmark.escape_line(title))


def _markdown(html: str) -> str:
    # A reader of the twin stays among twins.
    return _TO_PAGE.sub(r"\1index.md", to_markdown(html))
