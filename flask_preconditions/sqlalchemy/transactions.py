"""What commits: every transaction of a guarded write carries the claims of that write.

A view may commit through any session, in a nested application context or on a connection of
its own. So the claims are not tied to a session: they are in a context variable, and these
listeners, which are registered once for the process, hear what is sent and what commits.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from typing import Protocol
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from flask import Request
from flask import has_request_context
from flask import request
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session

from ..exceptions import SetupError
from .claims import Claim
from .connections import refuse_autocommit
from .failures import may_have_ended
from .failures import note_open
from .statements import OWN
from .statements import Kind
from .statements import Statement
from .statements import statement_of

_claims: ContextVar[tuple[Claim, ...]] = ContextVar("preconditions_claims", default=())
_asked: ContextVar[list[Session] | None] = ContextVar("preconditions_asked", default=None)


@contextmanager
def carried(claims: Iterable[Claim]) -> Iterator[None]:
    """Let every transaction that this context begins or goes on with carry the claims."""
    token = _claims.set((*_claims.get(), *claims))
    try:
        yield
    finally:
        _claims.reset(token)


@contextmanager
def asked_sessions() -> Iterator[list[Session]]:
    """Give the sessions that are asked for something meanwhile, once for each statement."""
    sessions: list[Session] = []
    token = _asked.set(sessions)
    try:
        yield sessions
    finally:
        _asked.reset(token)


def claims() -> tuple[Claim, ...]:
    """Give the claims that are carried at present, the outermost first."""
    return _claims.get()


def commit(session: Session, due: Iterable[Claim]) -> None:
    """Commit a session, and see that it was the commit of what was written.

    :param due: the claims that have something to commit.
    :raises SetupError: when the session has rolled it back and told nothing.
    """
    before = [(claim, claim.commits) for claim in due]
    session.commit()
    if before and all(claim.commits == commits for claim, commits in before):
        raise SetupError(
            f"the commit() of {type(session).__name__} has succeeded without what the guard was "
            "about to store, as one that rolls back and tries again does; let it raise what it "
            "meets"
        )


class Unchecked(Protocol):
    """What is refused where the claims of a request are not carried."""

    def before_statement(self, connection: sa.Connection, statement: Statement) -> None:
        """Refuse a statement that nothing is compared for."""


_left: ContextVar[Unchecked | None] = ContextVar("preconditions_left", default=None)
_running: WeakKeyDictionary[Request, Unchecked] = WeakKeyDictionary()


def leave(left: Unchecked | None) -> None:
    """Refuse what comes after the guard's commit, until the request is over."""
    _left.set(left)


@contextmanager
def watched(unchecked: Unchecked) -> Iterator[None]:
    """Refuse what is sent by a thread that has the request and not its claims."""
    current: Request = request._get_current_object()  # type: ignore[attr-defined]
    outer = _running.get(current)
    _running[current] = unchecked
    try:
        yield
    finally:
        if outer is None:
            del _running[current]
        else:
            _running[current] = outer


def _unchecked() -> list[Unchecked]:
    found = [_left.get()]
    if _running and has_request_context():
        found.append(_running.get(request._get_current_object()))  # type: ignore[attr-defined]
    return [unchecked for unchecked in found if unchecked is not None]


_flushing: ContextVar[bool] = ContextVar("preconditions_flushing", default=False)
_sealed: WeakKeyDictionary[Any, tuple[str, list[Claim]]] = WeakKeyDictionary()


def _current() -> list[Claim]:
    """Give the claims whose transaction is still to commit."""
    return [claim for claim in _claims.get() if not claim.is_over]


@event.listens_for(sa.Engine, "before_cursor_execute")
def _before_statement(
    connection: sa.Connection, cursor: Any, sql: str, parameters: Any, context: Any, many: bool
) -> None:
    current = _current()
    unchecked = [] if current else _unchecked()
    if not current and not unchecked:
        return
    if _sealed:
        _break_seal(connection)
    statement = statement_of(sql, context, in_flush=_flushing.get())
    if statement is None or (connection.get_transaction() is None and not statement.changes):
        return  # such as a BEGIN
    for one in unchecked:
        one.before_statement(connection, statement)
    concerned = [claim for claim in current if claim.concerns(connection)]
    with _remembering_refusals(concerned):
        if concerned and statement.changes:
            refuse_autocommit(connection)
        for claim in concerned:
            claim.before_statement(connection, statement)
    if concerned and statement.changes:
        note_open(connection)
    if concerned and statement.kind is Kind.OPAQUE:
        connection.exec_driver_sql(f"SAVEPOINT {_SEAL}", execution_options={OWN: True})
        _sealed[connection.get_transaction()] = sql, concerned


