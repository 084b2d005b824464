"""The claim of a create: the row was not there, and this write inserts it."""

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from ..exceptions import SetupError
from .claims import EngineClaim
from .connections import root_of
from .connections import schemas_of
from .connections import write_bind
from .keys import is_spelled
from .keys import owners_of
from .keys import unique_keys
from .marks import Marks
from .postgresql import has_snapshot
from .postgresql import lock_tables
from .replacing import replaces
from .statements import Kind
from .statements import Statement
from .updates import VersionClaim
from .versions import options_in
from .versions import take_write_lock
from .versions import version_in
from .versions import version_of


@dataclass(slots=True)
class Insertion:
    """How far one transaction has come with its row.

    :param is_held: whether nobody else can insert the row until this transaction ends.
    :param is_inserted: whether the unit of work has inserted it.
    :param keys: the keys of the rows that the unit of work has inserted, as they are in Python: a
        type may make something else of the value in the URL.
    :param sent: the statements of the unit of work that insert it, beside other rows.
    :param is_due: whether something was written that is not answered for yet.
    """

    is_held: bool = False
    is_inserted: bool = False
    keys: frozenset[Any] = frozenset()
    sent: tuple[Statement, ...] = ()
    is_due: bool = False


class CreationClaim(EngineClaim):
    """The row is absent until this write inserts it.

    An INSERT cannot overwrite what a rival has inserted. Whatever could (a merge, an upsert, an
    UPDATE, SQL of the view) is preceded by a lock under which the row is looked for once more.

    :param criteria: the attributes by which the URL names the row, and their values.
    """

    def __init__(
        self, session: Session, mapper: Mapper[Any], criteria: Mapping[str, Any], noun: str
    ) -> None:
        bind = write_bind(session, mapper)
        super().__init__(bind.engine, noun)
        connection = session.connection(bind_arguments={"bind": bind})
        self.schemas = schemas_of(connection)
        self._options = options_in(self.schemas)
        self.mapper = mapper
        self.criteria = criteria
        self.created: VersionClaim | None = None
        self.is_written = False
        self._is_unique = _is_unique(mapper, criteria) and not any(
            replaces(connection, table, self.schemas) for table in mapper.tables
        )
        self._marks = Marks(Insertion)
        self._is_pending = False

    def mark(self, connection: sa.Connection) -> Insertion:
        """Give how far the transaction of a connection has come."""
        return self._marks.of(connection.get_transaction())

    def before_statement(self, connection: sa.Connection, statement: Statement) -> None:
        """Look for the row under a lock before anything that could overwrite it."""
        super().before_statement(connection, statement)
        if self.created is not None:
            self.created.before_statement(connection, statement)
            return
        if statement.savepoint:
            self._marks.follow(connection.get_transaction(), statement)
        if not statement.changes:
            return
        mark = self.mark(connection)
        mark.is_due = True
        is_elsewhere = self._is_elsewhere(statement)
        is_plain = statement.kind is Kind.INSERT and statement.by_flush and self._is_unique
        if not is_elsewhere and is_plain and self._is_pending:
            mark.is_inserted = True  # by what is sent now, or it fails
            mark.sent += (statement,)
        if not is_elsewhere and not is_plain and not mark.is_inserted:
            self._hold(connection, mark)

    def _is_elsewhere(self, statement: Statement) -> bool:
        """Tell whether a statement neither writes to the table nor deletes what owns its rows."""
        if statement.table is None or statement.table in self.mapper.tables:
            return False
        may_delete = statement.kind is Kind.WRITE and not statement.is_update
        return not (may_delete and statement.table in owners_of(self.mapper))

    def _hold(self, connection: sa.Connection, mark: Insertion) -> None:
        if mark.is_held:
            return
        self._lock(connection)
        found = self._find(connection, lock=True)
        if found is not None and found not in mark.keys:
            raise StaleDataError(f"another request has created the {self.noun}")
        mark.is_held = True

    def _lock(self, connection: sa.Connection) -> None:
        """Keep everybody else from inserting the row."""
        dialect = connection.dialect.name
        if dialect == "sqlite":
            take_write_lock(connection, self.mapper.local_table, self._options)
        elif dialect == "postgresql":
            # A snapshot makes an upsert of a row that it does not show fail by itself.
            if not has_snapshot(connection):
                lock_tables(connection, self.mapper.tables, "SHARE ROW EXCLUSIVE", self._options)
        elif dialect in ("mysql", "mariadb"):
            level = connection.get_isolation_level()
            if level in ("READ COMMITTED", "READ UNCOMMITTED"):
                raise SetupError(
                    f"under {level} a row that is not there cannot be locked, so {self._proof}, or "
                    'isolation_level="REPEATABLE READ"'
                )
        else:
            raise SetupError(
                f"what {dialect} does to a row that is not there is not known, so {self._proof}"
            )

    @property
    def _proof(self) -> str:
        names = ", ".join(self.criteria)
        return (
            f"only an INSERT under a unique key proves that the {self.noun} was created: "
            "session.add(…)" + ("" if self._is_unique else f", and {names} made unique")
        )

    def _find(self, connection: sa.Connection, *, lock: bool = False) -> Any:
        """Give the primary key of the row that the URL names, as this transaction sees it."""
        model = self.mapper.class_
        wanted = (getattr(model, name) == value for name, value in self.criteria.items())
        keys = [self.mapper.get_property_by_column(c).key for c in self.mapper.primary_key]
        # Of attributes and not of columns: a class with a base is in two tables.
        columns = (getattr(model, name) for name in (*keys, *self.criteria))
        query = sa.select(*columns).where(*wanted)
        if lock and connection.dialect.name in ("mysql", "mariadb"):
            query = query.with_for_update()
        found = connection.execute(query, execution_options=self._options).first()
        if found is None:
            return None
        stored = found[len(keys) :]
        if not lock and not all(map(is_spelled, stored, self.criteria.values())):
            return None
        return tuple(found[: len(keys)])

    def in_flush(self, session: Session) -> None:
        """Learn which objects the unit of work has inserted."""
        if self.created is not None:
            return
        for new in session.new:
            if not isinstance(new, self.mapper.class_):
                continue
            bind = write_bind(session, self.mapper)
            if root_of(bind.engine) is self.engine:
                mark = self.mark(session.connection(bind_arguments={"bind": bind}))
                refuse_left_out(mark.sent, self.noun)
                mark.is_inserted = mark.is_inserted or self._is_ours(new)
                mark.keys |= {tuple(self.mapper.primary_key_from_instance(new))}
                mark.is_due = True

    def _is_ours(self, new: object) -> bool:
        return isinstance(new, self.mapper.class_) and all(
            getattr(new, name, None) == value for name, value in self.criteria.items()
        )

    def before_flush(self, session: Session) -> None:
        """Let the unit of work compare the version that was created."""
        if self.created is not None:
            self.created.before_flush(session)
        self._is_pending = any(self._is_ours(new) for new in session.new)

    def after_flush(self, session: Session) -> None:
        """Learn what the unit of work has written."""
        self._is_pending = False
        if self.created is not None:
            self.created.after_flush(session)

    def before_commit(self, connection: sa.Connection) -> None:
        """Go on from the row that this transaction has inserted."""
        if self.created is not None:
            self.created.before_commit(connection)
            self.note_commit(connection.get_transaction())
            self.is_unknown = self.created.is_unknown
            return
        mark = self._marks.get(connection.get_transaction())
        super().before_commit(connection)
        if mark is None or not (mark.is_inserted or mark.is_held or mark.keys):
            return
        key = self._find(connection)
        if key is None or not (mark.is_inserted or mark.is_held or key in mark.keys):
            return
        self.is_written = True
        self.is_unknown = False
        version = version_of(self.mapper)
        if version is not None:
            stored = version_in(version, self.schemas).select(connection, key)
            claim = VersionClaim(
                self.engine, self.mapper, version, key, stored, self.noun, self.schemas
            )
            claim.is_written = True
            self.created = claim

    def before_telling(self, session: Session, target: object) -> None:
        """Move the version of the row that was created, where the view tells it."""
        if self.created is not None:
            self.created.before_telling(session, target)

    def before_session_commit(self, session: Session) -> None:
        """Compare the row that was created before another engine of the session commits."""
        if self.created is not None:
            self.created.before_session_commit(session)

    def after_error(self, connection: sa.Connection, *, is_disconnection: bool) -> None:
        """Take back what a commit was taken for that has failed."""
        created = self.created
        super().after_error(connection, is_disconnection=is_disconnection)
        if created is not None and created is self.created:
            created.after_error(connection, is_disconnection=is_disconnection)
            self.is_unknown = self.is_unknown or created.is_unknown

    def after_rollback(self, connection: sa.Connection) -> None:
        """Forget what a transaction did."""
        created = self.created
        super().after_rollback(connection)
        self._marks.forget(connection.get_transaction())
        if created is not None and created is self.created:
            created.after_rollback(connection)

    def take_back(self, transaction: Any) -> None:
        """Go back to the row being absent, where the commit of its insert has failed."""
        self.created, self.is_written = None, False
        self._marks.forget(transaction)

    def complete(self, session: Session) -> None:
        """See that what the guard is about to commit has inserted the row.

        :raises StaleDataError: when it is there and somebody else inserted it.
        :raises SetupError: when it is not there.
        """
        if self.created is not None:
            self.created.complete(session)
            return
        if self.is_written and not session.in_transaction():
            return
        bind = write_bind(session, self.mapper)
        connection = session.connection(bind_arguments={"bind": bind})
        mark = self.mark(connection)
        if self.is_written and not mark.is_due:
            return
        found = self._find(connection)
        if found is None:
            named = ", ".join(f"{name}={value!r}" for name, value in self.criteria.items())
            raise SetupError(
                f"the view succeeded, and there is no {self.mapper.class_.__name__} with {named}; "
                "create it under the key that the URL gives (a key is folded in a URL converter), "
                "or answer 202"
            )
        if not (mark.is_inserted or mark.is_held or found in mark.keys):
            raise StaleDataError(f"another request has created the {self.noun}")
        mark.is_due = False

    def is_overtaken(self, session: Session) -> bool:
        """Tell whether somebody else has created the row, or changed what was created."""
        if self.created is not None:
            return self.created.is_overtaken(session)
        if self.is_written:
            return False
        bind = write_bind(session, self.mapper)
        return self._find(session.connection(bind_arguments={"bind": bind})) is not None


def refuse_left_out(sent: Iterable[Statement], noun: str) -> None:
    """See that an INSERT has inserted what it was given.

    :raises SetupError: when it has not, and what is there may be what somebody else has created.
    """
    for statement in sent:
        if statement.falls_short:
            raise SetupError(
                f"the database has taken the INSERT into {statement.table} and not inserted all "
                f"of it, as a trigger or rule may do, so nothing proves that the {noun} was "
                "created; let it raise an error instead"
            )


def _is_unique(mapper: Mapper[Any], names: Mapping[str, Any]) -> bool:
    """Tell whether two rows cannot both go by the values of a URL."""
    known = {mapper.synonyms[n].name if n in mapper.synonyms else n for n in names}
    columns = {c for n in known if n in mapper.column_attrs for c in mapper.column_attrs[n].columns}
    for table in mapper.tables:
        if not isinstance(table, sa.Table):
            continue
        if any(key and key <= columns for key in unique_keys(table)):
            return True
    return False
