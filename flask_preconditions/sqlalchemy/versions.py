"""The version of a row: where it is, what comes after it, and its compare-and-swap."""

from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import NoInspectionAvailable
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.exc import UnmappedColumnError

from ..exceptions import SetupError
from .connections import Schemas
from .statements import OWN

Key = tuple[Any, ...]
_OURS: Mapping[str, Any] = {OWN: True}


def mapper_of(model: object) -> Mapper[Any] | None:
    """Give the mapper of a class, or ``None`` when it has none.

    The mappers of other classes are not configured by this, so it may be asked while
    models are still being declared.
    """
    try:
        mapper: object = sa.inspect(model, raiseerr=False)
    except NoInspectionAvailable:
        return None
    return mapper if isinstance(mapper, Mapper) else None


@cache
def version_key(mapper: Mapper[Any]) -> str | None:
    """Give the attribute that holds the version of a row, or ``None``.

    :raises SetupError: when a concrete class inherits a version that its table has not.
    """
    column = mapper.version_id_col
    if column is None:
        return None
    try:
        return mapper.get_property_by_column(column).key
    except UnmappedColumnError:
        table, own = column.table.description, mapper.local_table.description
        raise SetupError(
            f"{mapper.class_.__name__} is a concrete class, and its version is a column of "
            f"{table}; give the table {own} a column of its own, and name it in version_id_col"
        ) from None


def version_tag(version: Any) -> Any:
    """Write a version as the opaque part of a tag, whatever the connection's time zone."""
    if isinstance(version, bytes):
        return version.hex()
    if isinstance(version, datetime):
        return (version.astimezone(UTC) if version.tzinfo else version).isoformat()
    return version


def movable_column(mapper: Mapper[Any]) -> sa.Column[Any]:
    """Choose a column that can be written with the value it has.

    Where the database makes the version, an UPDATE without a value would not be sent.

    :raises SetupError: when the table has no such column.
    """
    version = mapper.version_id_col
    assert version is not None
    writable = [
        column
        for column in version.table.columns
        if not (
            column is version
            or column.primary_key
            or column.system
            or column.computed is not None
            or column.identity is not None
        )
    ]
    # A column that moves by itself is left to do so.
    still = [c for c in writable if c.onupdate is None and c.server_onupdate is None]
    for column in (*still, *writable):
        return column  # type: ignore[no-any-return]
    raise SetupError(
        f"{mapper.class_.__name__} has no column besides its keys, so nothing can be written to "
        "move a version that the database makes; let SQLAlchemy count it: leave out "
        "version_id_generator"
    )


@dataclass(frozen=True, slots=True)
class Version:
    """The version column of a mapper, as it is compared and moved in SQL.

    Every statement is sent on the connection of the transaction that writes.
    """

    mapper: Mapper[Any]
    key: str
    column: sa.Column[Any]
    keys: tuple[sa.Column[Any], ...]
    movable: sa.Column[Any] | None
    is_exact: bool
    """Whether the database gives back the very value that it was given."""
    options: Mapping[str, Any] = field(default_factory=lambda: _OURS, compare=False)
    """The execution options of its statements."""

    @property
    def table(self) -> sa.Table:
        """The table of the version; of a joined subclass, that of its base."""
        return self.column.table

    @property
    def name(self) -> str:
        """The name of the class, for sentences."""
        return self.mapper.class_.__name__

    def where(self, key: Key) -> sa.ColumnElement[bool]:
        """Name the row."""
        return sa.and_(*(c == value for c, value in zip(self.keys, key, strict=True)))

    def select(self, connection: sa.Connection, key: Key, *, lock: bool = False) -> Any:
        """Read the version in this transaction; ``None`` when the row is not there."""
        query = sa.select(self.column).where(self.where(key))
        if lock:
            take_write_lock(connection, self.table, self.options)
            query = query.with_for_update()
        return connection.scalar(query, execution_options=self.options)

    def swap(self, connection: sa.Connection, key: Key, compared: Any, to: Any) -> bool:
        """Move the version on if it is the compared one.

        :param to: the new version; ``None`` where the database makes it.
        """
        where = sa.and_(self.where(key), self.column == compared)
        return self._update(connection, where, to)

    def set(self, connection: sa.Connection, key: Key, to: Any) -> None:
        """Give a row that this transaction has locked another version."""
        self._update(connection, self.where(key), to)

    def _update(self, connection: sa.Connection, where: sa.ColumnElement[bool], to: Any) -> bool:
        values = {self.movable: self.movable} if to is None else {self.column: to}
        statement = sa.update(self.table).where(where).values(values)
        result = connection.execute(statement, execution_options=self.options)
        return result.rowcount == 1

    def next(self, compared: Any) -> Any:
        """Make the version that follows; ``None`` where something else makes it."""
        generate = self.mapper.version_id_generator
        return generate(compared) if callable(generate) else None

    def candidates(self, compared: Any) -> Iterator[Any]:
        """Give versions to try where the one that was stored does not differ."""
        if isinstance(compared, datetime):
            # A column may keep microseconds, milliseconds or whole seconds.
            for step in (
                timedelta(microseconds=1),
                timedelta(milliseconds=1),
                timedelta(seconds=1),
            ):
                yield compared + step
        elif callable(self.mapper.version_id_generator):
            yield self.mapper.version_id_generator(compared)

    def has_moved(self, compared: Any, stored: Any) -> bool:
        """Tell whether a version was never told before, as far as this row is concerned."""
        if isinstance(compared, datetime):
            return bool(stored > compared)
        generate = self.mapper.version_id_generator
        if isinstance(compared, int) and callable(generate) and generate(compared) == compared + 1:
            return bool(stored > compared)  # counted, so a smaller one has been told
        return bool(stored != compared)


def version_in(version: Version, schemas: Schemas) -> Version:
    """Give the version of the row in the schemas of one tenant."""
    return version if schemas is None else replace(version, options=options_in(schemas))


def options_in(schemas: Schemas) -> Mapping[str, Any]:
    """Give the execution options of a guard's own statements, in the schemas of a tenant."""
    return _OURS if schemas is None else {OWN: True, "schema_translate_map": schemas}


@cache
def version_of(mapper: Mapper[Any]) -> Version | None:
    """Describe the version of a mapper, or give ``None`` when it has none."""
    key = version_key(mapper)
    if key is None:
        return None
    column: Any = mapper.version_id_col
    keys: tuple[Any, ...] = tuple(mapper.primary_key)
    if any(c.table is not column.table for c in keys):
        keys = tuple(column.table.primary_key)
    generates = callable(mapper.version_id_generator)
    movable = None if generates else movable_column(mapper)
    is_exact = generates and isinstance(
        column.type, sa.Integer | sa.Uuid | sa.LargeBinary | sa.String
    )
    return Version(mapper, key, column, keys, movable, is_exact)


def take_write_lock(
    connection: sa.Connection, table: sa.FromClause, options: Mapping[str, Any] = _OURS
) -> None:
    """Take SQLite's one lock for writing; other engines lock with the select itself."""
    if connection.dialect.name == "sqlite":
        # An UPDATE of no row asks for the lock and fires no trigger.
        column = next(iter(table.columns))
        nothing = sa.update(table).values({column: column}).where(sa.false())  # type: ignore[arg-type]
        connection.execute(nothing, execution_options=options)
