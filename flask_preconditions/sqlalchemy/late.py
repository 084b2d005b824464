"""Writes to the target after the guard's commit, which nobody would check."""

import re
from typing import Any

import sqlalchemy as sa
from flask import has_request_context
from flask import request

from ..exceptions import SetupError
from .connections import root_of
from .statements import Statement


class LateWrites:
    """Refuses writes to the target for the rest of a request.

    What runs after the view (``after_request``, ``teardown_request``, the body of a stream)
    has no check before it any more.

    :param tables: the names of the tables that hold the target.
    """

    def __init__(self, engine: sa.Engine, tables: set[str], noun: str) -> None:
        self.engine = root_of(engine)
        self.noun = noun
        self.tables = tables
        self.request: Any = request._get_current_object()  # type: ignore[attr-defined]
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
        name = getattr(statement.table, "name", None)
        if name in self.tables if name is not None else self._mentions.search(statement.sql):
            raise SetupError(
                f"the {self.noun} is written after the guard's commit, where nothing is compared; "
                "write it in the view, not in after_this_request, a teardown function or a stream"
            )

    def _is_current(self) -> bool:
        if has_request_context():
            return request._get_current_object() is self.request  # type: ignore[attr-defined]
        return False
