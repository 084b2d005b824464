"""A mapped class as the target of a view."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import request
from sqlalchemy.exc import DataError
from sqlalchemy.exc import MultipleResultsFound
from sqlalchemy.orm import Mapper

from ..core import ABSENT
from ..core import State
from ..exceptions import SetupError
from ..request.targets import DateSource
from ..request.targets import ETagSource
from ..request.targets import read_validators
from .sessions import open_session
from .versions import movable_key
from .versions import version_key


def mapper_of(model: object) -> Mapper[Any] | None:
    """Give the mapper of a class, or ``None`` when it has none.

    The mappers of other classes are not configured by this, so it may be asked while
    models are still being declared.
    """
    mapper: object = sa.inspect(model, raiseerr=False)
    return mapper if isinstance(mapper, Mapper) else None


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A target that is loaded by the values in its URL.

    The values are found by their names: those of mapped attributes, ``article_id`` for
    the one primary key of ``Article``, or any name at all when the URL has one value
    only. Every value that names an attribute must hold, so ``/users/<user_id>/articles/<id>``
    does not show the article of another user. Values that name none are ignored
    where the others hold the whole primary key.

    :param model: the mapped class.
    :param etag: as in :func:`.require_match`; left out, the version of the row.
    :param last_modified: as in :func:`.require_match`.
    :param session: where the session comes from; left out, from the application.
    :raises SetupError: when the class is not mapped or its rows have no version.
    """

    model: type[Any]
    etag: ETagSource | None = None
    last_modified: DateSource | None = None
    session: object = None

    def __post_init__(self) -> None:
        mapper = mapper_of(self.model)
        name = self.model.__name__
        if mapper is None:
            raise SetupError(
                f"{name} is not a mapped class, and a target without validators cannot be "
                f"compared; map it, or say where they are: @require_match(…, etag=…)"
            )
        key = version_key(mapper)
        if key is None and self.etag is None and self.last_modified is None:
            raise SetupError(
                f"{name} has no version that a write could be compared with; add to the class\n"
                "    version: Mapped[int] = mapped_column()\n"
                '    __mapper_args__ = {"version_id_col": version}\n'
                "and a column to its table; on PostgreSQL, version = xmin() needs no column"
            )
        if key is not None and mapper.version_id_generator is False:
            movable_key(mapper)
        if key is not None and self.etag == key:
            object.__setattr__(self, "etag", None)

    @property
    def is_versioned(self) -> bool:
        """Whether the tag is the version of the row."""
        return self.etag is None and version_key(sa.inspect(self.model)) is not None

    @property
    def tag_name(self) -> str | None:
        """The attribute that holds the tag, if it is one."""
        if self.is_versioned:
            return version_key(sa.inspect(self.model))
        return self.etag if isinstance(self.etag, str) else None

    @property
    def noun(self) -> str:
        """The name of the class in snake case, such as ``blog_post``."""
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", self.model.__name__)
        return words.lower()

    def find(self, args: tuple[object, ...], url_values: Mapping[str, object]) -> Any:
        """Load the target; ``None`` when no row fits the URL.

        :raises SetupError: when the values of the URL do not say which row is meant.
        """
        session = open_session(self.session)
        # An outer decorator may have added arguments that are not of the URL.
        names = request.view_args or {}
        values = {name: value for name, value in url_values.items() if name in names}
        try:
            wanted = {
                key: _fit(sa.inspect(self.model).column_attrs[key].columns[0], value)
                for key, value in self._criteria(values).items()
            }
        except ValueError:  # such as /articles/abc: it identifies nothing
            return None
        query = (
            sa.select(self.model)
            .where(*(getattr(self.model, key) == value for key, value in wanted.items()))
            .execution_options(populate_existing=True)
        )
        try:
            return session.scalars(query).unique().one_or_none()
        except MultipleResultsFound:
            raise SetupError(
                f"{', '.join(wanted)} in the URL fit more than one {self.model.__name__}; "
                "put the primary key or a unique column into the URL"
            ) from None
        except (DataError, OverflowError):  # a value that no row can hold
            session.rollback()
            return None

    def _criteria(self, values: Mapping[str, object]) -> dict[str, object]:
        """Assign the values of the URL to attributes of the model."""
        mapper: Mapper[Any] = sa.inspect(self.model)
        keys = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
        aliases = {f"{self.noun}_{keys[0]}": keys[0]} if len(keys) == 1 else {}
        criteria = {}
        for name, value in values.items():
            if name in mapper.column_attrs:
                criteria[name] = value
            elif name in aliases:
                criteria[aliases[name]] = value
        if not criteria and len(values) == 1 and len(keys) == 1:
            criteria = dict(zip(keys, values.values(), strict=True))
        missing = [key for key in keys if key not in criteria]
        if not missing or (len(missing) == len(keys) and criteria and len(criteria) == len(values)):
            return criteria
        given = ", ".join(values) or "nothing"
        raise SetupError(
            f"the URL gives {given}, which does not identify a {self.model.__name__}; "
            f"it is missing {', '.join(missing)}: name the URL's values as the model does"
        )

    def state_of(self, target: Any) -> State:
        """Read the validators off a target; ``None`` is :data:`ABSENT`.

        A row whose version is NULL has none: it can be read, and its guard refuses writes.
        """
        if target is None:
            return ABSENT
        return read_validators(
            target, _version_tag if self.is_versioned else self.etag, self.last_modified
        )

    def describe(self) -> str:
        """Say in a few words where the validators come from."""
        name = self.model.__name__
        if self.is_versioned:
            return f"{name}.{version_key(sa.inspect(self.model))}"
        source = self.etag or self.last_modified
        return f"{name}.{source if isinstance(source, str) else getattr(source, '__name__', '…')}"

    def check_route(self, arguments: frozenset[str]) -> None:
        """See that a route's values identify a row; :meth:`find` does that still."""


def _version_tag(target: Any) -> Any:
    mapper: Mapper[Any] = sa.inspect(target).mapper
    key = version_key(mapper)
    assert key is not None
    version = getattr(target, key)
    if isinstance(version, bytes):
        return version.hex()
    return version.isoformat() if isinstance(version, datetime) else version


def _fit(column: sa.ColumnElement[Any], value: object) -> object:
    """Make a URL's value one that the column's type takes.

    :raises ValueError: when it cannot be one.
    """
    try:
        kind = column.type.python_type
    except NotImplementedError:
        return value
    if kind in (int, str, UUID) and not isinstance(value, kind):
        return kind(str(value))
    return value
