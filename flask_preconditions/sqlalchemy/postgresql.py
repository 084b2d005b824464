"""What PostgreSQL locks of a select: its rows where it can, its tables where it cannot."""

from collections.abc import Collection
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.sql.expression import Executable
from sqlalchemy.sql.functions import FunctionElement

from ..exceptions import SetupError
from .statements import LOCKED
from .statements import OWN
from .statements import ROWS
from .statements import TABLES
from .statements import has_select

_OURS: Mapping[str, Any] = {OWN: True}


def has_snapshot(connection: sa.Connection) -> bool:
    """Tell whether a transaction goes on seeing what was there at its first statement.

    Under SERIALIZABLE too: only those who write under it as well are told apart then.
    """
    return connection.get_isolation_level() in ("REPEATABLE READ", "SERIALIZABLE")


class _LockTables(Executable, ClauseElement):
    """``LOCK TABLE``, in the schemas that the connection translates to."""

    inherit_cache = False

    def __init__(self, tables: Collection[Any], mode: str) -> None:
        self.tables = tables
        self.mode = mode


@compiles(_LockTables)
def _compile(element: _LockTables, compiler: SQLCompiler, **_: object) -> str:
    names = sorted(compiler.process(table, asfrom=True) for table in element.tables)
    return f"LOCK TABLE {', '.join(names)} IN {element.mode} MODE"


def lock_tables(
    connection: sa.Connection,
    tables: Collection[Any],
    mode: str,
    options: Mapping[str, Any] = _OURS,
) -> None:
    """Lock tables until the transaction ends.

    :param mode: ``SHARE ROW EXCLUSIVE`` keeps all other writers out, and ``EXCLUSIVE`` also
        those who lock single rows.
    :raises SetupError: when what is read then would be older than the lock.
    """
    if has_snapshot(connection):
        raise SetupError(
            f"under {connection.get_isolation_level()}, rows() and joins would be compared as they "
            "were before the lock; give the guard a session whose engine has "
            'isolation_level="READ COMMITTED"'
        )
    if tables:
        connection.execute(_LockTables(tables, mode), execution_options=options)


def lock_select(
    execution: ORMExecuteState, connection: sa.Connection, statement: Any, *, spans: bool
) -> None:
    """Lock the rows of a select where PostgreSQL can, and its tables where it cannot.

    :param spans: whether rows that are still to come must be kept out.
    :raises SetupError: when the tables cannot be locked.
    """
    plain = _plain(statement, connection)
    tables = _tables_of(plain)
    if spans:
        # The weakest mode that keeps all other writers out and itself too; readers go on.
        lock_tables(connection, tables, "SHARE ROW EXCLUSIVE")
        lockable: list[sa.FromClause] = []
    elif _is_simple(plain):
        optional = _optional_tables(plain)
        lockable = [t for t in _froms_of(plain) if t not in optional]
        if optional:
            # FOR UPDATE cannot name the far side of an outer join. This mode keeps those out
            # as well who lock single rows.
            lock_tables(connection, _base(optional), "EXCLUSIVE")
    else:
        lock_tables(connection, tables, "EXCLUSIVE")
        lockable = []
    if lockable:
        described = statement.column_descriptions
        entities = {e for d in described if (e := d.get("entity")) is not None}
        is_whole = not _optional_tables(plain)
        of = [*entities] if entities and is_whole else lockable
        statement = statement.with_for_update(of=of)
    locked = ROWS if lockable else TABLES
    execution.statement = statement.execution_options(**{LOCKED: locked})


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