@contextmanager
def _remembering_refusals(concerned: Iterable[Claim]) -> Iterator[None]:
    """Keep a refusal in mind: a view that catches it may not answer that it has written."""
    try:
        yield
    except SetupError as error:
        for claim in concerned:
            claim.refused = claim.refused or error
        raise


_SEAL = "preconditions_seal"


def _break_seal(connection: sa.Connection) -> None:
    """See that a routine has left its transaction open: a savepoint does not outlive it.

    :raises SetupError: when it has ended it.
    """
    transaction = connection.get_transaction()
    if transaction not in _sealed:
        return
    sql, _ = _sealed.pop(transaction)
    try:
        connection.exec_driver_sql(f"RELEASE SAVEPOINT {_SEAL}", execution_options={OWN: True})
    except sa.exc.DBAPIError as error:
        raise SetupError(
            f"{sql!r} has ended the transaction, so what is written before and after it is not "
            "checked, and stored though the request is refused; leave COMMIT and ROLLBACK out of "
            "the routine"
        ) from error


def _break_seal_of_refusal(connection: sa.Connection) -> None:
    """Keep in mind that a routine has ended a transaction which is about to be rolled back."""
    transaction = connection.get_transaction()
    _, concerned = _sealed.get(transaction, ("", ()))
    if connection.invalidated or any(transaction in claim.failures for claim in concerned):
        return  # an error has ended it
    try:
        _break_seal(connection)
    except SetupError as error:
        for claim in concerned:
            claim.ended = error


@event.listens_for(Session, "before_commit")
def _before_session_commit(session: Session) -> None:
    if not session.in_nested_transaction():
        for claim in _current():
            claim.before_session_commit(session)


@event.listens_for(sa.Engine, "commit")
def _before_commit(connection: sa.Connection) -> None:
    current = [claim for claim in _current() if claim.concerns(connection)]
    try:
        with _remembering_refusals(current):
            if _sealed:
                _break_seal(connection)
            for claim in current:
                claim.refuse_what_has_failed(connection)
                claim.before_commit(connection)
    except BaseException:
        for claim in current:  # the commit that some have let pass is not sent
            claim.after_error(connection, is_disconnection=False)
        raise
    for claim in current:
        claim.is_over = claim.is_ending


@event.listens_for(sa.Engine, "prepare_twophase")
def _before_prepare(connection: sa.Connection, xid: Any) -> None:
    _before_commit(connection)


@event.listens_for(sa.Engine, "commit_twophase")
def _before_commit_of_two(connection: sa.Connection, xid: Any, is_prepared: bool) -> None:
    if not is_prepared:
        _before_commit(connection)


@event.listens_for(sa.Engine, "handle_error")
def _after_error(context: sa.ExceptionContext) -> None:
    connection = context.connection
    concerned = [c for c in _claims.get() if connection is not None and c.concerns(connection)]
    if connection is None or not concerned:
        return
    error = context.sqlalchemy_exception
    if error is not None and not context.is_disconnect and may_have_ended(connection, error):
        for claim in concerned:
            claim.failures.setdefault(connection.get_transaction(), error)
    for claim in concerned:
        claim.after_error(connection, is_disconnection=context.is_disconnect)


@event.listens_for(sa.Engine, "rollback")
def _after_rollback(connection: sa.Connection) -> None:
    if _sealed:
        _break_seal_of_refusal(connection)
    for claim in _claims.get():
        if claim.concerns(connection):
            claim.after_rollback(connection)


@event.listens_for(sa.Engine, "rollback_twophase")
def _after_rollback_of_two(connection: sa.Connection, xid: Any, is_prepared: bool) -> None:
    _after_rollback(connection)


@event.listens_for(Session, "before_flush")
def _before_flush(session: Session, *_: object) -> None:
    current = _current()
    for claim in current:
        claim.before_flush(session)
    _flushing.set(bool(current or _unchecked()))


@event.listens_for(Session, "after_flush")
def _in_flush(session: Session, *_: object) -> None:
    for claim in _current():
        claim.in_flush(session)


@event.listens_for(Session, "after_flush_postexec")
def _after_flush(session: Session, *_: object) -> None:
    _flushing.set(False)
    for claim in _current():
        claim.after_flush(session)


@event.listens_for(Session, "after_rollback")
def _after_session_rollback(session: Session) -> None:
    if not session.in_nested_transaction():
        for claim in _current():
            claim.after_session_rollback(session)


@event.listens_for(Session, "after_soft_rollback")
def _after_failed_flush(session: Session, previous: Any) -> None:
    _flushing.set(False)


@event.listens_for(Session, "do_orm_execute")
def _before_orm_statement(execution: ORMExecuteState) -> None:
    if (sessions := _asked.get()) is not None:
        sessions.append(execution.session)
    for claim in _current():
        claim.before_orm_statement(execution)
