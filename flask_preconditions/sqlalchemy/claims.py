"""The claim of a write: the compared version is still there, and moves on."""

from dataclasses import dataclass
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from ..exceptions import SetupError
from .connections import is_autocommit
from .connections import root_of
from .connections import write_bind
from .statements import Kind
from .statements import Statement
from .versions import Key
from .versions import Version

_MISSING = object()


class EngineClaim:
    """What all claims do: know their engine, and refuse what ends a transaction unseen.

    :param engine: the engine on which the target is written.
    :param noun: what the target is called in sentences.
    """

    def __init__(self, engine: sa.Engine, noun: str) -> None:
        self.engine = root_of(engine)
        self.noun = noun
        self.committing: Any = None

    def concerns(self, connection: sa.Connection) -> bool:
        """Tell whether a connection is to the engine of the claim."""
        return root_of(connection.engine) is self.engine

    def before_statement(self, connection: sa.Connection, statement: Statement) -> None:
        """Refuse a statement, or see first that it can be answered for."""
        self.committing = None  # the commit before it has come back
        if statement.kind is Kind.END:
            raise SetupError(
                f"{statement.sql!r} ends the transaction unseen, so the write to the {self.noun} "
                "cannot be checked; call session.commit() or session.rollback(), or leave the "
                "commit to the guard"
            )
        if statement.kind is Kind.SAVEPOINT and connection.dialect.name == "sqlite":
            driver: Any = connection.connection.dbapi_connection
            if not driver.in_transaction:
                # Python's driver begins no transaction before a savepoint, and its release
                # would be a commit.
                driver.execute("BEGIN")

    def before_commit(self, connection: sa.Connection) -> None:
        """Refuse the commit of a transaction that nobody can answer for."""
        self.committing = connection.get_transaction()

    def after_rollback(self, connection: sa.Connection) -> None:
        """Forget what a transaction did."""

    def before_flush(self, session: Session) -> None:
        """Let the unit of work compare the version that was claimed."""

    def in_flush(self, session: Session) -> None:
        """Learn what is new, once it is inserted."""

    def after_flush(self, session: Session) -> None:
        """Learn what the unit of work has written."""

    def before_orm_statement(self, execution: ORMExecuteState) -> None:
        """Change a statement of a session before it is compiled."""


@dataclass(slots=True)
class Mark:
    """How far one transaction has come.

    :param key: the primary key of the row.
    :param compared: the version that the row must have had when it was written first.
    :param version: the version that it has now, as far as is known.
    :param is_held: whether the row was compared and is locked since.
    :param has_moved: whether the version has been moved on.
    :param is_due: whether something was written that is not answered for yet.
    :param is_unsure: whether SQL since then may have changed the version.
    :param is_gone: whether the row was deleted.
    :param may_lock: whether it has locks, which not all databases give up with a savepoint.
    """

    key: Key
    compared: Any
    version: Any
    is_held: bool = False
    has_moved: bool = False
    is_due: bool = False
    is_unsure: bool = False
    is_gone: bool = False
    may_lock: bool = False


