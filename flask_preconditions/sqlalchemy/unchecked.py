"""Writes to the target that no claim answers for: after the guard's commit, in another thread."""

import re
from collections.abc import Iterable
from collections.abc import Set
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask import has_app_context
from flask import has_request_context
from flask import request
from flask.globals import app_ctx
from flask.globals import request_ctx
from sqlalchemy.orm import Mapper

from ..exceptions import SetupError
from .connections import root_of
from .statements import Statement
from .statements import targets_in


class UncheckedWrites:
    """Refuses writes to the target that carry no claim, to the end of a request.

    What runs after the view (``after_request``, ``teardown_request``, ``teardown_appcontext``)
    has no check before it any more. A thread that was given the request, as by Flask's
    ``copy_current_request_context``, has none either while the view runs.

    :param tables: the names of the tables that hold the target.
    :param mapper: its mapper, where it is one row.
    :param key: the primary key of that row.
    """

    is_over = False
    """Whether the guard has committed, or is about to."""

    def __init__(
        self,
        engine: sa.Engine,
        tables: Set[str],
        noun: str,
        mapper: Mapper[Any] | None = None,
        key: tuple[Any, ...] | None = None,
    ) -> None:
        self.engine = root_of(engine)
        self.noun = noun
        self.tables = tables
        self.mapper = mapper
        self.key = key
        self.request: Any = request._get_current_object()  # type: ignore[attr-defined]
        self.context = _context_of_the_request()
        self._pushes = _pushes_of_the_request()
        self._mentions = mention_of(tables) if tables else None

    def before_statement(self, connection: sa.Connection, statement: Statement) -> None:
        """Refuse a statement that nothing is compared for.

        :raises SetupError: when it writes to a table of the target.
        """
        if not statement.changes or self._mentions is None:
            return
        if self.is_over and not self._is_current():
            return
        if root_of(connection.engine) is not self.engine or self._is_of_other_rows(statement):
            return
        if self._mentions.search(targets_in(statement.sql, statement.dialect)):
            raise SetupError(
                f"the {self.noun} is written "
                + (
                    "after the guard's commit, where nothing is compared; write it in the view, "
                    "not in after_this_request, a teardown function, a stream or an after_commit "
                    "listener"
                    if self.is_over
                    else "in another thread than the view's, where nothing is compared; start it "
                    "with contextvars.copy_context().run(…), and not with "
                    "copy_current_request_context"
                )
            )

    def _is_of_other_rows(self, statement: Statement) -> bool:
        if self.mapper is None or self.key is None:
            return False
        return is_of_other_rows(statement, self.mapper, self.key)

    def _is_current(self) -> bool:
        if has_request_context():
            current: Any = request._get_current_object()  # type: ignore[attr-defined]
            # A test client goes on with the context of a request that is over.
            return current is self.request and _pushes_of_the_request()[:1] == self._pushes[:1]
        # The functions of teardown_appcontext run when the request is gone.
        return has_app_context() and _current_context() is self.context


def names_of(tables: Iterable[sa.Table]) -> set[str]:
    """Name tables, as SQL does."""
    return {table.name for table in tables}


def mention_of(tables: Set[str]) -> re.Pattern[str]:
    """Give what finds the name of one of some tables in SQL."""
    names = "|".join(re.escape(name) for name in tables)
    return re.compile(rf"\b(?:{names})\b", re.IGNORECASE)


def is_of_other_rows(statement: Statement, mapper: Mapper[Any], wanted: tuple[Any, ...]) -> bool:
    """Tell whether the unit of work writes to rows beside one of the same table, by their keys."""
    columns: tuple[Any, ...] = mapper.primary_key
    if not statement.by_flush or statement.table is not columns[0].table:
        return False
    return not any(key == wanted or None in key for key in keys_in(statement, columns))


def keys_in(statement: Statement, columns: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Give the keys of the rows that the unit of work writes to."""
    # It names them by their labels in an UPDATE, and by their keys in the rest.
    return [tuple(row.get(c._label, row.get(c.key)) for c in columns) for row in statement.rows]


def _pushes_of_the_request() -> list[Any]:
    """Give what Flask keeps of each time that the context of the request was entered."""
    return [*getattr(request_ctx, "_cv_tokens", ())]


def _context_of_the_request() -> Any:
    """Give the application context that goes with the request; ``None`` where it stays."""
    current = _current_context()
    begun = (entry for entry in _pushes_of_the_request() if isinstance(entry, tuple))
    return current if any(current in entry for entry in begun) else None


def _current_context() -> Any:
    return app_ctx._get_current_object()  # type: ignore[attr-defined]


@cache
def tables_of(mapper: Mapper[Any]) -> frozenset[str]:
    """Name the tables of a model, and of what it owns: what is deleted with it."""
    found: set[str] = set()
    owned, seen = [mapper], {mapper}
    for one in owned:
        found |= {table.name for table in one.tables if isinstance(table, sa.Table)}
        for relationship in one.relationships:
            if relationship.viewonly:
                continue
            if isinstance(relationship.secondary, sa.Table):
                found.add(relationship.secondary.name)
            is_owned = relationship.cascade.delete or relationship.cascade.delete_orphan
            if is_owned and relationship.mapper not in seen:
                seen.add(relationship.mapper)
                owned.append(relationship.mapper)
    return frozenset(found)
