"""Locks that make the rows of a check stay as they were compared."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session
from sqlalchemy.orm.state import InstanceState
from sqlalchemy.sql import visitors

from ..exceptions import SetupError
from ..request.inquiry import Inquiry

SPANS_ROWS = "preconditions_spans_rows"
"""The execution option of a select whose rows are compared as a whole."""


def lock(session: Session, match: Inquiry[Any]) -> None:
    """Lock the target of a request and compare it once more.

    :raises PreconditionFailed: when its conditions no longer hold.
    :raises SetupError: when the database or the loader offers nothing to lock.
    """
    state = sa.inspect(match.target, raiseerr=False)
    mapper = state.mapper if isinstance(state, InstanceState) else None
    bind_arguments = {"mapper": mapper} if mapper else {}
    dialect = session.get_bind(mapper).dialect.name
    if dialect == "sqlite":
        _begin_immediate(session, bind_arguments)
        match.recheck()
    elif dialect in ("postgresql", "mysql", "mariadb"):
        session.flush()
        session.expire_all()  # what is in memory would be taken without a select
        with _selects_lock(session) as statements:
            match.recheck()
        if not statements:
            raise SetupError(
                "locked() found no select to lock: the loader must select through the "
                "guard's session, and not in plain text"
            )
    else:
        raise SetupError(f"locked() knows no lock for {dialect}; use a version and cas()")


def _begin_immediate(session: Session, bind_arguments: dict[str, Any]) -> None:
    """Take SQLite's one lock for writing; ``FOR UPDATE`` means nothing to it."""
    connection = session.connection(bind_arguments=bind_arguments)
    if _is_writing(connection):
        session.expire_all()
        return
    # A snapshot that has been read cannot be turned into a write of the latest state.
    session.rollback()
    connection = session.connection(bind_arguments=bind_arguments)
    if _driver(connection).in_transaction:  # begun by an event listener of the application
        connection.exec_driver_sql("ROLLBACK")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.dbapi_connection


def _is_writing(connection: sa.Connection) -> bool:
    """Tell whether the lock is held already.

    In its traditional mode the driver begins a transaction before a write only.
    """
    driver = _driver(connection)
    is_traditional = driver.isolation_level is not None and getattr(driver, "autocommit", -1) == -1
    return bool(is_traditional and driver.in_transaction)


@contextmanager
def _selects_lock(session: Session) -> Iterator[list[object]]:
    """Send every select of the session ``FOR UPDATE`` for a while."""
    statements: list[object] = []

    def add_lock(execution: ORMExecuteState) -> None:
        statement: Any = execution.statement
        if not execution.is_select or not hasattr(statement, "with_for_update"):
            return
        connection = session.connection(bind_arguments=execution.bind_arguments)
        if execution.execution_options.get(SPANS_ROWS) and connection.dialect.name == "postgresql":
            _lock_tables(connection, statement)
        else:
            described = getattr(statement, "column_descriptions", ())
            entities = {entity for d in described if (entity := d.get("entity")) is not None}
            # Without names, PostgreSQL refuses the outer joins of eager loading.
            execution.statement = statement.with_for_update(of=list(entities) or None)
        statements.append(statement)

    event.listen(session, "do_orm_execute", add_lock)
    try:
        yield statements
    finally:
        event.remove(session, "do_orm_execute", add_lock)


def _lock_tables(connection: sa.Connection, statement: sa.Select[Any]) -> None:
    if connection.get_isolation_level() == "REPEATABLE READ":
        raise SetupError(
            "under REPEATABLE READ, rows() would compare the rows as they were before the lock; "
            "use READ COMMITTED or SERIALIZABLE"
        )
    form = connection.dialect.identifier_preparer.format_table
    tables = {form(part) for part in visitors.iterate(statement) if isinstance(part, sa.Table)}
    # The weakest mode that keeps all other writers out and itself too; readers go on.
    names = ", ".join(sorted(tables))
    connection.exec_driver_sql(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
