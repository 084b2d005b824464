"""Questions that people asked."""

import re
from collections.abc import Iterable
from typing import Annotated

import msgspec

from ..sources.data import Record
from ..sources.data import Text
from .slot import LinkedData
from .slot import Slot
from .slot import Sources

# Each takes what it can and gives nothing back.
_LINK = re.compile(r"\[([^\[\]]++)\]\([^()]*+\)")
_MARKS = re.compile(r"`([^`]*+)`|\*++")


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
    told = _describe((each.question, each.answer) for each in found)
    return Slot("faq", data, linked_data=told)


def _describe(questions: Iterable[tuple[str, str]]) -> LinkedData:
    """Describe questions and answers.

    :param questions: each with its answer, in Markdown of one paragraph.
    """
    entities = [
        {
            "@type": "Question",
            "name": _plain(question),
            "acceptedAnswer": {"@type": "Answer", "text": _plain(answer)},
        }
        for question, answer in questions
    ]
    return {"@type": "FAQPage", "mainEntity": entities}


def _plain(markdown: str) -> str:
    return _MARKS.sub(lambda found: found[1] or "", _LINK.sub(r"\1", markdown))
