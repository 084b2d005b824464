"""What a statement does, as far as a guard has to know."""

import re
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from enum import auto
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import ExecuteStyle
from sqlalchemy.sql import visitors

OWN = "preconditions_own"
"""The execution option of the statements that a guard sends itself."""

LOCKED = "preconditions_locked"
"""The execution option of a select that locks what it reads; it tells what."""

ROWS, TABLES = "rows", "tables"


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
    OPAQUE = auto()
    """Whatever a routine does, which may end the transaction."""


_OPENING = r"[\s(]*"
_FIRST = re.compile(_OPENING + r"([A-Za-z]+)")
_NAME = r'("[^"]+"|`[^`]+`|\[[^\]]+\]|\w+)'
_SAVEPOINT = re.compile(rf"(?:RELEASE|SAVEPOINT|TO)\s+(?:SAVEPOINT\s+)?{_NAME}\s*$", re.IGNORECASE)
_CHANGES = re.compile(r"\b(?:INSERT|UPDATE|DELETE|MERGE|REPLACE)\b", re.IGNORECASE)
# An INSERT with one of these changes rows that are there.
_UPSERT = re.compile(r"\b(?:CONFLICT|DUPLICATE|OR\s+REPLACE)\b", re.IGNORECASE)
# Several transactions have a FOR SHARE at once, and FOR NO KEY UPDATE lets new children in.
_LOCKING = re.compile(r"\bFOR\s+UPDATE\b", re.IGNORECASE)
_LOCKING_SOME = re.compile(rf"{_LOCKING.pattern}\s+OF\b|\bSKIP\s+LOCKED\b", re.IGNORECASE)
_FOR_UPDATE = re.compile(r"\bFOR\s+(?:NO\s+KEY\s+)?UPDATE\b", re.IGNORECASE)
_DELETES = re.compile(
    rf"\bDELETE\b|\bMERGE\b|\bOR\s+REPLACE\b|^{_OPENING}(?:REPLACE|TRUNCATE)\b", re.IGNORECASE
)
_READING = re.compile(r"\bSELECT\b", re.IGNORECASE)
# What stands before what an INSERT, UPDATE or DELETE writes to ends with one of these.
_TARGETS = re.compile(
    _OPENING + r"(?:(?:INSERT|REPLACE)\b.*?(?=\(|\b(?:SELECT|VALUES?|SET|DEFAULT|TABLE)\b|$)"
    r"|UPDATE\b.*?(?=\bSET\b|$)|DELETE\b.*?(?=\b(?:WHERE|RETURNING|ORDER|LIMIT)\b|$))",
    re.IGNORECASE | re.DOTALL,
)
_ASSIGNMENTS = re.compile(
    _OPENING + r"UPDATE\b.*?\bSET\b(.*?)(?:\bWHERE\b.*)?$", re.IGNORECASE | re.DOTALL
)
_READS = {
    *("SELECT", "SHOW", "PRAGMA", "EXPLAIN", "SET", "VALUES", "TABLE", "DESCRIBE", "DESC"),
    *("USE", "BEGIN", "START", "DECLARE", "FETCH", "CLOSE", "LOCK"),
}
_PLAIN = {"INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "MERGE", "LOAD", "HANDLER", "ANALYZE"}
# MariaDB and MySQL commit before and after these.
_COMMITS = re.compile(
    _OPENING + r"(?:(?:CREATE|DROP)\s+(?!.{0,30}\bTEMPORARY\b)|BEGIN\b(?!\s+NOT\s+ATOMIC\b)|"
    r"(?:ALTER|RENAME|TRUNCATE|START|LOCK|UNLOCK|GRANT|REVOKE|OPTIMIZE|REPAIR|CHECK|FLUSH|RESET|"
    r"CACHE|INSTALL|UNINSTALL|CHANGE|STOP|BACKUP)\b|ANALYZE\s+.{0,30}\bTABLE\b|"
    r"SET\b.*?\b(?:AUTOCOMMIT|PASSWORD)\b)",
    re.IGNORECASE | re.DOTALL,
)
_SET_FOR = re.compile(_OPENING + r"SET\s+STATEMENT\b.*?\bFOR\b", re.IGNORECASE | re.DOTALL)

# What runs a text, which is a string to MariaDB and MySQL.
_TEXT = r"'((?:[^'\\]|\\.|'')*)'"
_RUNS_TEXT = re.compile(
    _OPENING
    + rf"(?:EXECUTE\s+IMMEDIATE|PREPARE\s+\S+\s+FROM)\s+(?:{_TEXT}|"
    + _TEXT.replace("'", '"')
    + ")",
    re.IGNORECASE | re.DOTALL,
)
_ENDING = {"SAVEPOINT", "ROLLBACK_TO", "RELEASE", "TWO_PHASE", "END"}

_COMMENT = r"(?P<comment>--[^\n]*|/\*(?![!M]).*?\*/)"
_ESCAPED = r"'(?:[^'\\]|\\.|'')*'"
_NOISE = re.compile(
    rf"{_COMMENT}|(?P<name>\"[^\"]*\"|`[^`]*`)|[eE]{_ESCAPED}|'(?:[^']|'')*'"
    r"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$",
    re.DOTALL,
)
_NOISE_OF_MYSQL = re.compile(
    rf"{_COMMENT}|(?P<name>`[^`]*`)|\#[^\n]*|{_ESCAPED}|" + r'"(?:[^"\\]|\\.|"")*"', re.DOTALL
)
_RUN_COMMENT = re.compile(r"/\*M?!\d*(.*?)\*/", re.DOTALL)  # MySQL and MariaDB run what is in it
_MYSQL = ("mysql", "mariadb")


@lru_cache(maxsize=2048)
def bare(sql: str, dialect: str) -> str:
    """Take comments and the content of strings out of a statement: no word in them counts."""
    if dialect in _MYSQL:
        noise, sql = _NOISE_OF_MYSQL, _RUN_COMMENT.sub(r" \1 ", sql)
    else:
        noise = _NOISE
    return noise.sub(lambda found: found["name"] or (" " if found["comment"] else "''"), sql)


@lru_cache(maxsize=2048)
def kind_of(sql: str, dialect: str) -> tuple[Kind, str]:
    """Tell what a statement does, and the name of the savepoint where it is about one.

    A SELECT of a function that writes passes for a read.
    """
    if dialect in _MYSQL and (run := _RUNS_TEXT.match(sql)):
        kind, _ = kind_of(run[1] or run[2] or "", dialect)
        return (Kind.END if kind.name in _ENDING else Kind.OPAQUE), ""
    text = bare(sql, dialect)
    parts = [part for part in text.split(";") if part.strip()]
    if len(parts) < 2 or _word(text) in ("CREATE", "ALTER", "BEGIN"):  # the body of a routine
        return _kind_of(parts[0].strip() if len(parts) == 1 else text, dialect)
    kinds = {_kind_of(part, dialect)[0] for part in parts}
    if kinds <= {Kind.READ}:
        return Kind.READ, ""
    # What several of them do to a transaction at once cannot be followed.
    return (Kind.WRITE if kinds <= {Kind.READ, Kind.INSERT, Kind.WRITE} else Kind.END), ""


def _kind_of(sql: str, dialect: str) -> tuple[Kind, str]:
    word = _word(sql)
    if word == "SAVEPOINT":
        return Kind.SAVEPOINT, _name_in(sql)
    if word == "ROLLBACK" and re.search(r"\bTO\b", sql, re.IGNORECASE):
        return Kind.ROLLBACK_TO, _name_in(sql)
    if word == "RELEASE":
        return Kind.RELEASE, _name_in(sql)
    if word == "XA":
        return Kind.TWO_PHASE, ""
    if word in ("COMMIT", "END", "ROLLBACK", "ABORT"):
        return Kind.END, ""
    if word == "PREPARE" and re.match(_OPENING + r"PREPARE\s+TRANSACTION\b", sql, re.IGNORECASE):
        return Kind.END, ""
    if dialect in _MYSQL:
        if limited := _SET_FOR.match(sql):
            return _kind_of(sql[limited.end() :], dialect)
        if _COMMITS.match(sql):
            return Kind.END, ""
        if word not in _READS | _PLAIN or re.match(r"\s*BEGIN\b", sql, re.IGNORECASE):
            return Kind.OPAQUE, ""
    runs = word == "EXPLAIN" and re.search(r"\bANALYZE\b", sql, re.IGNORECASE)
    if word == "WITH" or runs:
        without_locks = _FOR_UPDATE.sub("", sql)
        return (Kind.WRITE if _CHANGES.search(without_locks) else Kind.READ), ""
    if word in _READS:
        return Kind.READ, ""
    if word == "INSERT" and not _UPSERT.search(sql):
        return Kind.INSERT, ""
    return Kind.WRITE, ""


def _word(sql: str) -> str:
    found = _FIRST.match(sql)
    return found[1].upper() if found else ""


def _name_in(sql: str) -> str:
    found = _SAVEPOINT.search(sql)
    return _unquoted(found[1]).lower() if found else ""


def _unquoted(name: str) -> str:
    return name.strip('"`[]')


@lru_cache(maxsize=2048)
def targets_in(sql: str, dialect: str) -> str:
    """Give the part of a statement that names what it writes to; all of it where that is unknown.

    An UPDATE or DELETE may write to any of several tables.
    """
    text = bare(sql, dialect)
    found = _TARGETS.match(text) if ";" not in text.rstrip("; \n\t") else None
    return found[0] if found else sql  # also what stands in a string may be run


def deletes(sql: str, dialect: str) -> bool:
    """Tell whether a statement may delete rows, also to put others in their place."""
    return _DELETES.search(bare(sql, dialect)) is not None


def assignments_in(sql: str, dialect: str) -> str | None:
    """Give the part of an UPDATE that names what it changes; ``None`` for anything else."""
    text = bare(sql, dialect)
    found = _ASSIGNMENTS.match(text) if ";" not in text.rstrip("; \n\t") else None
    return found[1] if found else None


def tables_read(sql: str, built: Any) -> set[str]:
    """Name what a select reads from.

    :param built: the statement, where SQLAlchemy built it.
    """
    parts = [] if built is None else visitors.iterate(built)
    if tables := {part.name for part in parts if isinstance(part, sa.TableClause)}:
        return tables
    # An alias in the text passes for a table, and harms nothing.
    _, _, rest = re.sub(r"\s+", " ", sql).partition(" FROM ")
    return {_unquoted(word) for word in re.findall(_NAME, rest)}


@lru_cache(maxsize=2048)
def is_locking(sql: str, dialect: str) -> bool:
    """Tell whether a select locks all the rows that it reads.

    The clause of an outer SELECT says nothing to those inside it.
    """
    text = bare(sql, dialect)
    selects, locks = len(_READING.findall(text)), len(_LOCKING.findall(text))
    return selects <= locks and not _LOCKING_SOME.search(text)


def has_select(sql: str, dialect: str) -> bool:
    """Tell whether there is a SELECT in a piece of SQL."""
    return _READING.search(bare(sql, dialect)) is not None


def has_nested_select(sql: str, dialect: str) -> bool:
    """Tell whether there is another SELECT inside one."""
    return len(_READING.findall(bare(sql, dialect))) > 1


@lru_cache(maxsize=512)
def reads_tables(sql: str, dialect: str) -> bool:
    """Tell whether a select reads from anything."""
    return re.search(r"\bFROM\b", bare(sql, dialect), re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that is about to be sent.

    :param savepoint: the savepoint that it is about.
    :param dialect: the name of the dialect that it is written in.
    :param built: the statement as SQLAlchemy has it, where it built it.
    :param is_update: whether SQLAlchemy built it as an UPDATE.
    :param by_flush: whether the unit of work sends it.
    :param has_locked: what of what it reads is locked by the guard: ``ROWS``, ``TABLES``.
    :param rows: the parameters of each row, where the unit of work or a bulk operation sends it.
    :param counting: what counts the rows that an INSERT of the unit of work inserts.
    """

    sql: str
    kind: Kind
    savepoint: str
    dialect: str
    built: Any
    is_update: bool
    by_flush: bool
    has_locked: str = ""
    rows: Sequence[Mapping[str, Any]] = ()
    counting: Any = None

    @property
    def falls_short(self) -> bool:
        """Whether it was sent, and has inserted fewer rows than it was given."""
        return self.counting is not None and 0 <= self.counting.rowcount < len(self.rows)

    @property
    def table(self) -> Any:
        """The table that it changes, where SQLAlchemy built it."""
        return getattr(self.built, "table", None)

    @property
    def changes(self) -> bool:
        """Whether it may change rows."""
        return self.kind in (Kind.INSERT, Kind.WRITE, Kind.OPAQUE)


def _counts(context: Any) -> bool:
    """Tell whether the count of an INSERT is that of all its rows, which RETURNING gives itself."""
    if context.compiled.effective_returning:
        return False
    is_many = len(context.compiled_parameters) > 1
    in_batches = context.execute_style is ExecuteStyle.INSERTMANYVALUES
    return not is_many or (context.dialect.supports_sane_multi_rowcount and not in_batches)


def statement_of(sql: str, context: Any, *, in_flush: bool) -> Statement | None:
    """Describe a statement; ``None`` for one of a guard's own.

    :param in_flush: whether a unit of work is being flushed.
    """
    options = context.execution_options
    if OWN in options:
        return None
    dialect = context.dialect.name
    kind, savepoint = kind_of(sql, dialect)
    built = getattr(context.compiled, "statement", None)
    if kind is Kind.READ:
        return Statement(
            sql, kind, savepoint, dialect, built, False, False, options.get(LOCKED, "")
        )
    # The unit of work names a cache of its own for what it compiles, and so do bulk operations.
    by_mapper = "compiled_cache" in options
    by_flush = in_flush and by_mapper
    rows = context.compiled_parameters if by_mapper else ()
    counting = None
    if by_flush and kind is Kind.INSERT and _counts(context):
        counting = context
        # psycopg forgets the count when the cursor is closed.
        context.execution_options = options.union({"preserve_rowcount": True})
    return Statement(
        sql, kind, savepoint, dialect, built, context.isupdate, by_flush, "", rows, counting
    )
