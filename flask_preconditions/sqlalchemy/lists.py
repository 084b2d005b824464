"""A list of rows as the target of a view."""

import hashlib
import json
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from ..core import ABSENT
from ..core import EntityTag
from ..core import State
from ..core import Validators
from ..exceptions import SetupError
from ..request.targets import pick
from .locks import SPANS_ROWS
from .sessions import SessionSource
from .sessions import check_session
from .sessions import open_session
from .sessions import renewed

Rows = sa.Select[Any] | Callable[..., sa.Select[Any]]


@dataclass(frozen=True, slots=True)
class RowsSource:
    """Rows that are compared as a whole; see :func:`rows`."""

    select: Rows
    session: object = None
    noun: str = "collection"

    def find(self, args: tuple[object, ...], url_values: Mapping[str, object]) -> Any:
        """Load the rows, as a list."""
        select = self.select
        if not isinstance(select, sa.Select):
            select = select(**pick(select, url_values))
            _check_select(select)
        marked = select.execution_options(**{SPANS_ROWS: True})
        return list(renewed(open_session(self.session)).execute(marked))

    def check_route(self, arguments: frozenset[str], constants: frozenset[str]) -> None:
        """See that the function that gives the select gets what it asks for.

        :raises SetupError: when the URL rule gives no value of that name.
        """
        if not isinstance(self.select, sa.Select):
            pick(self.select, dict.fromkeys(arguments))

    def tables(self) -> set[sa.TableClause]:
        """Give the tables of the rows, as far as they are known beforehand."""
        if not isinstance(self.select, sa.Select):
            return set()
        return {part for part in visitors.iterate(self.select) if isinstance(part, sa.TableClause)}

    def state_of(self, target: Any) -> State:
        """Digest the rows; no rows are a state like any other."""
        return ABSENT if target is None else Validators(EntityTag(digest(target)))

    def describe(self) -> str:
        """Say in a few words where the validators come from."""
        return "rows"


def rows(select: Rows, *, session: SessionSource | None = None) -> RowsSource:
    """Make a list the target of a view: its tag is a digest of the rows.

    ::

        @app.route("/articles", methods=["GET", "POST"])
        @conditional(rows(select(Article.id, Article.version).order_by(Article.id)))
        def articles(collection): ...

    A row that is deleted while another is added changes the tag, which a count
    with a latest date would miss. Select what tells the rows apart: key and version are
    enough, and whole objects are refused. The view gets the rows under
    ``collection`` if it asks. Writes are guarded by :func:`locked`.

    :param select: the rows in their order, or a function that gives the select and
        names those values of the URL that it needs.
    :param session: as for :func:`cas`.
    :raises SetupError: when the select has no order.
    """
    if session is not None:
        check_session(session)
    if isinstance(select, sa.Select) or not callable(select):
        _check_select(select)
    return RowsSource(select, session)


def _check_select(select: object) -> None:
    if not isinstance(select, sa.Select):
        raise SetupError(f"rows() takes a select or a function that gives one, not {select!r}")
    if not select._order_by_clauses:
        raise SetupError(
            "without an order the same rows could give two tags; add it: "
            "rows(select(…).order_by(…))"
        )


def digest(rows: Sequence[Sequence[object]]) -> str:
    """Digest rows such that other values, types, borders or orders give another digest.

    :return: the SHA-256 of the rows in 64 hexadecimal digits.
    :raises SetupError: when a value has no canonical form.
    """
    sha = hashlib.sha256()
    for row in rows:
        sha.update(b"%d;" % len(row))
        for value in row:
            form = _canonical(value)
            # The length keeps ("ab", "c") and ("a", "bc") apart.
            sha.update(b"%d:%b" % (len(form), form))
    return sha.hexdigest()


def _canonical(value: object) -> bytes:
    """Write a value with its type, so that 1, "1" and True differ."""
    match value:
        case None:
            return b"null"
        case Enum():
            return f"enum {type(value).__qualname__}.{value.name}".encode()
        case bool() | int() | float() | Decimal() | UUID() | timedelta():
            return f"{type(value).__name__} {value!r}".encode()
        case str():
            return f"str {value}".encode()
        case bytes() | bytearray() | memoryview():
            return b"bytes " + bytes(value)
        case datetime() if value.tzinfo is not None:
            # Drivers give the same instant in the time zone of the connection.
            return f"instant {value.astimezone(UTC).isoformat()}".encode()
        case datetime() | date() | time():
            return f"{type(value).__name__} {value.isoformat()}".encode()
        case list() | tuple() | dict():
            return b"json " + json.dumps(value, sort_keys=True, default=_json).encode()
    raise SetupError(
        f"rows() cannot digest a {type(value).__name__}; select columns, such as "
        "select(Article.id, Article.version)"
    )


def _json(value: object) -> str:
    return _canonical(value).hex()
