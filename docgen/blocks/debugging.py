"""From what one sees to what to do."""

from typing import Annotated

import msgspec
from markupsafe import Markup

from ..sources.data import Record
from ..sources.data import Text
from .highlight import highlight
from .slot import Slot
from .slot import Sources


class Cause(Record, frozen=True):
    """A cause of a symptom; a fix that no clause backs links what does.

    :param check: a command that tells whether it is this one.
    :param prints: what the command prints if it is, as a regular expression; a test runs it.
    :param setting: the server that the test runs it against.
    """

    cause: Text
    fix: Text
    clauses: tuple[Text, ...] = ()
    check: Text | None = None
    prints: Text | None = None
    setting: Text = "documents"


class Symptom(Record, frozen=True):
    """What somebody sees, and what may lie behind it, likeliest first.

    :param id: its anchor.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]+$")]
    seen: Text
    causes: Annotated[list[Cause], msgspec.Meta(min_length=1)]


class Symptoms(Record, frozen=True):
    """The file ``data/debugging.toml``."""

    symptom: list[Symptom]


def symptoms(sources: Sources) -> Slot:
    """Show each symptom with its causes, checks and fixes."""
    source = sources.facts.path("debugging")
    found = sources.facts.read("debugging", Symptoms).symptom
    return Slot("symptoms", {"symptoms": found, "shell": _shell, "source": source})


def _shell(command: str) -> Markup:
    return highlight(command.strip(), "sh")
