"""What the errors of a database say about a race."""

import sqlite3
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.exc import StaleDataError

_LOST_SQLSTATES = {"40001", "40P01"}  # serialization failure, deadlock
_LOST_MYSQL = {1213, 1020}  # deadlock; MariaDB: record has changed since last read
_BUSY_SQLSTATES = {"55P03", "57014"}  # lock not available; statement timeout
_BUSY_MYSQL = {1205, 1969, 3024}  # lock wait timeout; statement time-outs of MariaDB and MySQL

_GONE_SQLSTATES = {"57P01", "57P02", "57P03", "53300"}  # shut down, starting; too many connections
_GONE_MYSQL = {2002, 2003, 2006, 2013, 1040}  # cannot connect, gone away; too many connections


def is_lost_race(error: BaseException) -> bool:
    """Tell whether an error means that another transaction wrote first."""
    if isinstance(error, StaleDataError):
        return True
    return (
        _sqlstate(error) in _LOST_SQLSTATES
        or _mysql_code(error) in _LOST_MYSQL
        or _sqlite_code(error) == sqlite3.SQLITE_BUSY_SNAPSHOT
    )


def is_complaint_of_merge(error: BaseException, mapper: Mapper[Any] | None) -> bool:
    """Tell whether ``session.merge()`` was given an object of the target with a wrong version.

    It was read off the body of the request, say. That need not be anybody else's doing.
    """
    name = mapper.class_.__name__ if mapper is not None else ""
    return isinstance(error, StaleDataError) and f"on merged state <{name} at " in str(error)


def is_busy(error: BaseException) -> bool:
    """Tell whether an error means that a lock was not free in time, and no more."""
    return (
        _sqlstate(error) in _BUSY_SQLSTATES
        or _mysql_code(error) in _BUSY_MYSQL
        or _sqlite_code(error) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    )


def is_lock_time_out(error: BaseException) -> bool:
    """Tell whether MySQL or MariaDB waited in vain, with which it may end the transaction."""
    return _mysql_code(error) == 1205


def is_unreachable(error: BaseException) -> bool:
    """Tell whether an error means that the database is not there, or not any more."""
    if not isinstance(error, DBAPIError):
        return False
    state = _sqlstate(error)
    # libpq tells of a server that it cannot reach without a code.
    is_refused = isinstance(error, OperationalError) and state is None
    return (
        error.connection_invalidated
        or (hasattr(error.orig, "sqlstate") and is_refused)
        or (state or "")[:2] == "08"
        or state in _GONE_SQLSTATES
        or _mysql_code(error) in _GONE_MYSQL
    )


def _original(error: BaseException) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else None


def _sqlstate(error: BaseException) -> str | None:
    original = _original(error)
    # psycopg calls it sqlstate, psycopg2 pgcode.
    code: str | None = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    if code is None and original is not None and original.args:
        first = original.args[0]
        return first.get("C") if isinstance(first, dict) else None  # pg8000 gives all fields
    return code


def _mysql_code(error: BaseException) -> int | None:
    original = _original(error)
    # The drivers share the first argument; a code of SQLite or PostgreSQL is never there.
    code = original.args[0] if original is not None and original.args else None
    if not isinstance(code, int):
        code = getattr(original, "errno", None)  # MariaDB's own connector
    return code if isinstance(code, int) else None


def _sqlite_code(error: BaseException) -> int:
    code: int = getattr(_original(error), "sqlite_errorcode", 0)
    return code
