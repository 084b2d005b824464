"""Which engine writes, and whether a connection has transactions at all."""

import threading
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.exc import UnboundExecutionError
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from ..exceptions import SetupError

_RAISE: Any = object()


def root_of(engine: sa.Engine) -> sa.Engine:
    """Give the engine that one with execution options is made of."""
    while (proxied := getattr(engine, "_proxied", None)) is not None:
        engine = proxied
    return engine


Schemas = Mapping[str | None, str | None] | None
"""The schemas in which a connection finds its tables, where they are those of a tenant."""


def schemas_of(connection: sa.Connection) -> Schemas:
    """Give the schemas that a connection translates to: a key names another row in others."""
    found: Schemas = connection._execution_options.get("schema_translate_map")
    return found


def write_bind(session: Session, mapper: Mapper[Any] | None, *, default: Any = _RAISE) -> Any:
    """Give what a session would flush the rows of a mapper to.

    A session that reads from a replica tells so by the statement or by its flushing.
    """
    was_flushing = session._flushing
    session._flushing = True
    try:
        if mapper is None:
            return session.get_bind()
        # Not of the class: one with a union of concrete tables cannot be updated as a whole.
        return session.get_bind(mapper, clause=sa.update(mapper.local_table))  # type: ignore[arg-type]
    except UnboundExecutionError:
        if default is _RAISE:
            raise
        return default
    finally:
        session._flushing = was_flushing


def is_autocommit(connection: sa.Connection) -> bool:
    """Tell whether a connection commits every statement by itself."""
    if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        return True
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite":
        mode = getattr(driver, "autocommit", -1)  # -1 is how it was before Python 3.12
        if mode is True:
            return True  # its commit() does nothing, also where a transaction was begun
        return mode == -1 and driver.isolation_level is None and not driver.in_transaction
    get = getattr(driver, "get_autocommit", None)
    return bool(get() if get is not None else getattr(driver, "autocommit", False) is True)


def refuse_autocommit(connection: sa.Connection) -> None:
    """Refuse to write where every statement commits by itself.

    :raises SetupError: when the connection does so.
    """
    if is_autocommit(connection):
        raise SetupError(
            "the engine is set to AUTOCOMMIT, so nothing can be rolled back when a check "
            "fails; guarded views take another isolation_level"
        )


def refuse_async(bind: sa.Engine | sa.Connection) -> None:
    """Refuse the plain session inside an AsyncSession.

    :raises SetupError: when the engine only works in an event loop.
    """
    if getattr(bind.dialect, "is_async", False):
        raise SetupError(
            "this session is that of an AsyncSession, which only works inside run_sync(); use a "
            "plain Session on a plain engine for the guarded views"
        )


_levels: WeakKeyDictionary[sa.Engine, str] = WeakKeyDictionary()


def refuse_dirty_reads(session: Session, bind: sa.Engine | sa.Connection) -> None:
    """Refuse to write where reads are told of what others have not committed.

    GET would tell the tag of a state that may be rolled back, and somebody else's write may get
    the same version. Only MySQL, MariaDB and the shared cache of SQLite read so.

    :raises SetupError: when the connection does so.
    """
    dialect = bind.dialect.name
    has_shared_cache = dialect == "sqlite" and bind.engine.url.query.get("cache") == "shared"
    if not has_shared_cache and dialect not in ("mysql", "mariadb"):
        return
    connection = session.connection(bind_arguments={"bind": bind})
    level = connection.get_execution_options().get("isolation_level")
    if level is None:
        engine = root_of(bind.engine)
        if engine not in _levels:
            _levels[engine] = connection.get_isolation_level()
        level = _levels[engine]
    if level.upper().replace("_", " ") == "READ UNCOMMITTED":
        raise SetupError(
            "under READ UNCOMMITTED a read is told of writes that may be rolled back, and so are "
            "tags; give the engine of guarded views "
            'isolation_level="REPEATABLE READ", and on SQLite "SERIALIZABLE"'
        )


def refuse_shards(session: Session) -> None:
    """Refuse a session that chooses the database row by row.

    :raises SetupError: when it is a ``ShardedSession``, whose rows are told apart by their shard.
    """
    if hasattr(session, "shard_chooser"):
        raise SetupError(
            "a ShardedSession chooses the database row by row, and a guard compares on one; give "
            "guarded views the plain Session of the shard that the request is about: "
            "Preconditions(app, session=session_of_shard)"
        )


@contextmanager
def reading_where_it_writes(session: Session) -> Iterator[None]:
    """Let a session read from where it flushes to, and not from a replica."""
    choose = session.get_bind

    def get_bind(mapper: Any = None, *args: Any, **kwargs: Any) -> sa.Engine | sa.Connection:
        was_flushing = session._flushing
        session._flushing = True
        try:
            return choose(mapper, *args, **kwargs)
        finally:
            session._flushing = was_flushing

    vars(session)["get_bind"] = get_bind
    try:
        yield
    finally:
        del vars(session)["get_bind"]


def has_one_connection(engine: sa.Engine) -> bool:
    """Tell whether all threads share one connection, and so one transaction."""
    return isinstance(engine.pool, StaticPool)


UNDONE = (
    "all threads share one connection (StaticPool), and another one has rolled this "
    "write back; use a pool that gives each its own, such as that of a file"
)


def refuse_undone(connection: sa.Connection) -> None:
    """See that no other thread has ended a transaction that has written.

    :raises SetupError: when it is over.
    """
    driver: Any = connection.connection.dbapi_connection
    if not getattr(driver, "in_transaction", True):
        raise SetupError(UNDONE)


_turns: WeakKeyDictionary[sa.Engine, threading.RLock] = WeakKeyDictionary()


@contextmanager
def in_turn(engine: sa.Engine) -> Iterator[None]:
    """Let one guarded write after the other use the connection that all threads share."""
    if not has_one_connection(engine):
        yield
        return
    with _turns.setdefault(root_of(engine), threading.RLock()):
        yield
