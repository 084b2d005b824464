"""The vectors of the conformance table, in words that pages show."""

from dataclasses import dataclass
from unicodedata import category

from flask_preconditions.conformance import STATES
from flask_preconditions.conformance import Vector
from flask_preconditions.conformance import load_vectors
from flask_preconditions.core import ABSENT
from flask_preconditions.core import Clause
from flask_preconditions.core import State
from flask_preconditions.core import format_http_date

from ..sources.errors import BlockError

USUAL = STATES["document"]
"""The state that needs no mention."""

_LONGEST_VALUE = 60


@dataclass(frozen=True, slots=True)
class Case:
    """A vector, ready to show.

    :param resource: what the resource has, where it is not in the usual state.
    :param fields: the fields of the request, their placeholders filled in.
    :param answers: the statuses that are right.
    :param note: what else becomes of the request.
    """

    id: str
    title: str
    clause: Clause
    kind: str
    resource: list[str]
    method: str
    fields: list[tuple[str, str]]
    answers: list[str]
    note: str


def find_group(name: str) -> dict[str, Vector]:
    """Give the vectors of a group by their ids.

    :param name: the name of its file, such as ``if-match``.
    :raises BlockError: when there is none.
    """
    of_group = {vector.id: vector for vector in load_vectors() if vector.group == name}
    if not of_group:
        known = ", ".join(dict.fromkeys(vector.group for vector in load_vectors()))
        raise BlockError(f"no group '{name}' of vectors; there are: {known}")
    return of_group


def find_vector(id: str) -> Vector:
    """Give a vector of the table.

    :raises BlockError: when there is none of that id.
    """
    by_id = {vector.id: vector for vector in load_vectors()}
    if id not in by_id:
        raise BlockError(f"the table has no vector '{id}'")
    return by_id[id]


def describe_case(vector: Vector) -> Case:
    """Put a vector into words."""
    expect = vector.expect
    fields = vector.resolve_fields(vector.current)
    note = str(expect.reason or "")
    if not expect.honours_range:
        note = "Range is ignored"
    return Case(
        vector.id,
        vector.title,
        vector.clause,
        str(vector.kind),
        [] if vector.current == USUAL else describe_state(vector.current),
        vector.method,
        [(name, _show_controls(_shorten(value))) for name, value in fields],
        [str(status) for status in expect.status],
        note,
    )


def describe_state(state: State) -> list[str]:
    """Say what a resource has, or that there is none."""
    if state is ABSENT:
        return ["no such resource"]
    lines = []
    if state.etag is not None:
        lines.append(f"ETag: {state.etag}")
    if state.last_modified is not None:
        lines.append(f"Last-Modified: {format_http_date(state.last_modified)}")
    return lines or ["no validator"]


def _shorten(value: str) -> str:
    if len(value) <= _LONGEST_VALUE:
        return value
    return f"{value[:_LONGEST_VALUE]}… ({len(value):,} characters)"


def _show_controls(value: str) -> str:
    """Spell control characters, which HTML forbids; a tab between tags shows as a blank."""
    return "".join(
        f"\\x{ord(character):02x}"
        if character != "\t" and category(character) == "Cc"
        else character
        for character in value
    )
