"""Questions that people asked."""

from typing import Annotated

import msgspec

from ..data import Record
from ..data import Text
from ..linked_data import faq_page
from .slot import Slot
from .slot import Sources


class Question(Record, frozen=True):
    """A question and its answer.

    :param id: its anchor.
    :param answer: Markdown of one paragraph.
    :param asked: where somebody asked it.
    :param clauses: what backs the answer; a text that none backs links what does.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]+$")]
    question: Text
    answer: Text
    asked: Text
    clauses: tuple[Text, ...] = ()


class Questions(Record, frozen=True):
    """The file ``data/faq.toml``."""

    question: list[Question]


def faq(sources: Sources) -> Slot:
    """Show the questions with their answers."""
    source = sources.facts.path("faq")
    found = sources.facts.read("faq", Questions).question
    data = {"questions": found, "source": source}
    told = faq_page((each.question, each.answer) for each in found)
    return Slot("faq", data, linked_data=told)
