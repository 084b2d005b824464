"""The page that lists all others: the search of those without JavaScript."""

from collections.abc import Iterable
from dataclasses import replace

import msgspec
from jinja2 import Environment
from markupsafe import Markup

from ..page.templates import render_template
from ..sources.languages import Language
from ..sources.pages import FrontMatter
from ..sources.pages import Page
from ..sources.settings import PACKAGE
from .search import Entry

HEADINGS_UP_TO = 200
"""The number of pages above which it does without their headings."""

PAGE = Page(
    PACKAGE / "site" / "all_pages.py",
    "/index/",
    FrontMatter(title="All pages", description="Every page of this site, by section."),
    body="",
    body_line=1,
)
"""It has no file of its own."""


def page_in(language: Language) -> Page:
    """Give the page in a language."""
    title, description = language.word(PAGE.meta.title), language.word(PAGE.meta.description)
    meta = msgspec.structs.replace(PAGE.meta, title=title, description=description)
    return replace(PAGE, meta=meta)


def render(templates: Environment, entries: Iterable[Entry]) -> Markup:
    """Render its text.

    :param entries: what the index of the search has of each page.
    """
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.group, []).append(entry)
    root = "../" * PAGE.output.count("/")
    return Markup(render_template(templates, "all_pages.html", {"groups": groups, "root": root}))
