"""Writes to the target after the guard's commit, which nobody would check."""

import re
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


class LateWrites:
    """Refuses writes to the target for the rest of a request.

    What runs after the view (``after_request``, ``teardown_request``, ``teardown_appcontext``)
    has no check before it any more.

    :param tables: the names of the tables that hold the target.
    """

    def __init__(self, engine: sa.Engine, tables: Set[str], noun: str) -> None:
        self.engine = root_of(engine)
        self.noun = noun
        self.tables = tables
        self.request: Any = request._get_current_object()  # type: ignore[attr-defined]
        self.context = _context_of_the_request()
        names = "|".join(re.escape(name) for name in tables)
        self._mentions = re.compile(rf"\b(?:{names})\b", re.IGNORECASE) if names else None

    def before_statement(self, connection: sa.Connection, statement: Statement) -> None:
        """Refuse a statement that comes too late.

        :raises SetupError: when it writes to a table of the target.
        """
        if not statement.changes or self._mentions is None or not self._is_current():
            return
        if root_of(connection.engine) is not self.engine:
            return
        if self._mentions.search(targets_in(statement.sql, statement.dialect)):
            raise SetupError(
                f"the {self.noun} is written after the guard's commit, where nothing is compared; "
                "write it in the view, not in after_this_request, a teardown function, a stream or "
                "an after_commit listener"
            )

    def _is_current(self) -> bool:
        if has_request_context():
            return request._get_current_object() is self.request  # type: ignore[attr-defined]
        # The functions of teardown_appcontext run when the request is gone.
        return has_app_context() and _current_context() is self.context


def _context_of_the_request() -> Any:
    """Give the application context that goes with the request; ``None`` where it stays."""
    current = _current_context()
    begun = (entry for entry in getattr(request_ctx, "_cv_tokens", ()) if isinstance(entry, tuple))
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
