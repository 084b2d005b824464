"""What a statement does, as far as a guard has to know."""

import re
from dataclasses import dataclass
from enum import Enum
from enum import auto
from functools import lru_cache
from typing import Any

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
    END = auto()


_BLANK = r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*"
_FIRST = re.compile(_BLANK + r"([A-Za-z]+)", re.DOTALL)
_SAVEPOINT = re.compile(r'(?:SAVEPOINT|TO)\s+(?:SAVEPOINT\s+)?["`\[]?(\w+)', re.IGNORECASE)
_CHANGES = re.compile(r"\b(?:INSERT|UPDATE|DELETE|MERGE|REPLACE)\b", re.IGNORECASE)
# An INSERT with one of these changes rows that are there.
_UPSERT = re.compile(r"\b(?:CONFLICT|DUPLICATE|OR\s+REPLACE)\b", re.IGNORECASE)
_LOCKING = re.compile(
    r"\bFOR\s+(?:NO\s+KEY\s+)?(?:UPDATE|SHARE)\b|\bLOCK\s+IN\s+SHARE\s+MODE\b", re.IGNORECASE
)
_READS = {
    *("SELECT", "SHOW", "PRAGMA", "EXPLAIN", "SET", "VALUES", "TABLE", "DESCRIBE", "DESC"),
    *("USE", "RELEASE", "BEGIN", "START", "DECLARE", "FETCH", "CLOSE", "LOCK"),
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
    if word in ("COMMIT", "END", "ROLLBACK", "ABORT"):
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
    return found[1].lower() if found else ""


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
    :param table: the table that it changes, where SQLAlchemy built it.
    :param is_update: whether SQLAlchemy built it as an UPDATE.
    :param by_flush: whether the unit of work sends it.
    :param has_locked: whether the tables that it reads are locked already.
    """

    sql: str
    kind: Kind
    savepoint: str
    table: Any
    is_update: bool
    by_flush: bool
    has_locked: bool = False

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
    if kind is Kind.READ:
        return Statement(sql, kind, savepoint, None, False, False, LOCKED in options)
    built = getattr(context.compiled, "statement", None)
    table = getattr(built, "table", None)
    # Only the unit of work names a cache of its own for what it compiles.
    return Statement(sql, kind, savepoint, table, context.isupdate, "compiled_cache" in options)
