"""The playground: a request and a state, decided in the browser."""

from collections import defaultdict
from typing import Annotated
from urllib.parse import urlencode

import msgspec

from flask_preconditions.conformance import load_vectors
from flask_preconditions.core import Decision
from flask_preconditions.core import Field
from flask_preconditions.core import evaluate

from ..sources.data import Record
from ..sources.data import Text
from ..sources.errors import BlockError
from .slot import Slot
from .slot import Sources

METHODS = ("GET", "HEAD", "QUERY", "PUT", "PATCH", "DELETE", "OPTIONS")


class Example(Record, frozen=True):
    """A request to begin with.

    :param sent: the values of its conditional fields.
    :param etag: the current tag; empty for a document without one.
    :param date: the date of its last change, if it tells one.
    :param exists: whether there is a document.
    """

    title: Text
    method: Text
    sent: dict[Field, str]
    etag: str = '"2"'
    date: str = ""
    exists: bool = True


class Examples(Record, frozen=True):
    """The file ``data/playground.toml``; the first example is there at the start."""

    example: Annotated[list[Example], msgspec.Meta(min_length=1)]


def playground(sources: Sources) -> Slot:
    """Compose a request and a state, and see what becomes of it and why."""
    words = sources.facts.evaluation
    examples = sources.facts.read("playground", Examples).example
    data = {
        "methods": METHODS,
        "fields": list(Field),
        "examples": examples,
        "steps": [(field, words.steps[field].question) for field in Field],
        "end": words.end,
        "source": sources.facts.path("evaluation"),
        "known": msgspec.json.encode({"examples": examples, "cases": _cases()}).decode(),
    }
    return Slot("playground", data)


def try_this(sources: Sources, example: str) -> Slot:
    """Lead to a request in the playground, where the site has that.

    :param example: the title of one of its examples.
    """
    examples = {each.title: each for each in sources.facts.read("playground", Examples).example}
    if example not in examples:
        raise BlockError(f"no example '{example}'; data/playground.toml has: {', '.join(examples)}")
    return Slot("try_this", {"query": _query(examples[example])})


def _query(example: Example) -> str:
    """Write an example as the links of the playground do: what differs from an empty form."""
    sent = {field.value: value for field, value in example.sent.items()}
    values = {"method": example.method, **sent, "etag": example.etag, "date": example.date}
    values["exists"] = "" if example.exists else "no"
    return urlencode({name: value for name, value in values.items() if value})


def two_tabs(sources: Sources) -> Slot:
    """Let two clients write one document, at a server in the browser."""
    return Slot("two_tabs", {})


def signature(decision: Decision) -> str:
    """Name a decision by its outcome and each step's truth, as ``playground.js`` does."""
    letters = {None: "i", True: "t", False: "f"}
    steps = [
        f"{step.number}{letters[step.evaluation.truth.value]}{step.evaluation.reason or ''}"
        for step in decision.trace
    ]
    return " ".join([decision.outcome, *steps])


def _cases() -> dict[str, dict[str, str]]:
    """Give the path of a case by the decision that it leads to, and by its method."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for vector in load_vectors():
        fields = vector.resolve_fields(vector.current)
        decision = evaluate(vector.method, fields, vector.current, required=vector.required)
        path = f"{vector.group}#{vector.id}"
        found[signature(decision)].setdefault(vector.method, path)
    return found