class VersionClaim(EngineClaim):
    """The row has the compared version until this write moves it on.

    In every transaction that writes, the version is compared and moved: by the unit of work
    where it updates the row anyway, by an UPDATE of the claim's own otherwise. Before SQL
    that nobody can see through, the row is compared and locked; what is there at the commit is
    of our making then.
    """

    def __init__(
        self,
        engine: sa.Engine,
        mapper: Mapper[Any],
        version: Version,
        key: Key,
        compared: Any,
        noun: str,
    ) -> None:
        super().__init__(engine, noun)
        self.version = version
        self.identity = mapper.identity_key_from_primary_key(key)
        self.state = Mark(key, compared, compared)
        self.is_written = False
        self._marks: WeakKeyDictionary[Any, Mark] = WeakKeyDictionary()
        self._savepoints: dict[tuple[int, str], Mark] = {}
        self._before: tuple[Any, Mark, bool] | None = None
        self._flushing: tuple[Any, Any] | None = None
        self._is_pending = False

    # What is sent

    def before_statement(self, connection: sa.Connection, statement: Statement) -> None:
        """Compare and lock the row before SQL that nobody can see through."""
        super().before_statement(connection, statement)
        if statement.kind is Kind.READ:
            return
        mark = self.mark(connection)
        place = (id(connection.get_transaction()), statement.savepoint)
        if statement.kind is Kind.SAVEPOINT:
            self._savepoints[place] = replace(mark)
        elif statement.kind is Kind.ROLLBACK_TO:
            if place in self._savepoints:
                saved = self._savepoints[place]
                keeps = mark.may_lock and connection.dialect.name != "postgresql"
                mark = replace(saved, may_lock=saved.may_lock or keeps)
                self._marks[connection.get_transaction()] = mark
        elif statement.by_flush and self._is_pending:
            mark.is_due = True
        elif (
            statement.by_flush
            and statement.is_update
            and self._flushing is not None
            and statement.table is self.version.table
        ):
            self._is_pending = True  # the unit of work is about to compare the version
            mark.is_due = True
            self._refuse_what_cannot_hold(connection, mark)
        else:
            self.hold(connection, mark)
            mark.is_due = True
            mark.is_unsure = mark.is_unsure or not statement.by_flush

    def mark(self, connection: sa.Connection) -> Mark:
        """Give how far the transaction of a connection has come."""
        transaction = connection.get_transaction()
        mark = self._marks.get(transaction)
        left = self.state
        if mark is None:
            mark = self._marks[transaction] = Mark(
                left.key, left.version, left.version, is_gone=left.is_gone
            )
        elif not (mark.is_held or mark.has_moved or mark.is_gone):
            # Another transaction of the view may have gone on meanwhile.
            mark.key, mark.compared, mark.version = left.key, left.version, left.version
        return mark

    def hold(self, connection: sa.Connection, mark: Mark) -> None:
        """Compare the row and lock it, once in a transaction.

        :raises StaleDataError: when the row is another or gone.
        """
        if mark.is_held or mark.has_moved or mark.is_gone:
            return
        self._refuse_what_cannot_hold(connection, mark)
        stored = self.version.select(connection, mark.key, lock=True)
        if stored is None or stored != mark.compared:
            raise StaleDataError(
                f"the {self.noun} is at {stored!r}, and {mark.compared!r} was compared"
            )
        mark.is_held = True

    def _refuse_what_cannot_hold(self, connection: sa.Connection, mark: Mark) -> None:
        if is_autocommit(connection):
            raise SetupError(
                "the engine is set to AUTOCOMMIT, so nothing can be rolled back when a check "
                "fails; guarded views take another isolation_level"
            )
        here = connection.get_transaction()
        mark.may_lock = True
        for transaction, other in self._marks.items():
            if transaction is not here and transaction.is_active and other.may_lock:
                raise SetupError(
                    "the view writes in a second transaction while a first one has the "
                    f"{self.noun} locked; commit or roll back the first, or use one session"
                )

    # What the unit of work does

    def before_flush(self, session: Session) -> None:
        """Let the unit of work compare the version that was claimed."""
        self._flushing, self._is_pending = None, False
        instance = self.instance(session)
        if instance is None or not self._is_ours(session):
            return
        is_deleted = instance in session.deleted
        if not is_deleted and not session.is_modified(instance):
            return
        connection = self.connection(session)
        mark = self.mark(connection)
        if is_deleted:
            self.hold(connection, mark)  # SQLAlchemy does not always count what it deletes
        if mark.is_unsure and not is_deleted:
            mark.version = self.version.select(connection, mark.key)
            mark.is_unsure = mark.is_gone
        given = self._version_of_the_view(instance)
        set_committed_value(instance, self.version.key, mark.version)
        if given is not _MISSING:
            setattr(instance, self.version.key, given)
        self._flushing = (instance, mark)

    def _version_of_the_view(self, instance: Any) -> Any:
        """Give the version that the view has set, where it is the one to do so."""
        if self.version.mapper.version_id_generator is not False:
            return _MISSING
        added = sa.inspect(instance).attrs[self.version.key].history.added
        return added[0] if added else _MISSING

    def after_flush(self, session: Session) -> None:
        """Learn what the unit of work has written."""
        if self._flushing is None:
            return
        instance, mark = self._flushing
        self._flushing, self._is_pending = None, False
        state = sa.inspect(instance)
        if not state.persistent:
            # Another object may have taken over the row, or will.
            mark.is_gone = mark.is_unsure = mark.is_due = True
            return
        mark.key = state.key[1]
        stored = instance.__dict__.get(self.version.key, _MISSING)
        if stored is _MISSING:
            mark.has_moved = mark.is_unsure = mark.is_due = True
        elif stored != mark.version:
            mark.version = stored
            mark.has_moved = mark.is_due = True
            mark.is_unsure = not self.version.is_exact

    def instance(self, session: Session) -> Any:
        """Give the object of the row in a session, however the session came by it."""
        model, _, token = self.identity
        keys = {mark.key: None for mark in (*self._marks.values(), self.state)}
        for key in keys:
            found = session.identity_map.get((model, key, token))
            if found is not None:
                return found
        return None

    def _is_ours(self, session: Session) -> bool:
        bind = write_bind(session, self.version.mapper, default=None)
        return root_of(bind.engine) is self.engine if bind else False

    def connection(self, session: Session) -> sa.Connection:
        """Give the connection on which a session writes the row."""
        bind = write_bind(session, self.version.mapper)
        return session.connection(bind_arguments={"bind": bind})

    # What commits

    def before_commit(self, connection: sa.Connection) -> None:
        """Compare and move the version in the transaction that commits."""
        mark = self._marks.get(connection.get_transaction())
        if mark is not None and mark.is_due:
            self.settle(connection, mark, exactly=True)
        super().before_commit(connection)
        if mark is not None and (mark.has_moved or mark.is_gone):
            self._before = (connection.get_transaction(), self.state, self.is_written)
            self.state, self.is_written = mark, True

    def after_rollback(self, connection: sa.Connection) -> None:
        """Take back what a commit that failed was taken for."""
        transaction = connection.get_transaction()
        if self._before is not None and self._before[0] is transaction:
            _, self.state, self.is_written = self._before
            self._before = None
        self._marks.pop(transaction, None)

    def settle(self, connection: sa.Connection, mark: Mark, *, exactly: bool = False) -> None:
        """See that the version was compared and has moved, in this transaction.

        :param exactly: whether to read what the database has made of the version.
        :raises StaleDataError: when the row is another or gone.
        :raises SetupError: when the version does not move.
        """
        version = self.version
        self._refuse_what_cannot_hold(connection, mark)
        if not mark.has_moved and not mark.is_gone:
            following = version.next(mark.compared)
            if version.swap(connection, mark.key, mark.compared, following):
                mark.is_unsure = not version.is_exact
                mark.version = following
            elif not mark.is_held:
                raise StaleDataError(f"the {self.noun} is not at {mark.compared!r} any more")
            else:  # locked since it was compared, so the view's own SQL moved or removed it
                mark.is_unsure = True
            mark.has_moved = True
        if mark.is_unsure or (exactly and not mark.is_gone):
            stored = version.select(connection, mark.key)
            mark.is_unsure = False
            mark.is_gone = stored is None
            if not mark.is_gone:
                mark.version, mark.has_moved = stored, True
                self._see_that_it_moved(connection, mark)
        mark.is_due = False

    def _see_that_it_moved(self, connection: sa.Connection, mark: Mark) -> None:
        version = self.version
        for candidate in version.candidates(mark.compared):
            if version.has_moved(mark.compared, mark.version):
                return
            version.set(connection, mark.key, candidate)
            mark.version = version.select(connection, mark.key)
        if not version.has_moved(mark.compared, mark.version):
            raise SetupError(
                f"{version.name}.{version.key} is {mark.version!r} before and after the write, so "
                "the next one could not be told from this one; set it in the view, or let "
                "SQLAlchemy count it: leave out version_id_generator"
            )

    def complete(self, session: Session) -> Mark | None:
        """Settle what the guard is about to commit; ``None`` when nothing is left to."""
        has_begun = session.in_transaction()
        if self.is_written and not has_begun:
            return None
        connection = self.connection(session)
        mark = self._marks.get(connection.get_transaction())
        if mark is None or not (mark.is_due or mark.has_moved or mark.is_gone):
            if self.is_written:
                return None
            mark = self.mark(connection)
            mark.is_due = True
        if mark.is_due:
            self.settle(connection, mark)
        instance = self.instance(session)
        if instance is not None and not mark.is_gone:
            set_committed_value(instance, self.version.key, mark.version)
        return mark

    def has_left(self, found: Any) -> bool:
        """Tell whether a row that was loaded is as this write has left it."""
        if found is None:
            return True
        left = [self.state.version, *(m.version for m in self._marks.values() if m.has_moved)]
        return getattr(found, self.version.key, None) in left

    def is_overtaken(self, session: Session) -> bool:
        """Tell whether somebody else has written the row since this request left it."""
        stored = self.version.select(self.connection(session), self.state.key)
        if self.state.is_gone:
            return stored is not None
        return bool(stored != self.state.version)

    def see_that_it_is_stored(self, engine: sa.Engine) -> None:
        """See what has become of a commit on a connection that all threads share.

        :raises SetupError: when another thread has rolled it back.
        """
        with engine.connect() as connection:
            stored = self.version.select(connection, self.state.key)
        if stored != (None if self.state.is_gone else self.state.version):
            raise SetupError(
                "all threads share one connection (StaticPool), and another one has rolled this "
                "write back; use a pool that gives each its own, such as that of a file"
            )
