"""Locks that make the rows of a check stay as they were compared."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.sql import visitors
from sqlalchemy.sql.functions import FunctionElement

from ..exceptions import SetupError
from ..request.inquiry import Inquiry
from .claims import Claim
from .connections import is_autocommit
from .connections import root_of
from .marks import Marks
from .statements import LOCKED
from .statements import OWN
from .statements import Kind
from .statements import Statement
from .statements import has_select
from .statements import is_locking
from .statements import reads_tables
from .statements import tables_read
from .transactions import carried

SPANS_ROWS = "preconditions_spans_rows"
"""The execution option of a select whose rows are compared as a whole."""


class Held:
    """Whether a transaction holds the lock."""

    def __init__(self) -> None:
        self.is_held = False


class LockClaim(Claim):
    """The rows that were compared are locked from then to the commit.

    While the target is loaded once more, every select on any connection must lock what it
    reads. Afterwards, nothing is written on the engines it was read from but in the transactions
    that hold the locks.

    :param keeps_absent: whether to keep a target away that is not there.
    """

    def __init__(self, noun: str, *, keeps_absent: bool = False) -> None:
        super().__init__(noun)
        self.is_written = False
        self.engines: set[sa.Engine] = set()
        self.tables: set[str] = set()
        self.keeps_absent = keeps_absent
        self._holds = Marks(Held)
        self._is_loading = False

    def concerns(self, connection: sa.Connection) -> bool:
        """Tell whether a connection is to an engine that the target was read from."""
        return self._is_loading or root_of(connection.engine) in self.engines

    def load(self, match: Inquiry[Any]) -> None:
        """Load the target once more, locked, and compare it.

        :raises PreconditionFailed: when its conditions no longer hold.
        :raises SetupError: when the database or the loader offers nothing to lock.
        """
        self._is_loading = True
        try:
            with carried([self]):
                match.recheck()
        finally:
            self._is_loading = False
        if not self.engines:
            raise SetupError(
                "locked() found no select to lock: the loader must select through SQLAlchemy, in "
                "this request"
            )

    def before_statement(self, connection: sa.Connection, statement: Statement) -> None:
        """See that a select locks, and that nothing is written without the lock."""
        super().before_statement(connection, statement)
        transaction = connection.get_transaction()
        if statement.savepoint:
            self._holds.follow(transaction, statement)
        if self._is_loading:
            self._lock(connection, statement, self._holds.of(transaction))
        elif statement.changes and not self._is_held(transaction):
            is_over = not any(t.is_active and held.is_held for t, held in self._holds.items())
            raise SetupError(
                f"the lock on the {self.noun} "
                + (
                    "ended with a commit or rollback in the view, and what comes after it is not "
                    "checked; leave the commit to the guard: session.flush() is enough for a key"
                    if is_over
                    else "is held by another transaction than the one that writes here; write "
                    "through the session that loaded it"
                )
            )

    def _is_held(self, transaction: Any) -> bool:
        held = self._holds.get(transaction)
        return held is not None and held.is_held

    def keeps_it_absent(self, connection: sa.Connection) -> bool:
        """Tell whether nobody else can make the target until the transaction ends."""
        return self.keeps_absent and self._is_held(connection.get_transaction())

    def before_commit(self, connection: sa.Connection) -> None:
        """Note that what was compared is of this request's own making from here on."""
        super().before_commit(connection)
        self.is_written = True

    def take_back(self, transaction: Any) -> None:
        """Go back to nothing being written, as after a commit that has failed."""
        self.is_written = False

    def _lock(self, connection: sa.Connection, statement: Statement, held: Held) -> None:
        is_first, held.is_held = not held.is_held, True
        self.engines.add(root_of(connection.engine))
        self.tables |= tables_read(statement.sql, statement.built)
        dialect = connection.dialect.name
        if dialect == "sqlite":
            if is_first:
                _begin_immediate(connection)
        elif dialect in ("postgresql", "mysql", "mariadb"):
            if is_first and is_autocommit(connection):
                raise SetupError(
                    "the engine is set to AUTOCOMMIT, so a lock ends with the select that takes "
                    "it; guarded views take another isolation_level"
                )
            if statement.kind is Kind.READ and not self._locks(statement):
                raise SetupError(
                    f"locked() cannot lock what the loader reads with {_brief(statement.sql)!r}; "
                    "select through the session with select(…), on MariaDB and MySQL without a "
                    "subquery, or end the text with FOR UPDATE, and every SELECT inside it"
                )
            if self.keeps_absent:
                self.keeps_absent = _keeps_new_rows_out(connection, statement)
        else:
            raise SetupError(f"locked() knows no lock for {dialect}; use a version and cas()")

    def _locks(self, statement: Statement) -> bool:
        sql, dialect = statement.sql, statement.dialect
        return statement.has_locked or is_locking(sql, dialect) or not reads_tables(sql, dialect)

    def before_orm_statement(self, execution: ORMExecuteState) -> None:
        """Make a select of a session lock what it reads."""
        statement: Any = execution.statement
        if not self._is_loading or not isinstance(statement, sa.Select):
            return  # the arms of a UNION cannot be locked, which is said where it is sent
        connection = execution.session.connection(bind_arguments=execution.bind_arguments)
        dialect = connection.dialect.name
        if dialect == "postgresql":
            spans = bool(execution.execution_options.get(SPANS_ROWS))
            spans = spans or (self.keeps_absent and not _has_snapshot(connection))
            _lock_on_postgresql(execution, connection, statement, spans=spans)
        elif dialect in ("mysql", "mariadb"):
            if execution.execution_options.get(SPANS_ROWS):
                _refuse_gaps(connection)
            execution.statement = statement.with_for_update()


