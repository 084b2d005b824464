"""Errors with which a database gives a transaction up, though the view catches them and goes on.

SQLAlchemy does not know of it: the transaction seems to be open, its commit succeeds, and what was
written and compared in it before is gone.
"""

from typing import Any
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ..exceptions import SetupError
from .conflicts import is_busy
from .conflicts import is_lock_time_out
from .conflicts import is_lost_race
from .statements import OWN

_open: WeakSet[Any] = WeakSet()


def note_open(connection: sa.Connection) -> None:
    """Note on SQLite that the driver is in a transaction, which an error may end."""
    if connection.dialect.name == "sqlite" and _is_open(connection):
        _open.add(connection.get_transaction())


def may_have_ended(connection: sa.Connection, error: BaseException) -> bool:
    """Tell whether an error may have ended the transaction of a connection."""
    transaction = connection.get_transaction()
    if transaction is None or not isinstance(error, DBAPIError):
        return False
    dialect = connection.dialect.name
    if dialect == "sqlite":
        return transaction in _open and not _is_open(connection)
    if dialect in ("mysql", "mariadb"):
        return is_lost_race(error) or is_lock_time_out(error)
    return True


def refuse_given_up(connection: sa.Connection, error: BaseException) -> None:
    """See that a transaction still has what was written in it, after an error.

    :raises DBAPIError: the error that ended it, where that tells of a race.
    :raises SetupError: when another error did.
    """
    if _goes_on(connection, error):
        return
    if is_lost_race(error) or is_busy(error):
        raise error
    raise SetupError(
        "the view has caught an error with which the database gave up the transaction, so nothing "
        "that it has written there can be stored; let the error through, or put what may fail into "
        "its own savepoint: with session.begin_nested()"
    ) from error


def _goes_on(connection: sa.Connection, error: BaseException) -> bool:
    dialect = connection.dialect.name
    if dialect == "sqlite":
        return False
    if dialect in ("mysql", "mariadb"):
        if not is_lock_time_out(error):
            return False
        query = "SELECT @@innodb_rollback_on_timeout"
        return not connection.exec_driver_sql(query, execution_options={OWN: True}).scalar()
    try:  # a savepoint may have been gone back to since
        connection.exec_driver_sql("SELECT 1", execution_options={OWN: True})
    except DBAPIError:
        return False
    return True


def _is_open(connection: sa.Connection) -> bool:
    driver: Any = connection.connection.dbapi_connection
    return bool(driver.in_transaction)
