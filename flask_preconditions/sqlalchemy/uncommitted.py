"""What a session has changed before a guard reads it, and nobody else can see.

A tag of it would be told for a state that may never be stored, while the same version is given
to what somebody else writes.
"""

from collections.abc import Iterable
from typing import Any
from weakref import ref

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from ..exceptions import SetupError
from .transactions import claims

CHANGED = "preconditions_changed"
"""The key of ``Session.info`` under which the changed rows of a transaction are."""


def take_down(session: Session, instances: Iterable[Any]) -> None:
    """Note the stored rows that a transaction changes outside a guarded write."""
    keys = {
        state.key
        for instance in instances
        if (state := sa.inspect(instance)).persistent
        and session.is_modified(instance, include_collections=False)
    }
    if not keys:
        return
    transaction: Any = session.get_transaction()
    known = session.info.get(CHANGED)
    if known is not None and known[0]() is transaction:
        known[1].update(keys)
    else:
        session.info[CHANGED] = ref(transaction), keys


@event.listens_for(Session, "after_flush")
def _take_down(session: Session, *_: object) -> None:
    if session.dirty and not claims():
        take_down(session, session.dirty)


def refuse_uncommitted(session: Session, target: object, noun: str) -> None:
    """Refuse a target that the open transaction of its session has changed.

    :raises SetupError: when it has, before the guard of this request has read it.
    """
    transaction, keys = session.info[CHANGED]
    if transaction() is not session.get_transaction() or claims():
        return
    state = sa.inspect(target, raiseerr=False)
    if getattr(state, "key", None) in keys:
        raise SetupError(
            f"the {noun} has been changed before its guard reads it, and that is not committed: "
            "its tag would tell of a state that nobody else sees and that may never be stored; "
            "commit it there, as in before_request, or change it in the view"
        )
