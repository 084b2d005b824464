"""Tables where a write does something else than it says: it replaces, or is left to a trigger.

An INSERT proves that a row was created, and the count of an UPDATE that the version was there,
where the database itself does what they say.
"""

import re
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

_CONFLICT = re.compile(r"\bON\s+CONFLICT\s+(?:REPLACE|IGNORE)\b", re.IGNORECASE)

_known: WeakKeyDictionary[sa.Engine, dict[tuple[str, str, str], bool]] = WeakKeyDictionary()


def replaces(connection: sa.Connection, table: sa.FromClause, schemas: Schemas = None) -> bool:
    """Tell whether an INSERT may replace a row, or insert none, without an error.

    :param schemas: the schemas in which the connection finds its tables.
    """
    return isinstance(table, sa.Table) and _is_replaced(connection, table, schemas, "INSERT")


def _is_replaced(connection: sa.Connection, table: sa.Table, schemas: Schemas, word: str) -> bool:
    """Tell whether something else is written than what is sent.

    The catalog is asked once for each table and kind of statement.

    :param word: the kind of statement.
    """
    ask = {"postgresql": _ask_postgresql, "sqlite": _ask_sqlite}.get(connection.dialect.name)
    if ask is None:
        return False
    quote = connection.dialect.identifier_preparer.quote
    schema = table.schema if schemas is None else schemas.get(table.schema, table.schema)
    prefix = "" if schema is None else f"{quote(schema)}."
    known = _known.setdefault(root_of(connection.engine), {})
    key = prefix, table.name, word
    if key not in known:
        known[key] = ask(connection, prefix, table.name, word)
    return known[key]


def _ask_postgresql(connection: sa.Connection, prefix: str, name: str, word: str) -> bool:
    bit, event = _EVENTS[word]
    whole = prefix + connection.dialect.identifier_preparer.quote(name)
    values = {"name": whole, "bits": _INSTEAD_OF | bit, "event": event}
    return bool(connection.scalar(_IN_POSTGRESQL, values, execution_options={OWN: True}))


def _ask_sqlite(connection: sa.Connection, prefix: str, name: str, _: str) -> bool:
    query = sa.text(f"SELECT sql FROM {prefix}sqlite_master WHERE name = :name")
    made = connection.scalar(query, {"name": name}, execution_options={OWN: True})
    return _CONFLICT.search(made or "") is not None


def refuse_what_a_trigger_compares(
    connection: sa.Connection, table: sa.Table, schemas: Schemas, noun: str
) -> None:
    """Refuse to compare and write by an UPDATE which something else stands in for.

    The database counts what it has handed over. Where another write came first, the trigger or
    rule gets the row as it was before, and writes over it.

    :raises SetupError: when the table is a view with an INSTEAD OF trigger or rule.
    """
    if connection.dialect.name == "postgresql" and _is_replaced(
        connection, table, schemas, "UPDATE"
    ):
        raise SetupError(
            f"{table.name} has an INSTEAD OF trigger or rule, which does not compare the version "
            f"again where another write to the {noun} came first; map the table below it, or use "
            "guard=locked(session)"
        )
