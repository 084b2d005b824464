"""Ways from a page to others: related pages, and the cards of a landing page.

What is linked here and is not part of a site is not shown, so that a smaller site, or one
with pages of its own, needs no data of its own.
"""

from typing import Annotated

import msgspec

from ..sources.data import Names
from ..sources.data import Record
from ..sources.data import Text
from ..sources.data import line_of
from ..sources.errors import BlockError
from ..sources.errors import BuildError
from .slot import Slot
from .slot import Sources


class Related(Record, frozen=True):
    """The file ``data/related.toml``.

    :param titles: what to call a page, by its address.
    :param pages: where to go from a page, by a name for it.
    """

    titles: dict[Text, Text]
    pages: dict[Text, Names]


class Way(Record, frozen=True):
    """A link of a card."""

    text: Text
    href: Text


class Card(Record, frozen=True):
    """One way into the site."""

    title: Text
    text: Text
    links: Annotated[list[Way], msgspec.Meta(min_length=1)]


def related(sources: Sources, name: str) -> Slot:
    """Show where to go from a page."""
    data = sources.facts.read("related", Related)
    source = sources.facts.path("related")
    if name not in data.pages:
        raise BlockError(f"no '{name}'; data/related.toml has: {', '.join(data.pages)}")
    for url in data.pages[name]:
        if url not in data.titles:
            raise BuildError(source, line_of(source, url), f"{url} has no title in [titles]")
    links = [(url, data.titles[url]) for url in data.pages[name]]
    return Slot("related", {"links": links, "source": source})


def cards(sources: Sources, name: str) -> Slot:
    """Show ways into the site, side by side."""
    data = sources.facts.read("cards", dict[str, list[Card]])
    if name not in data:
        raise BlockError(f"no cards '{name}'; data/cards.toml has: {', '.join(data)}")
    return Slot("cards", {"cards": data[name], "source": sources.facts.path("cards")})
