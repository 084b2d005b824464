"""Triggers that PostgreSQL defers to the commit, after which nobody reads a tag any more."""

from weakref import WeakKeyDictionary

import sqlalchemy as sa

from .connections import root_of
from .statements import OWN

_ASK = "SELECT EXISTS (SELECT FROM pg_trigger WHERE tgdeferrable AND NOT tgisinternal)"

_known: WeakKeyDictionary[sa.Engine, bool] = WeakKeyDictionary()


def fire_deferred(connection: sa.Connection) -> bool:
    """Let deferred triggers do now what they would do at the commit.

    The catalog is asked once for each engine. Foreign keys alone are left to the commit.

    :return: whether the database has any.
    """
    if connection.dialect.name != "postgresql":
        return False
    engine = root_of(connection.engine)
    if engine not in _known:
        found = connection.exec_driver_sql(_ASK, execution_options={OWN: True})
        _known[engine] = bool(found.scalar())
    if _known[engine]:
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE", execution_options={OWN: True})
    return _known[engine]
