"""The claim of an update: the compared version is still there, and moves on."""

from typing import Any
from typing import NoReturn

import sqlalchemy as sa
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from ..exceptions import SetupError
from .claims import EngineClaim
from .connections import UNDONE
from .connections import Schemas
from .connections import refuse_autocommit
from .connections import root_of
from .connections import schemas_of
from .connections import write_bind
from .deferred import fire_deferred
from .marks import Marks
from .statements import Statement
from .swaps import Mark
from .swaps import MissedVersion
from .swaps import Swap
from .unchecked import keys_in
from .versions import Key
from .versions import Version
from .versions import version_in

_MISSING = object()


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
        schemas: Schemas = None,
    ) -> None:
        super().__init__(engine, noun)
        self.version = version_in(version, schemas)
        self.schemas = schemas
        self.swap = Swap(self.version, noun)
        self.identity = mapper.identity_key_from_primary_key(key)
        self.state = Mark(key, compared, compared)
        self.is_written = False
        self._marks = Marks(self._begin)
        self._before: tuple[Mark, bool] | None = None
        self._flushing: tuple[Any, Mark] | None = None
        self._is_pending = False
        self._is_comparing = False
        self._has_sent = False
        self._sent: Statement | None = None

    def _begin(self) -> Mark:
        left = self.state
        return Mark(left.key, left.version, left.version, is_gone=left.is_gone)

    # What is sent

    def before_statement(self, connection: sa.Connection, statement: Statement) -> None:
        """Compare and lock the row before SQL that nobody can see through."""
        super().before_statement(connection, statement)
        transaction = connection.get_transaction()
        if statement.savepoint:
            rolled_back = self._marks.follow(transaction, statement)
            if rolled_back is not None and connection.dialect.name != "postgresql":
                left, now = rolled_back
                now.may_lock = now.may_lock or left.may_lock
        if not statement.changes:
            return
        mark = self.mark(connection)
        self._sent = statement
        if self._is_pending:  # the unit of work has sent its comparison in this flush
            mark.is_due = True
            mark.is_unsure = mark.is_unsure or not statement.by_flush
        elif (
            statement.by_flush
            and statement.is_update
            and self._flushing is not None
            and statement.table is self.version.table
        ):
            if self._has_sent:
                self._refuse_moved(connection, mark)
            self._is_pending = True  # the unit of work is about to compare the version
            mark.is_due = True
            self.swap.refuse_what_would_wait(connection, mark, self._marks.items())
        else:
            self._hold(connection, mark)
            self._has_sent = self._has_sent or statement.by_flush
            if statement.rows and not statement.by_flush:
                self._refuse_another_version(statement, mark)
            mark.is_due = True
            # Another object may take over a row that an earlier transaction has deleted.
            mark.is_unsure = mark.is_unsure or mark.is_gone or not statement.by_flush

    def _refuse_moved(self, connection: sa.Connection, mark: Mark) -> None:
        """Refuse to let the unit of work miss the row, which would pass for a lost race.

        :raises SetupError: when a trigger has moved the version in the same flush.
        """
        stored = self.version.select(connection, mark.key, lock=True)
        if stored != mark.version and not mark.is_unsure:
            raise SetupError(
                f"something that is written with the {self.noun} has moved {self.version.key} to "
                f"{stored}, as a trigger does, before the {self.noun} itself is written where it "
                f"is {mark.version}; change the {self.noun} and call session.flush() first"
            )

    def _refuse_another_version(self, statement: Statement, mark: Mark) -> None:
        """Refuse to let a bulk operation miss the row, which would pass for a lost race.

        :raises SetupError: when it names a version that the row has not.
        """
        column, keys = self.version.column, self.version.keys
        for row in statement.rows:
            given = row.get(str(column._label), mark.version)
            is_its = tuple(row.get(str(c._label)) for c in keys) == mark.key
            if is_its and not mark.is_unsure and str(given) != str(mark.version):
                raise SetupError(
                    f"the view updates the {self.noun} in bulk where its {column.key} is {given}, "
                    f"and it is {mark.version}; give the {column.key} that was loaded, or leave it "
                    "out"
                )

    def mark(self, connection: sa.Connection) -> Mark:
        """Give how far the transaction of a connection has come."""
        mark = self._marks.of(connection.get_transaction())
        mark.go_on_from(self.state)
        return mark

    def _hold(self, connection: sa.Connection, mark: Mark) -> None:
        self.swap.hold(connection, mark, self._marks.items())

    # What the unit of work does

    def before_flush(self, session: Session) -> None:
        """Let the unit of work compare the version that was claimed."""
        self._flushing, self._is_pending = None, False
        self._is_comparing = self._has_sent = False
        self._refuse_second_mapper(session)
        instance = self.instance(session)
        if instance is None or not self._is_ours(session):
            return
        is_deleted = instance in session.deleted
        if not is_deleted and instance not in session.dirty:
            return
        connection = self.connection(session)
        mark = self.mark(connection)
        if not is_deleted and not session.is_modified(instance):
            mark.is_assigned = True
            return
        if is_deleted:
            self._hold(connection, mark)  # SQLAlchemy does not always count what it deletes
        if (mark.is_unsure or mark.is_held or mark.has_moved) and not is_deleted:
            # What a listener or a trigger has added to an earlier flush may have moved it. On
            # MariaDB, a plain SELECT would show what was there when the transaction began.
            mark.version = self.version.select(connection, mark.key, lock=True)
            mark.is_unsure = mark.is_gone
        given = self._version_of_the_view(instance)
        set_committed_value(instance, self.version.key, mark.version)
        if given is not _MISSING:
            setattr(instance, self.version.key, given)
        elif self.version.mapper.version_id_generator is False:
            self._is_comparing = self._has_changed_row(instance)
        self._flushing = (instance, mark)

    def _refuse_second_mapper(self, session: Session) -> None:
        """Refuse to let two objects count one version, each of which finds the other's too late.

        :raises SetupError: when an object of another mapper is about to move it.
        """
        for changed in session.dirty:
            state = sa.inspect(changed)
            mapper = state.mapper
            if mapper.version_id_col is not self.version.column or state.key is None:
                continue
            if state.key[0] is self.identity[0] or not session.is_modified(changed):
                continue
            names = (mapper.get_property_by_column(c).key for c in self.version.keys)
            if tuple(getattr(changed, name) for name in names) == self.state.key:
                other, own = mapper.class_.__name__, self.version.name
                raise SetupError(
                    f"{other} and {own} are mapped to one row and count one version, so a write "
                    f"through both finds its own for somebody else's; write the {self.noun} as "
                    f"{own}, or leave version_id_col out of {other}"
                )

    def _has_changed_row(self, instance: Any) -> bool:
        """Tell whether the unit of work updates the very row, and so compares its version."""
        state = sa.inspect(instance)
        return any(
            state.attrs[attribute.key].history.has_changes()
            for attribute in state.mapper.column_attrs
            if getattr(attribute.columns[0], "table", None) is self.version.table
        )

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
            mark.is_unsure = mark.is_unsure or not self.version.is_exact
        elif self._is_comparing:
            # A trigger moves the version after what the unit of work is told of its UPDATE.
            mark.is_held = mark.is_unsure = mark.is_due = True

    def instance(self, session: Session) -> Any:
        """Give the object of the row in a session, however the session came by it."""
        model, _, token = self.identity
        keys = {mark.key: None for mark in (*self._marks, self.state)}
        for key in keys:
            found = session.identity_map.get((model, key, token))
            if found is not None:
                return found
        return None

    def _is_ours(self, session: Session) -> bool:
        bind = write_bind(session, self.version.mapper, default=None)
        if bind is None or root_of(bind.engine) is not self.engine:
            return False
        return schemas_of(session.connection(bind_arguments={"bind": bind})) == self.schemas

    def connection(self, session: Session) -> sa.Connection:
        """Give the connection on which a session writes the row."""
        bind = write_bind(session, self.version.mapper)
        return session.connection(bind_arguments={"bind": bind})

    # What commits

    def before_session_commit(self, session: Session) -> None:
        """Compare the row before another engine of the session commits."""
        session.flush()
        marks = [mark for t, mark in self._marks.items() if t.is_active]
        if any(mark.is_due or mark.is_assigned for mark in marks) and self._is_ours(session):
            connection = self.connection(session)
            mark = self._marks.get(connection.get_transaction())
            is_first = not (self.is_written or self.is_ending)
            # What the view commits moves the version, though it be what was there.
            if mark is not None and (mark.is_due or (mark.is_assigned and is_first)):
                mark.is_due = True
                self._settle(connection, mark, exactly=True)
                self._tell(session, mark)

    def before_commit(self, connection: sa.Connection) -> None:
        """Compare and move the version in the transaction that commits."""
        mark = self._marks.get(connection.get_transaction())
        if mark is not None and mark.is_due:
            self._settle(connection, mark, exactly=True)
        super().before_commit(connection)
        if mark is not None and (mark.has_moved or mark.is_gone):
            self._before = (self.state, self.is_written)
            self.state, self.is_written = mark, True
            # What was compared is the state before a commit that was never answered.
            self.is_unknown = False
        else:
            self._before = None

    def take_back(self, transaction: Any) -> None:
        """Go back to the version from before a commit that has failed."""
        if self._before is not None:
            (self.state, self.is_written), self._before = self._before, None
        self._marks.forget(transaction)

    def after_rollback(self, connection: sa.Connection) -> None:
        """Forget what a transaction did."""
        super().after_rollback(connection)
        self._marks.forget(connection.get_transaction())

    def _settle(self, connection: sa.Connection, mark: Mark, *, exactly: bool = False) -> None:
        self.refuse_what_another_has_ended(connection)
        self.swap.refuse_what_would_wait(connection, mark, self._marks.items())
        if connection.dialect.name == "postgresql":
            exactly = fire_deferred(connection) or exactly
        self.swap.settle(connection, mark, exactly=exactly)

    def complete(self, session: Session, *, exactly: bool = False) -> Mark | None:
        """Settle what the guard is about to commit; ``None`` when nothing is left to.

        :param exactly: whether to read what a trigger beside the unit of work has made of it.
        """
        has_begun = session.in_transaction()
        if self.is_written and not has_begun:
            return None
        connection = self.connection(session)
        mark = self._marks.get(connection.get_transaction())
        if mark is None or not (mark.is_due or mark.has_moved or mark.is_gone):
            if self.is_written:
                return None
            refuse_autocommit(connection)
            mark = self.mark(connection)
            mark.is_due = True
        if mark.is_due:
            self._settle(connection, mark, exactly=exactly)
        self._tell(session, mark)
        return mark

    def _tell(self, session: Session, mark: Mark) -> None:
        instance = self.instance(session)
        if instance is not None and not mark.is_gone:
            set_committed_value(instance, self.version.key, mark.version)

    def before_telling(self, session: Session, target: object) -> None:
        """Move the version now, where the view tells it in its answer."""
        if target is self.instance(session) and self._is_ours(session):
            self.mark(self.connection(session)).is_due = True
            self.complete(session, exactly=True)

    # What became of it

    def has_left(self, found: Any) -> bool:
        """Tell whether a row that was loaded is as this write has left it."""
        if found is None:
            return True
        left = [self.state.version, *(mark.version for mark in self._marks if mark.has_moved)]
        return getattr(found, self.version.key, None) in left

    def is_overtaken(self, session: Session) -> bool:
        """Tell whether somebody else has written the row since this request left it."""
        stored = self.version.select(self.connection(session), self.state.key)
        if self.state.is_gone:
            return stored is not None
        return bool(stored != self.state.version)

    def has_missed(self, error: BaseException) -> bool:
        """Tell whether an error says that the row itself, and no other, was not as compared."""
        if type(error) is not StaleDataError:
            return isinstance(error, MissedVersion)
        sent = self._sent
        if sent is None or sent.table is not self.version.table or not sent.by_flush:
            return False
        keys = {self.state.key, *(mark.key for mark in self._marks)}
        return keys.issuperset(keys_in(sent, self.version.keys))

    def refuse_own_doing(self, error: BaseException) -> NoReturn:
        """Refuse a write that has missed the row which nobody else has changed.

        :raises SetupError: with what may have moved or hidden it.
        """
        raise SetupError(
            f"no row of the {self.noun} was found where {self.version.key} is "
            f"{self.state.version}, and nobody else has changed it: something in the view's own "
            "transaction moves or hides it unseen, as a function that a SELECT calls, a trigger, "
            "row-level security or a pipeline of the driver may do; let the view write with "
            "statements that say so, such as CALL"
        ) from error

    def see_that_it_is_stored(self, engine: sa.Engine) -> None:
        """See what has become of a commit on a connection that all threads share.

        :raises SetupError: when another thread has rolled it back.
        """
        with engine.connect() as connection:
            stored = self.version.select(connection, self.state.key)
        if stored != (None if self.state.is_gone else self.state.version):
            raise SetupError(UNDONE)
