"""The names of the statuses in programming languages."""

from ..sources.data import Record
from ..sources.data import Text
from .slot import Slot
from .slot import Sources


class Constant(Record, frozen=True):
    """The constants of a language or framework.

    :param where: the module or class that has them.
    :param check: how a test looks them up; without it they are cited.
    """

    language: Text
    where: Text
    failed: Text
    source: Text
    required: Text | None = None
    not_modified: Text | None = None
    check: Text | None = None


class Constants(Record, frozen=True):
    """The file ``data/constants.toml``."""

    constant: list[Constant]


def constants(sources: Sources) -> Slot:
    """Show the constants of 412, 428 and 304."""
    source = sources.facts.path("constants")
    found = sources.facts.read("constants", Constants).constant
    return Slot("constants", {"constants": found, "source": source})
