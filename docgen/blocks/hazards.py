"""The hazard register."""

from dataclasses import dataclass
from typing import Annotated
from typing import Literal

import msgspec

from ..records.cases import find_vector
from ..sources.data import Names
from ..sources.data import Record
from ..sources.data import Text
from ..sources.errors import BlockError
from ..sources.errors import BuildError
from .slot import Slot
from .slot import Sources

_RULES = "/extension/operation/"
"""The page that explains the rules of the audit."""

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


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows how a hazard is dealt with.

    :param words: its name as one would say it.
    :param page: the page that has it, where one does.
    :param anchor: its place there.
    :param file: the file of the repository that has it, where no page does.
    """

    kind: Literal["vector", "test", "audit"]
    words: str
    page: str = ""
    anchor: str = ""
    file: str = ""


def hazards(sources: Sources) -> Slot:
    """Show the register, each hazard under its number."""
    source = sources.facts.path("hazards")
    found = sources.facts.read("hazards", Register).hazard
    try:
        rows = [(hazard, [_read_proof(proof) for proof in hazard.proof]) for hazard in found]
    except BlockError as error:
        raise BuildError(source, None, str(error)) from None
    return Slot("hazards", {"rows": rows, "words": WORDS, "source": source})


def hazard_index(sources: Sources) -> Slot:
    """List the hazards by what the extension does about them."""
    source = sources.facts.path("hazards")
    found = sources.facts.read("hazards", Register).hazard
    return Slot("hazard_index", {"hazards": found, "words": WORDS, "source": source})


def _read_proof(text: str) -> Proof:
    kind, _, name = text.partition(" ")
    if kind == "vector":
        return Proof("vector", name, f"/vectors/{find_vector(name).group}/", name)
    if kind == "audit":
        return Proof("audit", name, _RULES, name)
    file, _, test = name.partition("::test_")
    if kind != "test" or not test:
        raise BlockError(
            f"'{text}' proves nothing; write 'vector <id>', 'audit <rule>' or 'test <file>::<name>'"
        )
    return Proof("test", test.replace("_", " "), file=file)
