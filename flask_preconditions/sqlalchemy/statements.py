"""What a statement does, as far as a guard has to know."""

import re
from dataclasses import dataclass
from enum import Enum
from enum import auto
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

OWN = "preconditions_own"
"""The execution option of the statements that a guard sends itself."""

LOCKED = "preconditions_locked"
"""The execution option of a select whose tables are locked already."""


class Kind(Enum):
    """What a statement does to a transaction."""

    READ = auto()
    INSERT = auto()
    WRITE = auto()
    SAVEPOINT = auto()
    ROLLBACK_TO = auto()
    RELEASE = auto()
    TWO_PHASE = auto()
    END = auto()


_BLANK = r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*"
_FIRST = re.compile(_BLANK + r"([A-Za-z]+)", re.DOTALL)
_NAME = r'("[^"]+"|`[^`]+`|\[[^\]]+\]|\w+)'
_SAVEPOINT = re.compile(
    rf"(?:RELEASE|SAVEPOINT|TO)\s+(?:SAVEPOINT\s+)?{_NAME}\s*;?\s*$", re.IGNORECASE
)
_CHANGES = re.compile(r"\b(?:INSERT|UPDATE|DELETE|MERGE|REPLACE)\b", re.IGNORECASE)
# An INSERT with one of these changes rows that are there.
_UPSERT = re.compile(r"\b(?:CONFLICT|DUPLICATE|OR\s+REPLACE)\b", re.IGNORECASE)
_LOCKING = re.compile(
    r"\bFOR\s+(?:NO\s+KEY\s+)?(?:UPDATE|SHARE)\b|\bLOCK\s+IN\s+SHARE\s+MODE\b", re.IGNORECASE
)
_PREPARES = re.compile(_BLANK + r"PREPARE\s+TRANSACTION\b", re.IGNORECASE | re.DOTALL)
_WRITTEN = re.compile(
    r"\b(?:INTO|UPDATE|FROM)\s+(?:ONLY\s+|LOW_PRIORITY\s+|IGNORE\s+|OR\s+\w+\s+)*"
    rf"(?:{_NAME}\s*\.\s*)?{_NAME}",
    re.IGNORECASE,
)
_READS = {
    *("SELECT", "SHOW", "PRAGMA", "EXPLAIN", "SET", "VALUES", "TABLE", "DESCRIBE", "DESC"),
    *("USE", "BEGIN", "START", "DECLARE", "FETCH", "CLOSE", "LOCK"),
}


@lru_cache(maxsize=2048)
def kind_of(sql: str) -> tuple[Kind, str]:
    """Tell what a statement does, and the name of the savepoint where it is about one.

    A SELECT of a function that writes passes for a read.
    """
    found = _FIRST.match(sql)
    word = found[1].upper() if found else ""
    if word == "SAVEPOINT":
        return Kind.SAVEPOINT, _name_in(sql)
    if word == "ROLLBACK" and re.search(r"\bTO\b", sql, re.IGNORECASE):
        return Kind.ROLLBACK_TO, _name_in(sql)
    if word == "RELEASE":
        return Kind.RELEASE, _name_in(sql)
    if word == "XA":
        return Kind.TWO_PHASE, ""
    if word in ("COMMIT", "END", "ROLLBACK", "ABORT") or _PREPARES.match(sql):
        return Kind.END, ""
    if word in _READS:
        return Kind.READ, ""
    if word == "WITH":
        without_locks = _LOCKING.sub("", sql)
        return (Kind.WRITE if _CHANGES.search(without_locks) else Kind.READ), ""
    if word == "INSERT" and not _UPSERT.search(sql):
        return Kind.INSERT, ""
    return Kind.WRITE, ""


def _name_in(sql: str) -> str:
    found = _SAVEPOINT.search(sql)
    return _unquoted(found[1]).lower() if found else ""


def _unquoted(name: str) -> str:
    return name.strip('"`[]')


@lru_cache(maxsize=2048)
def written_table(sql: str) -> str | None:
    """Name the table that a plain statement writes to; ``None`` where it is none such."""
    found = _FIRST.match(sql)
    if found is None or found[1].upper() not in ("INSERT", "UPDATE", "DELETE", "REPLACE"):
        return None
    table = _WRITTEN.search(sql, found.start(1))
    return _unquoted(table[2]) if table else None


def tables_read(sql: str, built: Any) -> set[str]:
    """Name what a select reads from.

    :param built: the statement, where SQLAlchemy built it.
    """
    parts = [] if built is None else visitors.iterate(built)
    if tables := {part.name for part in parts if isinstance(part, sa.Table)}:
        return tables
    # An alias in the text passes for a table, and harms nothing.
    _, _, rest = re.sub(r"\s+", " ", sql).partition(" FROM ")
    return {_unquoted(word) for word in re.findall(_NAME, rest)}


@lru_cache(maxsize=2048)
def is_locking(sql: str) -> bool:
    """Tell whether a select locks the rows that it reads."""
    return _LOCKING.search(sql) is not None


@lru_cache(maxsize=512)
def reads_tables(sql: str) -> bool:
    """Tell whether a select reads from anything."""
    return re.search(r"\bFROM\b", sql, re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that is about to be sent.

    :param savepoint: the savepoint that it is about.
    :param built: the statement as SQLAlchemy has it, where it built it.
    :param is_update: whether SQLAlchemy built it as an UPDATE.
    :param by_flush: whether the unit of work sends it.
    :param has_locked: whether the tables that it reads are locked already.
    """

    sql: str
    kind: Kind
    savepoint: str
    built: Any
    is_update: bool
    by_flush: bool
    has_locked: bool = False

    @property
    def table(self) -> Any:
        """The table that it changes, where SQLAlchemy built it."""
        return getattr(self.built, "table", None)

    @property
    def changes(self) -> bool:
        """Whether it may change rows."""
        return self.kind in (Kind.INSERT, Kind.WRITE)


def statement_of(sql: str, context: Any) -> Statement | None:
    """Describe a statement; ``None`` for one of a guard's own."""
    options = context.execution_options
    if OWN in options:
        return None
    kind, savepoint = kind_of(sql)
    built = getattr(context.compiled, "statement", None)
    if kind is Kind.READ:
        return Statement(sql, kind, savepoint, built, False, False, LOCKED in options)
    # Only the unit of work names a cache of its own for what it compiles.
    return Statement(sql, kind, savepoint, built, context.isupdate, "compiled_cache" in options)
