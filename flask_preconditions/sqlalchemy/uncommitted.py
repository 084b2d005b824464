"""What a session has changed and not committed when a tag of it is told, and nobody else can see.

It would be the tag of a state that may never be stored, while the same version is given to what
somebody else writes.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from functools import partial
from typing import Any
from weakref import ref

import sqlalchemy as sa
from flask import Response
from flask import after_this_request
from flask import has_request_context
from flask import request
from sqlalchemy import event
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import Session
from sqlalchemy.orm.state import InstanceState

from ..exceptions import SetupError
from ..request.inquiry import Inquiry
from ..request.inquiry import inquiry_of
from .transactions import claims

CHANGED = "preconditions_changed"
"""The key of ``Session.info`` under which the changed rows of a transaction are."""


Rows = Mapping[Any, Mapper[Any]]
"""Rows by their identities, with their mappers."""


def take_down(session: Session, instances: Iterable[Any]) -> None:
    """Note the rows that a transaction changes or inserts outside a guarded write."""
    rows: dict[Any, Mapper[Any]] = {}
    for instance in instances:
        state: InstanceState[Any] = sa.inspect(instance)
        mapper = state.mapper
        if state.pending:
            rows[mapper.identity_key_from_instance(instance)] = mapper
        elif state.persistent and session.is_modified(instance, include_collections=False):
            rows[state.key] = mapper
    if not rows:
        return
    transaction: Any = session.get_transaction()
    inquiry = inquiry_of(request) if has_request_context() else None
    # Before the guard, what it will show is not known yet.
    if has_request_context() and (inquiry is None or inquiry.plan.is_safe):
        after_this_request(partial(_refuse_unstored, rows, session, ref(transaction)))
    known = session.info.get(CHANGED)
    if known is not None and known[0]() is transaction:
        known[1].update(rows)
    else:
        session.info[CHANGED] = ref(transaction), set(rows)


@event.listens_for(Session, "after_flush")
def _take_down(session: Session, *_: object) -> None:
    if (session.dirty or session.new) and not claims():
        take_down(session, [*session.dirty, *session.new])


def _is_shown(inquiry: Inquiry[Any], rows: Rows) -> bool:
    """Tell whether a read tells of what was changed."""
    target = inquiry.target
    tables: set[Any] = getattr(inquiry.source, "tables", set)()
    shown = [
        getattr(sa.inspect(one, raiseerr=False), "key", None)
        for one in (target if isinstance(target, list | tuple) else [target])
    ]
    return any(key in shown or not tables.isdisjoint(rows[key].tables) for key in rows)


def _refuse_unstored(
    rows: Rows, session: Session, transaction: Any, response: Response
) -> Response:
    """Refuse the answer to a read that shows what it has changed, and stored nothing.

    :raises SetupError: when the transaction in which it was flushed is still open.
    """
    inquiry = inquiry_of(request)
    if inquiry is None or not inquiry.plan.is_safe or response.status_code >= 400:
        return response
    if transaction() is session.get_transaction() and _is_shown(inquiry, rows):
        raise SetupError(
            f"{inquiry.request.endpoint} is a read, and it has changed the {inquiry.noun} and not "
            "committed that: it shows a state that nobody else sees and that may never be stored; "
            "commit it before the guard, show a copy, or change it in a view that writes",
            inquiry.plan.place_of_view,
        )
    return response


def refuse_made(target: object, noun: str) -> None:
    """Refuse a target that its loader has made because there is none.

    :raises SetupError: with what to give instead.
    """
    state = sa.inspect(target, raiseerr=False)
    if isinstance(state, InstanceState) and state.key is None:
        raise SetupError(
            f"the {noun} that the loader gives is not stored, so its tag may be that of another "
            "one which somebody else creates; give None and create it in the view (create=True), "
            "or commit it in the loader"
        )


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
