"""What changed on the site: ``data/changes.toml``."""

from collections.abc import Iterable
from datetime import date

from .data import Record
from .data import Text
from .data import read_toml
from .layers import Content

FILE = "data/changes.toml"


class Change(Record, frozen=True):
    """An entry of the feed.

    :param day: when it was published; a feed takes its dates from here and from no clock.
    :param href: the page it is about.
    """

    day: date
    title: Text
    text: Text
    href: str = "/"


class Changes(Record, frozen=True):
    """The file ``data/changes.toml``."""

    change: tuple[Change, ...] = ()


def newest_first(changes: Iterable[Change]) -> list[Change]:
    """Order changes as a reader wants them."""
    return sorted(changes, key=lambda change: change.day, reverse=True)


def read_changes(content: Content) -> list[Change]:
    """Read what changed, the newest first; nothing where nobody writes it down."""
    path = content.path(FILE)
    if not path.exists():
        return []
    return newest_first(read_toml(path, Changes).change)
