"""Successes of what nobody stores: refused, rolled back, or written to nothing but an object."""

from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm.state import InstanceState

from ..exceptions import SetupError

if TYPE_CHECKING:
    from .writes import Write


def refuse_what_is_not_stored(write: "Write") -> None:
    """Refuse a success of what the view could not write, or wrote to nothing but an object.

    :raises SetupError: when a statement was refused and the view has caught that, or when the
        target has changes and is in no session any more.
    """
    for claim in write.all_claims():
        if claim.refused is not None:
            raise claim.refused
    target = write.match.target
    state = sa.inspect(target, raiseerr=False)
    if not isinstance(state, InstanceState) or not state.modified:
        return
    if not (state.detached or state.transient):
        return
    names = [name for name in state.committed_state if name in state.mapper.column_attrs]
    stored = None if state.was_deleted else write.find()  # it may have been merged
    if stored is not None and any(getattr(stored, n) != state.dict.get(n) for n in names):
        raise SetupError(
            f"the view has changed {', '.join(names)} of the {write.match.noun}, which is in no "
            "session any more, so nobody stores that; change it before session.remove(), "
            "close() or expunge(), and flush it there, or load it again"
        )


def refuse_what_is_undone(write: "Write") -> None:
    """Refuse a success of what the view has taken back itself.

    :raises SetupError: when it has rolled back all that it has changed.
    """
    if any(claim.is_undone for claim in write.all_claims()):
        raise SetupError(
            f"{request.endpoint} has rolled back all that it has changed, or closed a session that "
            "was to commit it, so its success is one of nothing: answer with 400 or above, or "
            "write after the rollback; what is to be undone on purpose goes into a savepoint: "
            "with session.begin_nested()",
            write.match.plan.place_of_view,
        )
