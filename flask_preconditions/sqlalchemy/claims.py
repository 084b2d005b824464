"""What all claims of a guarded write have in common, whatever they claim."""

from typing import Any
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy.engine.base import TwoPhaseTransaction
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session

from ..exceptions import SetupError
from .connections import has_one_connection
from .connections import refuse_undone
from .connections import root_of
from .connections import write_bind
from .failures import refuse_given_up
from .statements import Kind
from .statements import Statement


class Claim:
    """What must be true of every transaction that commits within a guarded write.

    :param noun: what the target is called in sentences.
    """

    is_unknown = False
    """Whether a commit was never answered, and nothing since has told what became of it."""

    has_written_since = False
    """Whether anything was written after such a commit."""

    writes = 0
    """How many statements were sent that may change rows."""

    commits = 0
    """How many transactions were committed, as far as is known."""

    kept = 0
    """How many of those had written."""

    has_undone = False
    """Whether the view has rolled back something that it has changed."""

    is_ending = False
    """Whether the guard commits: what comes after that is no part of its write."""

    is_over = False
    """Whether the guard has committed."""

    refused: SetupError | None = None
    """What was refused of the write, whether or not the view has caught it."""

    ended: SetupError | None = None
    """What a routine has ended, and may have stored, of a write that was rolled back."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self.committing: Any = None
        # Not in a mapping of the process: an error holds on to the transaction by its traceback.
        self.failures: dict[Any, BaseException] = {}
        self._writing: WeakSet[Any] = WeakSet()
        self._is_keeping = False

    @property
    def is_open(self) -> bool:
        """Whether a transaction that has written is still to commit."""
        return any(transaction.is_active for transaction in self._writing)

    @property
    def is_undone(self) -> bool:
        """Whether the view has rolled back all that it has changed."""
        return self.has_undone and not self.kept and not self.is_open

    def concerns(self, connection: sa.Connection) -> bool:
        """Tell whether a connection is to an engine of the claim."""
        raise NotImplementedError

    def before_statement(self, connection: sa.Connection, statement: Statement) -> None:
        """Refuse a statement, or see first that it can be answered for.

        :raises SetupError: when it ends the transaction behind SQLAlchemy's back.
        """
        ends = statement.kind is Kind.END
        if statement.kind is Kind.TWO_PHASE:
            # SQLAlchemy sends them itself on MariaDB, and tells of what they do by an event.
            ends = not isinstance(connection.get_transaction(), TwoPhaseTransaction)
        if ends:
            raise SetupError(
                f"{statement.sql!r} ends the transaction unseen, so the write to the {self.noun} "
                "cannot be checked; call session.commit() or session.rollback(), or leave the "
                "commit to the guard"
            )
        if statement.changes:
            self.has_written_since = True
            self.writes += 1
            if (transaction := connection.get_transaction()) is not None:
                self._writing.add(transaction)
        is_sql = statement.kind is Kind.WRITE and not statement.by_flush
        if (is_sql or statement.kind is Kind.SAVEPOINT) and connection.dialect.name == "sqlite":
            driver: Any = connection.connection.dbapi_connection
            if not driver.in_transaction:
                # Python's driver begins no transaction before a savepoint, whose release would be
                # a commit, nor before WITH and CREATE, which would be committed at once.
                driver.execute(f"BEGIN {driver.isolation_level or ''}")

    def before_session_commit(self, session: Session) -> None:
        """Refuse the commit of a session before any of its engines has committed."""

    def before_commit(self, connection: sa.Connection) -> None:
        """Refuse the commit of a transaction that nobody can answer for.

        :raises SetupError: when another thread has ended it on a connection that all share.
        """
        self.refuse_what_another_has_ended(connection)
        self.committing = connection.get_transaction()
        self.note_commit(self.committing)

    def refuse_what_another_has_ended(self, connection: sa.Connection) -> None:
        """See that what was written is still there, before anything else is sent.

        :raises SetupError: when another thread has ended it on a connection that all share.
        """
        if has_one_connection(connection.engine) and connection.get_transaction() in self._writing:
            refuse_undone(connection)

    def note_commit(self, transaction: Any) -> None:
        """Count a transaction that is about to be committed."""
        self.commits += 1
        self._is_keeping = transaction in self._writing
        self.kept += self._is_keeping
        self._writing.discard(transaction)

    def after_error(self, connection: sa.Connection, *, is_disconnection: bool) -> None:
        """Take back what a commit was taken for that has failed.

        After one that succeeded, the connection is in another transaction or in none.
        """
        transaction = connection.get_transaction()
        if transaction is None or transaction is not self.committing:
            return
        self._take_back(transaction)
        if is_disconnection:
            self.is_unknown, self.has_written_since = True, False

    def refuse_what_has_failed(self, connection: sa.Connection) -> None:
        """See that no error that the view has caught took with it what is about to be committed.

        :raises DBAPIError: when it did, and tells of a race.
        :raises SetupError: when another error did.
        """
        error = self.failures.get(connection.get_transaction())
        if error is not None:
            refuse_given_up(connection, error)

    def after_rollback(self, connection: sa.Connection) -> None:
        """Forget what a transaction did; in two phases, also what was prepared."""
        transaction = connection.get_transaction()
        if transaction in self._writing:
            self._writing.discard(transaction)
            self.has_undone = True
        if transaction is not None and transaction is self.committing:
            self._take_back(transaction)

    def after_session_rollback(self, session: Session) -> None:
        """Note what a session has given up before it was flushed."""

    def _take_back(self, transaction: Any) -> None:
        self.committing, self.is_over = None, False
        self.commits -= 1
        self.kept -= self._is_keeping
        self.has_undone = self.has_undone or self._is_keeping
        self.take_back(transaction)

    def take_back(self, transaction: Any) -> None:
        """Go back to what was before the commit of a transaction, which has failed."""

    def before_flush(self, session: Session) -> None:
        """Let the unit of work compare what was claimed."""

    def in_flush(self, session: Session) -> None:
        """Learn what is new, once it is inserted."""

    def after_flush(self, session: Session) -> None:
        """Learn what the unit of work has written."""

    def before_telling(self, session: Session, target: object) -> None:
        """Let the state of an object be the one that this write leaves."""

    def before_orm_statement(self, execution: ORMExecuteState) -> None:
        """Change a statement of a session before it is compiled."""


class EngineClaim(Claim):
    """Nothing ends a transaction of one engine unseen.

    :param engine: the engine on which the target is written.
    """

    def __init__(self, engine: sa.Engine, noun: str) -> None:
        super().__init__(noun)
        self.engine = root_of(engine)

    def concerns(self, connection: sa.Connection) -> bool:
        """Tell whether a connection is to the engine of the claim."""
        return root_of(connection.engine) is self.engine

    def after_session_rollback(self, session: Session) -> None:
        """Note what a session has given up before it was flushed."""
        for instance in (*session.new, *session.dirty, *session.deleted):
            bind = write_bind(session, sa.inspect(instance).mapper, default=None)
            if bind is not None and root_of(bind.engine) is self.engine:
                self.has_undone = True
