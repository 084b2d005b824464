"""Locks that make the rows of a check stay as they were compared."""

import sqlite3
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm.exc import ObjectDeletedError

from ..exceptions import SetupError
from ..request.inquiry import Inquiry
from .claims import Claim
from .connections import is_autocommit
from .connections import root_of
from .hidden_reads import hidden_read
from .marks import Marks
from .postgresql import has_snapshot
from .postgresql import lock_select
from .statements import OWN
from .statements import Kind
from .statements import Statement
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
        self._locking: list[Any] = []
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
        except ObjectDeletedError as error:  # it was loaded before, and is gone
            match.fail(error)
        finally:
            self._is_loading = False
        if not all(transaction.is_active for transaction in self._locking):
            raise SetupError(
                f"what the {self.noun} is compared by was read through a session or connection of "
                "its own, and the lock ended when that was closed; read it through the session of "
                "the guard"
            )
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
        elif statement.changes and not (
            self._is_held(transaction) and all(t.is_active for t in self._locking)
        ):
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
        transaction = connection.get_transaction()
        if transaction not in self._locking and reads_tables(statement.sql, statement.dialect):
            self._locking.append(transaction)
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
            if name := hidden_read(connection, statement):
                raise SetupError(
                    f"the loader reads through {name}, a view or function of the database, and "
                    "locked() cannot lock what that reads in turn; select it from its tables"
                )
            if self.keeps_absent:
                self.keeps_absent = _keeps_new_rows_out(connection, statement)
        else:
            raise SetupError(f"locked() knows no lock for {dialect}; use a version and cas()")

    def _locks(self, statement: Statement) -> bool:
        sql, dialect = statement.sql, statement.dialect
        return (
            bool(statement.has_locked) or is_locking(sql, dialect) or not reads_tables(sql, dialect)
        )

    def before_orm_statement(self, execution: ORMExecuteState) -> None:
        """Make a select of a session lock what it reads."""
        statement: Any = execution.statement
        if not self._is_loading or not isinstance(statement, sa.Select):
            return  # the arms of a UNION cannot be locked, which is said where it is sent
        connection = execution.session.connection(bind_arguments=execution.bind_arguments)
        dialect = connection.dialect.name
        if dialect == "postgresql":
            spans = bool(execution.execution_options.get(SPANS_ROWS))
            spans = spans or (self.keeps_absent and not has_snapshot(connection))
            lock_select(execution, connection, statement, spans=spans)
        elif dialect in ("mysql", "mariadb"):
            if execution.execution_options.get(SPANS_ROWS):
                _refuse_gaps(connection)
            execution.statement = statement.with_for_update()


def _keeps_new_rows_out(connection: sa.Connection, statement: Statement) -> bool:
    """Tell whether a select has locked what is not there, too."""
    if connection.dialect.name == "postgresql":  # where it could, its tables are locked
        return bool(statement.has_locked) and not has_snapshot(connection)
    return connection.get_isolation_level() not in ("READ COMMITTED", "READ UNCOMMITTED")


def _brief(sql: str) -> str:
    words = " ".join(sql.split())
    return words if len(words) <= 80 else words[:79] + "…"


def _begin_immediate(connection: sa.Connection) -> None:
    """Take SQLite's one lock for writing; ``FOR UPDATE`` means nothing to it."""
    driver: Any = connection.connection.dbapi_connection
    if _is_writing(driver):
        return
    if driver.in_transaction:
        if _is_upgraded(driver):
            return
        # A snapshot that has been read cannot be turned into a write of the latest state. It has
        # written nothing, or nobody else could have.
        driver.execute("ROLLBACK")
    connection.exec_driver_sql("BEGIN IMMEDIATE", execution_options={OWN: True})


def _is_upgraded(driver: Any) -> bool:
    """Take the lock in a transaction that has begun, unless somebody else has written since."""
    tables = driver.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL %'"
    )
    found = tables.fetchone()
    if found is None:
        return False
    try:
        quoted = found[0].replace('"', '""')
        driver.execute(f'DELETE FROM "{quoted}" WHERE 0')  # asks for the lock, and deletes nothing
    except sqlite3.OperationalError:
        return False
    return True


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
