"""The state of a resource, as far as a precondition can see it."""

from datetime import datetime
from datetime import timedelta
from enum import Enum
from typing import Final

from .dates import Clock
from .dates import whole_seconds
from .entity_tags import EntityTag
from .values import value


class Absent(Enum):
    """The type of :data:`ABSENT`, so that type checkers can tell it apart."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent.ABSENT
"""The state of a target that has no current representation."""


@value
class Validators:
    """The validators of an existing representation (RFC 9110 §8.8).

    A resource can exist without either of them, and ``If-Match: *`` still holds
    for it; one that does not exist is :data:`ABSENT`.

    :param etag: the current entity tag.
    :param last_modified: when it last changed; aware, kept in UTC and whole seconds.
    :param strong_date: whether no two states can share ``last_modified``, which is
        what ``If-Range`` with a date asks for (§8.8.2.2).
    :raises ValueError: when ``last_modified`` is naive.
    :raises TypeError: when ``etag`` is not an :class:`EntityTag`.
    """

    etag: EntityTag | None = None
    last_modified: datetime | None = None
    strong_date: bool = False

    def __init__(
        self,
        etag: EntityTag | None = None,
        last_modified: datetime | None = None,
        strong_date: bool = False,
    ) -> None:
        if etag is not None and not isinstance(etag, EntityTag):
            raise TypeError(f"etag is {etag!r}; pass EntityTag({str(etag)!r})")
        date = None if last_modified is None else whole_seconds(last_modified)
        self.etag = etag  # type: ignore[misc]  # read-only from here on
        self.last_modified = date  # type: ignore[misc]
        self.strong_date = strong_date  # type: ignore[misc]


State = Validators | Absent
"""What :func:`.evaluate` compares the request with."""


def is_untold(date: object, current: State, now: datetime | Clock | None) -> bool:
    """Tell whether a date is that of a state which nobody has been told yet.

    :param now: the current time; ``None`` where it is not known.
    """
    if current is ABSENT or current.strong_date or current.last_modified != date:
        return False
    if callable(now):
        now = now()
    known = current.last_modified
    return known is not None and now is not None and not is_settled(known, now)


def is_settled(last_modified: datetime, now: datetime) -> bool:
    """Tell whether the second of a modification is over (§8.8.2.2).

    While it lasts another write could share its date; once it is over, a date that was
    sent names one state only. A date in the future is never settled (§8.8.2.1).
    """
    return now >= last_modified + timedelta(seconds=1)
