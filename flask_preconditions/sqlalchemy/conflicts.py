"""What the errors of a database say about a race."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from typing import NoReturn

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import ServiceUnavailable

from ..core import ABSENT
from ..core import Outcome
from ..request.inquiry import Inquiry

_LOST_SQLSTATES = {"40001", "40P01"}  # serialization failure, deadlock
_LOST_MYSQL = {1213, 1020}  # deadlock; MariaDB: record has changed since last read
_BUSY_SQLSTATES = {"55P03"}  # lock not available
_BUSY_MYSQL = {1205}  # lock wait timeout


def is_lost_race(error: BaseException) -> bool:
    """Tell whether an error means that another transaction wrote first."""
    if isinstance(error, StaleDataError):
        return True
    return (
        _sqlstate(error) in _LOST_SQLSTATES
        or _mysql_code(error) in _LOST_MYSQL
        or _sqlite_code(error) == sqlite3.SQLITE_BUSY_SNAPSHOT
    )


def is_busy(error: BaseException) -> bool:
    """Tell whether an error means that a lock was not free in time, and no more."""
    return (
        _sqlstate(error) in _BUSY_SQLSTATES
        or _mysql_code(error) in _BUSY_MYSQL
        or _sqlite_code(error) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    )


def _original(error: BaseException) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else None


def _sqlstate(error: BaseException) -> str | None:
    original = _original(error)
    # psycopg calls it sqlstate, psycopg2 pgcode.
    code: str | None = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    return code


def _mysql_code(error: BaseException) -> int | None:
    original = _original(error)
    # The drivers share the first argument; a code of SQLite or PostgreSQL is never there.
    code = original.args[0] if original is not None and original.args else None
    return code if isinstance(code, int) else None


def _sqlite_code(error: BaseException) -> int:
    code: int = getattr(_original(error), "sqlite_errorcode", 0)
    return code


@contextmanager
def conflicts_refused(match: Inquiry[Any], session: Session) -> Iterator[None]:
    """Roll back when a write fails, and answer 412 when it failed for a lost race.

    :raises PreconditionFailed: when another write came first.
    :raises ServiceUnavailable: when the database could not give a lock in time (503).
    """
    try:
        yield
    except BaseException as error:
        session.rollback()
        if is_lost_race(error):
            match.fail(error)  # type: ignore[arg-type]
        if is_busy(error):
            _refuse_busy(match, session, error)
        # A key that is taken, or a row that is gone, can be a rival's doing or not.
        if isinstance(error, SQLAlchemyError) and _is_overtaken(match):
            match.fail(error)
        raise


def _is_overtaken(match: Inquiry[Any]) -> bool:
    """Load the target again and tell whether the request would now be refused."""
    state = match.read(match.find())
    if (state is ABSENT) is not (match.validators is ABSENT):
        return True
    return match.compare(state).outcome is not Outcome.PERFORM


def _refuse_busy(match: Inquiry[Any], session: Session, error: BaseException) -> NoReturn:
    try:
        overtaken = _is_overtaken(match)
    except DBAPIError:
        session.rollback()
        overtaken = False
    if overtaken:
        match.fail(error)  # type: ignore[arg-type]
    raise ServiceUnavailable(
        "The database is busy; send the request again.", retry_after=1
    ) from error
