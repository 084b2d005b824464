"""A write that changes its target and keeps the tag of it."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import fields
from dataclasses import is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from typing import Any
from typing import NoReturn

from ..core import ABSENT
from ..exceptions import SetupError

if TYPE_CHECKING:
    from .inquiry import Inquiry


def see_that_it_tells_the_same(inquiry: "Inquiry[Any]", written: object) -> None:
    """Refuse a written row that has the compared tag and tells something else.

    :param written: the row that the write gave back.
    :raises SetupError: when somebody who has the tag would overwrite what was written.
    """
    names = changed(members_of(inquiry.target), members_of(written))
    if names:
        refuse_kept_tag(inquiry, names)


def members_of(row: Any) -> dict[str, Any]:
    """Give what a row tells by name, as far as it has names, but for times.

    When it was written says nothing of what was.
    """
    told: dict[str, Any] = {}
    if hasattr(row, "keys") and hasattr(row.__class__, "__getitem__"):
        told = {name: row[name] for name in list(row.keys())}
    elif hasattr(row, "_fields"):
        told = {name: getattr(row, name) for name in row._fields}
    elif is_dataclass(row):
        told = {field.name: getattr(row, field.name) for field in fields(row)}
    return {name: value for name, value in told.items() if not isinstance(value, datetime)}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Name what differs between two rows, where both tell of it."""
    return [name for name in after if name in before and _differs(before[name], after[name])]


def _differs(was: Any, now: Any) -> bool:
    """Tell whether two values that were read one after the other differ, as far as they can tell.

    Not all can: those of a class without equality, arrays, what is not a number.
    """
    kind: Any = type(was)
    if kind.__eq__ is object.__eq__:
        return False
    try:
        return bool(was != now) and bool(was == was)  # NaN is not itself
    except Exception:  # such as of an array, whose comparison is another array
        return False


def refuse_kept_tag(inquiry: "Inquiry[Any]", names: Sequence[str]) -> NoReturn:
    """Refuse a write that keeps the tag of its target.

    :param names: what it has changed.
    :raises SetupError: always.
    """
    plan, source = inquiry.plan, inquiry.source
    named = getattr(source, "etag", None)
    if isinstance(named, str | tuple):
        moving = named if isinstance(named, str) else " or ".join(named)
        remedy, place = f"move {moving} in the same write", plan.place_of_view
    else:
        remedy, place = "make the tag of that too", plan.place
    before = inquiry.validators
    tag = None if before is ABSENT else before.etag
    raise SetupError(
        f"the write of {inquiry.request.endpoint} changes {', '.join(names)} and leaves {tag}, the "
        f"tag of the {inquiry.noun}, so that whoever holds it would overwrite that unseen; {remedy}"
        ", or take a version for the tag, which moves with every write",
        place,
    )
