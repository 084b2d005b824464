"""Tables where a write does something else than it says: it replaces, or is left to a trigger.

An INSERT proves that a row was created, and the count of an UPDATE that the version was there,
where the database itself does what they say.
"""

from weakref import WeakKeyDictionary

import sqlalchemy as sa

from ..exceptions import SetupError
from .connections import Schemas
from .connections import root_of
from .statements import OWN

# INSTEAD OF triggers, and rules with INSTEAD.
_IN_POSTGRESQL = sa.text("""
SELECT EXISTS (SELECT FROM pg_trigger
WHERE tgrelid = to_regclass(:name) AND tgtype & :bits = :bits)
OR EXISTS (SELECT FROM pg_rewrite
WHERE ev_class = to_regclass(:name) AND is_instead AND ev_type = :event)
""")
_INSTEAD_OF = 64
_EVENTS = {"INSERT": (4, "3"), "UPDATE": (16, "2")}
"""What PostgreSQL calls a statement: the bit of its triggers, and the type of its rules."""

_known: WeakKeyDictionary[sa.Engine, dict[tuple[str, str], bool]] = WeakKeyDictionary()


def replaces(connection: sa.Connection, table: sa.FromClause, schemas: Schemas = None) -> bool:
    """Tell whether an INSERT may replace a row, or insert none, without an error.

    :param schemas: the schemas in which the connection finds its tables.
    """
    if not isinstance(table, sa.Table):
        return False
    if connection.dialect.name == "sqlite":
        parts = (*table.columns, *table.constraints)
        options = [part.dialect_kwargs for part in parts]
        return any(
            name.startswith("sqlite_on_conflict") and str(value).upper() in ("REPLACE", "IGNORE")
            for option in options
            for name, value in option.items()
        )
    return _is_left_to_a_trigger(connection, table, schemas, "INSERT")


def _is_left_to_a_trigger(
    connection: sa.Connection, table: sa.Table, schemas: Schemas, word: str
) -> bool:
    """Tell whether a trigger or rule of PostgreSQL writes instead of what is sent.

    The catalog is asked once for each table and kind of statement.

    :param word: the kind of statement.
    """
    if connection.dialect.name != "postgresql":
        return False
    preparer = connection.dialect.identifier_preparer
    schema = table.schema if schemas is None else schemas.get(table.schema, table.schema)
    name = preparer.quote(table.name)
    if schema is not None:
        name = f"{preparer.quote(schema)}.{name}"
    known = _known.setdefault(root_of(connection.engine), {})
    if (name, word) not in known:
        bit, event = _EVENTS[word]
        values = {"name": name, "bits": _INSTEAD_OF | bit, "event": event}
        found = connection.scalar(_IN_POSTGRESQL, values, execution_options={OWN: True})
        known[name, word] = bool(found)
    return known[name, word]


def refuse_what_a_trigger_compares(
    connection: sa.Connection, table: sa.Table, schemas: Schemas, noun: str
) -> None:
    """Refuse to compare and write by an UPDATE which something else stands in for.

    The database counts what it has handed over. Where another write came first, the trigger or
    rule gets the row as it was before, and writes over it.

    :raises SetupError: when the table is a view with an INSTEAD OF trigger or rule.
    """
    if _is_left_to_a_trigger(connection, table, schemas, "UPDATE"):
        raise SetupError(
            f"{table.name} has an INSTEAD OF trigger or rule, which does not compare the version "
            f"again where another write to the {noun} came first; map the table below it, or use "
            "guard=locked(session)"
        )
