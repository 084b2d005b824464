"""What a select reads unseen: through a view, or a function of the database.

Its lock does not reach that far. PostgreSQL and MariaDB lock the rows of a view that is a plain
select of one table, and nothing of what the query of a column, an aggregate or a function reads.
"""

import re
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from .connections import root_of
from .statements import OWN
from .statements import TABLES
from .statements import Statement
from .statements import bare
from .statements import has_nested_select
from .statements import tables_read

_MOST = 1024
_CALL = re.compile(r'("[^"]+"|`[^`]+`|\w+)\s*\(')

# An immutable function reads nothing. One in C could, and those of extensions do not.
_IN_POSTGRESQL = """
SELECT p.proname, NULL, false FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.proname IN :calls AND p.provolatile <> 'i' AND l.lanname NOT IN ('c', 'internal')
AND n.nspname NOT IN ('pg_catalog', 'information_schema')
UNION ALL
SELECT c.relname, pg_get_viewdef(c.oid), pg_relation_is_updatable(c.oid, false) & 4 = 4
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname IN :tables AND c.relkind IN ('v', 'm')
AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""
_IN_MARIADB = """
SELECT routine_name, NULL, false FROM information_schema.routines
WHERE routine_name IN :calls AND routine_type = 'FUNCTION' AND sql_data_access <> 'NO SQL'
AND (routine_schema = DATABASE() OR routine_schema IN :tables)
UNION ALL
SELECT table_name, view_definition, is_updatable = 'YES'
FROM information_schema.views
WHERE table_name IN :tables AND (table_schema = DATABASE() OR table_schema IN :tables)
"""

_known: WeakKeyDictionary[sa.Engine, dict[tuple[str, bool], str | None]] = WeakKeyDictionary()


def hidden_read(connection: sa.Connection, statement: Statement) -> str | None:
    """Name a view or function that a select reads unseen; ``None`` where there is none.

    The catalog is asked once for each text of a statement.
    """
    known = _known.setdefault(root_of(connection.engine), {})
    key = statement.sql, statement.has_locked == TABLES
    if key not in known:
        if len(known) >= _MOST:
            known.clear()
        known[key] = _find(connection, statement)
    return known[key]


def _find(connection: sa.Connection, statement: Statement) -> str | None:
    dialect = statement.dialect
    query = sa.text(_IN_POSTGRESQL if dialect == "postgresql" else _IN_MARIADB).bindparams(
        *(sa.bindparam(name, type_=sa.String(), expanding=True) for name in ("calls", "tables"))
    )
    # LOCK TABLE locks all that a view reads, but for what a function in it does.
    is_whole = statement.has_locked == TABLES
    seen: set[str] = set()
    waiting = [(statement.sql, statement.built)]
    while waiting:
        text, built = waiting.pop()
        tables = tables_read(text, built) - seen
        seen |= tables
        calls = {call.strip('"`') for call in _CALL.findall(bare(text, dialect))}
        calls |= {call.lower() for call in calls}  # PostgreSQL folds what is not quoted
        names = {"calls": ["", *calls], "tables": ["", *tables]}
        found = connection.execute(query, names, execution_options={OWN: True})
        for name, definition, is_plain in found:
            if not definition:  # of a function, or of a view that may not be shown to this user
                return str(name)
            if not is_whole and (not is_plain or has_nested_select(definition, dialect)):
                return str(name)
            waiting.append((definition, None))
    return None
