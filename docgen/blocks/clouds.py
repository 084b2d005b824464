"""Storage and cloud APIs compared."""

from typing import Annotated

import msgspec

from ..sources.data import Record
from ..sources.data import Text
from .slot import Slot
from .slot import Sources


class Api(Record, frozen=True):
    """How an API spells a precondition, and what it answers when it fails.

    :param race: what a write gets that was overtaken between check and write.
    :param why: why it is this status.
    :param source: the vendor's page about it.
    """

    name: Text
    precondition: Text
    status: Annotated[int, msgspec.Meta(ge=400, le=499)]
    race: Text
    retry: Text
    why: Text
    source: Text


class Apis(Record, frozen=True):
    """The file ``data/clouds.toml``."""

    api: list[Api]


def clouds(sources: Sources) -> Slot:
    """Show the APIs side by side."""
    source = sources.facts.path("clouds")
    apis = sources.facts.read("clouds", Apis).api
    return Slot("clouds", {"apis": apis, "source": source})
