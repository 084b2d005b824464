"""The page that lists all others: the search of those without JavaScript."""

from collections.abc import Iterable

from jinja2 import Environment
from markupsafe import Markup

from . import templating
from .pages import FrontMatter
from .pages import Page
from .search import Entry
from .settings import PACKAGE

HEADINGS_UP_TO = 200
"""The number of pages above which it does without their headings."""

PAGE = Page(
    PACKAGE / "all_pages.py",
    "/index/",
    FrontMatter(title="All pages", description="Every page of this site, by section."),
    body="",
    body_line=1,
)
"""It has no file of its own."""


def render(templates: Environment, entries: Iterable[Entry]) -> Markup:
    """Render its text.

    :param entries: what the index of the search has of each page.
    """
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.group, []).append(entry)
    root = "../" * PAGE.output.count("/")
    return Markup(templating.render(templates, "all_pages.html", {"groups": groups, "root": root}))