def _has_snapshot(connection: sa.Connection) -> bool:
    return connection.get_isolation_level() == "REPEATABLE READ"


def _keeps_new_rows_out(connection: sa.Connection, statement: Statement) -> bool:
    """Tell whether a select has locked what is not there, too."""
    if connection.dialect.name == "postgresql":  # where it could, its tables are locked
        return statement.has_locked and not _has_snapshot(connection)
    return connection.get_isolation_level() not in ("READ COMMITTED", "READ UNCOMMITTED")


def _brief(sql: str) -> str:
    words = " ".join(sql.split())
    return words if len(words) <= 80 else words[:79] + "…"


def _begin_immediate(connection: sa.Connection) -> None:
    """Take SQLite's one lock for writing; ``FOR UPDATE`` means nothing to it."""
    driver: Any = connection.connection.dbapi_connection
    if _is_writing(driver):
        return
    # A snapshot that has been read cannot be turned into a write of the latest state.
    if driver.in_transaction:
        driver.execute("ROLLBACK")
    connection.exec_driver_sql("BEGIN IMMEDIATE", execution_options={OWN: True})


def _is_writing(driver: Any) -> bool:
    """Tell whether the lock is held already.

    In its traditional mode the driver begins a transaction before a write only.
    """
    is_traditional = driver.isolation_level is not None and getattr(driver, "autocommit", -1) == -1
    return bool(is_traditional and driver.in_transaction)


def _refuse_gaps(connection: sa.Connection) -> None:
    level = connection.get_isolation_level()
    if level in ("READ COMMITTED", "READ UNCOMMITTED"):
        raise SetupError(
            f"under {level}, MariaDB and MySQL keep no new rows out of a list; give rows() a "
            'session whose engine has isolation_level="REPEATABLE READ"'
        )


