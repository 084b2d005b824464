"""Rows of the conformance table."""

from ..records.cases import USUAL
from ..records.cases import describe_case
from ..records.cases import describe_state
from ..records.cases import find_group
from ..sources.errors import BlockError
from .slot import Slot
from .slot import Sources


def vectors(sources: Sources, group: str, *ids: str) -> Slot:
    """Show vectors of a group.

    :param group: the name of its file, such as ``if-match``.
    :param ids: which of them, in this order; all by default.
    """
    of_group = find_group(group)
    for id in ids:
        if id not in of_group:
            raise BlockError(f"no vector '{id}' in {group}.toml")
    chosen = [of_group[id] for id in ids or of_group]
    rows = [describe_case(vector) for vector in chosen]
    usual = describe_state(USUAL)
    data = {"rows": rows, "group": group, "total": len(of_group), "is_whole": not ids}
    data |= {"usual": usual, "has_usual": any(not row.resource for row in rows)}
    return Slot("vectors", data)
