"""Rows of the conformance table."""

from dataclasses import dataclass

from flask_preconditions.conformance import STATES
from flask_preconditions.conformance import Vector
from flask_preconditions.conformance import load_vectors
from flask_preconditions.core import ABSENT
from flask_preconditions.core import Clause
from flask_preconditions.core import State
from flask_preconditions.core import format_http_date

from ..errors import BlockError
from .slot import Slot
from .slot import Sources

_LONGEST_VALUE = 60


@dataclass(frozen=True, slots=True)
class Row:
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


def vectors(sources: Sources, group: str, *ids: str) -> Slot:
    """Show vectors of a group.

    :param group: the name of its file, such as ``if-match``.
    :param ids: which of them, in this order; all by default.
    """
    of_group = {vector.id: vector for vector in load_vectors() if vector.group == group}
    if not of_group:
        known = ", ".join(dict.fromkeys(vector.group for vector in load_vectors()))
        raise BlockError(f"no group '{group}' of vectors; there are: {known}")
    for id in ids:
        if id not in of_group:
            raise BlockError(f"no vector '{id}' in {group}.toml")
    chosen = [of_group[id] for id in ids or of_group]
    rows = [_row(vector) for vector in chosen]
    usual = _describe(STATES["document"])
    data = {"rows": rows, "group": group, "total": len(of_group), "is_whole": not ids}
    data |= {"usual": usual, "has_usual": any(not row.resource for row in rows)}
    return Slot("vectors", data)


def _row(vector: Vector) -> Row:
    expect = vector.expect
    fields = vector.resolve_fields(vector.current)
    note = str(expect.reason or "")
    if not expect.honours_range:
        note = "Range is ignored"
    return Row(
        vector.id,
        vector.title,
        vector.clause,
        str(vector.kind),
        [] if vector.current == STATES["document"] else _describe(vector.current),
        vector.method,
        [(name, _shorten(value)) for name, value in fields],
        [str(status) for status in expect.status],
        note,
    )


def _describe(state: State) -> list[str]:
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