def _lock_on_postgresql(
    execution: ORMExecuteState, connection: sa.Connection, statement: Any, *, spans: bool
) -> None:
    """Lock the rows of a select where PostgreSQL can, and its tables where it cannot."""
    plain = _plain(statement, connection)
    tables = _tables_of(plain)
    if spans:
        # The weakest mode that keeps all other writers out and itself too; readers go on.
        _lock_tables(connection, tables, "SHARE ROW EXCLUSIVE")
        lockable: list[sa.FromClause] = []
    elif _is_simple(plain):
        optional = _optional_tables(plain)
        lockable = [t for t in _froms_of(plain) if t not in optional]
        if optional:
            # FOR UPDATE cannot name the far side of an outer join. This mode keeps those out
            # as well who lock single rows.
            _lock_tables(connection, _base(optional), "EXCLUSIVE")
    else:
        _lock_tables(connection, tables, "EXCLUSIVE")
        lockable = []
    if lockable:
        described = statement.column_descriptions
        entities = {e for d in described if (e := d.get("entity")) is not None}
        is_whole = not _optional_tables(plain)
        of = [*entities] if entities and is_whole else lockable
        statement = statement.with_for_update(of=of)
    execution.statement = statement.execution_options(**{LOCKED: True})


def _plain(statement: Any, connection: sa.Connection) -> Any:
    """Give the select as it will be sent, with the joins of eager loading."""
    compiled: Any = statement.compile(dialect=connection.dialect)
    built = getattr(compiled.compile_state, "statement", None)
    return statement if built is None else built


def _is_simple(plain: Any) -> bool:
    """Tell whether PostgreSQL takes FOR UPDATE on a select, and locks with it all that is read."""
    if plain._group_by_clauses or plain._distinct or plain._distinct_on or plain._having_criteria:
        return False
    selected = (part for column in plain.selected_columns for part in visitors.iterate(column))
    if any(isinstance(part, FunctionElement | sa.Over) for part in selected):
        return False
    inner = (part for part in visitors.iterate(plain) if part is not plain)
    return not any(isinstance(part, sa.SelectBase | sa.TableValuedAlias) for part in inner)


def _froms_of(plain: sa.Select[Any]) -> list[sa.FromClause]:
    found: list[sa.FromClause] = []
    for source in plain.get_final_froms():
        found += _leaves(source)
    return found


def _leaves(source: Any) -> list[sa.FromClause]:
    if isinstance(source, sa.Join):
        return [*_leaves(source.left), *_leaves(source.right)]
    return [source]


def _optional_tables(plain: sa.Select[Any]) -> list[sa.FromClause]:
    """List what is on the far side of an outer join."""
    found: list[sa.FromClause] = []
    for source in plain.get_final_froms():
        for part in visitors.iterate(source):
            if isinstance(part, sa.Join) and (part.isouter or part.full):
                found += _leaves(part.right) + (_leaves(part.left) if part.full else [])
    return found


def _tables_of(plain: Any) -> set[sa.TableClause]:
    """Name the tables of a select, wherever in it they are read.

    :raises SetupError: when text names some of them.
    """
    found = set()
    for part in visitors.iterate(plain):
        if isinstance(part, sa.TableClause):
            found.add(part)
        is_text = isinstance(part, sa.TextClause) or getattr(part, "is_literal", False)
        in_from = isinstance(part, sa.Select) and any(
            isinstance(source, sa.TextClause) for source in part.get_final_froms()
        )
        if in_from or (is_text and has_select(str(part), "postgresql")):
            raise SetupError(
                "locked() cannot lock the tables that a select names in text; write them as "
                "models, or as table(…)"
            )
    return found


def _base(sources: list[sa.FromClause]) -> set[sa.TableClause]:
    return {
        part
        for source in sources
        for part in visitors.iterate(source)
        if isinstance(part, sa.TableClause)
    }


def _lock_tables(connection: sa.Connection, tables: set[sa.TableClause], mode: str) -> None:
    if _has_snapshot(connection):
        raise SetupError(
            "under REPEATABLE READ, rows() and joins would be compared as they were before the "
            "lock; use READ COMMITTED or SERIALIZABLE"
        )
    form = connection.dialect.identifier_preparer.format_table
    names = ", ".join(sorted(form(table) for table in tables))
    if names:
        connection.exec_driver_sql(
            f"LOCK TABLE {names} IN {mode} MODE", execution_options={OWN: True}
        )
