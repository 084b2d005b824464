"""Errors with which a database gives a transaction up, though the view catches them and goes on.

SQLAlchemy does not know of it: the transaction seems to be open, its commit succeeds, and what was
written and compared in it before is gone.
"""

from typing import Any
from weakref import WeakKeyDictionary
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ..exceptions import SetupError
from .conflicts import is_busy
from .conflicts import is_lock_time_out
from .conflicts import is_lost_race
from .statements import OWN

_open: WeakSet[Any] = WeakSet()
_failed: WeakKeyDictionary[Any, BaseException] = WeakKeyDictionary()


def note_open(connection: sa.Connection) -> None:
    """Note on SQLite that the driver is in a transaction, which an error may end."""
    if connection.dialect.name == "sqlite" and _is_open(connection):
        _open.add(connection.get_transaction())


def note_failure(connection: sa.Connection, error: BaseException) -> None:
    """Note an error that may have ended the transaction of a connection."""
    transaction = connection.get_transaction()
    if transaction is None or not isinstance(error, DBAPIError):
        return
    dialect = connection.dialect.name
    if dialect == "sqlite":
        may_have_ended = transaction in _open and not _is_open(connection)
    elif dialect in ("mysql", "mariadb"):
        may_have_ended = is_lost_race(error) or is_lock_time_out(error)
    else:
        may_have_ended = True
    if may_have_ended:
        _failed.setdefault(transaction, error)


def refuse_given_up(connection: sa.Connection) -> None:
    """See that a transaction still has what was written in it.

    :raises DBAPIError: the error that ended it, where that tells of a race.
    :raises SetupError: when another error did.
    """
    error = _failed.get(connection.get_transaction()) if _failed else None
    if error is None or _goes_on(connection, error):
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
