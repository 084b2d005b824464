"""Rules as rows of data, ``[path, op]`` or ``[path, op, value]``, about facts that are a tree.

The ops::

    is, not          equals the value, or does not
    in               is one of a list of values
    starts, has      of a text: begins with the value, or has it in it
    exists, absent   without a value

A path that leads nowhere is ``absent``, ``not`` whatever is asked, and nothing else. Lessons and
the inspector's rules are written in them, so that a browser can judge by the same data.
"""

from collections.abc import Iterable
from typing import Any

Facts = dict[str, Any]
Row = list[Any]

OPS = ("is", "not", "in", "starts", "has", "exists", "absent")
WITHOUT_VALUE = ("exists", "absent")

MISSING: Any = object()


def follow(path: Iterable[str], facts: Facts) -> Any:
    """Give what is at the end of a path, or :data:`MISSING`."""
    found: Any = facts
    for name in path:
        found = found.get(name, MISSING) if isinstance(found, dict) else MISSING
    return found


def satisfies(found: Any, op: str, value: Any = None) -> bool:
    """Tell whether an op holds of what was found."""
    if op in WITHOUT_VALUE:
        return (found is MISSING) is (op == "absent")
    if op == "not":
        return bool(found is MISSING or found != value)
    if found is MISSING:
        return False
    if op == "in":
        return found in value
    if op == "is":
        return bool(found == value)
    if not isinstance(found, str):
        return False
    return found.startswith(value) if op == "starts" else value in found


def is_row(row: Row) -> bool:
    """Tell whether a row has an op that is known, and a value where that takes one."""
    known = len(row) > 1 and row[1] in OPS
    return known and len(row) == (2 if row[1] in WITHOUT_VALUE else 3)
