"""The hazard register."""

from typing import Annotated
from typing import Literal

import msgspec

from ..data import Names
from ..data import Record
from ..data import Text
from .slot import Slot
from .slot import Sources

Verdict = Literal["prevents", "detects", "leaves"]

WORDS: dict[Verdict, str] = {
    "prevents": "prevented",
    "detects": "detected",
    "leaves": "left to you",
}
"""What the extension does about a hazard, for people."""


class Hazard(Record, frozen=True):
    """A way in which conditional requests go wrong.

    :param id: its number, which is never used again.
    :param shows: how it shows.
    :param extension: what flask-preconditions does about it, and ``how``.
    :param proof: what shows that: ``vector <id>``, ``audit <rule>`` or
        ``test <file>::<name>``.
    :param source: where somebody met it.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^H[1-9]\d*$")]
    title: Text
    shows: Text
    todo: Text
    clauses: Names
    extension: Verdict
    how: Text
    proof: tuple[Text, ...] = ()
    source: Text | None = None


class Register(Record, frozen=True):
    """The file ``data/hazards.toml``."""

    hazard: list[Hazard]


def hazards(sources: Sources) -> Slot:
    """Show the register, each hazard under its number."""
    source = sources.facts.path("hazards")
    found = sources.facts.read("hazards", Register).hazard
    return Slot("hazards", {"hazards": found, "words": WORDS, "source": source})


def hazard_index(sources: Sources) -> Slot:
    """List the hazards by what the extension does about them."""
    source = sources.facts.path("hazards")
    found = sources.facts.read("hazards", Register).hazard
    return Slot("hazard_index", {"hazards": found, "words": WORDS, "source": source})
