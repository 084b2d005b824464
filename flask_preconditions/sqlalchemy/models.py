"""A mapped class as the target of a view."""

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import request
from sqlalchemy.exc import DataError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import MultipleResultsFound
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Mapper
from werkzeug.exceptions import NotFound

from ..core import ABSENT
from ..core import State
from ..exceptions import SetupError
from ..request.targets import DateSource
from ..request.targets import ETagSource
from ..request.targets import attribute_of
from ..request.targets import constants_of
from ..request.targets import read_validators
from .keys import Lookup
from .keys import is_comparable
from .keys import lookup
from .keys import noun_of
from .keys import url_values as values_of_request
from .sessions import open_session
from .sessions import renewed
from .uncommitted import CHANGED
from .uncommitted import refuse_uncommitted
from .versions import mapper_of as mapper_of
from .versions import movable_column
from .versions import version_key
from .versions import version_tag


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A target that is loaded by the values in its URL.

    The values are found by their names: those of columns, of synonyms and of hybrids,
    ``article_id`` for the one primary key of ``Article``, or any name that means nothing else
    when the URL has one value only. Every value of the URL must hold, so
    ``/users/<user_id>/articles/<id>`` does not show the article of another user; also one
    that a decorator or a ``url_value_preprocessor`` has taken out. A value that is no column
    of the model is refused, because nobody would compare it.

    A value names a row in its canonical spelling only: ``/articles/10`` and neither
    ``/articles/+10`` nor ``/articles/1_0``.

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
            movable_column(mapper)
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
        return noun_of(self.model)

    def check_route(self, arguments: frozenset[str], constants: frozenset[str]) -> None:
        """See that every value of a URL rule takes part in finding the row.

        A constant takes part where it is a column; anything else says nothing of the row.

        :param arguments: the names of the rule's values.
        :param constants: those that are of its ``defaults`` alone, and not of the URL.
        :raises SetupError: with the line to write instead, when one does not.
        """
        self._lookup(frozenset(self._naming(arguments, constants)))

    def _naming(self, names: Iterable[str], constants: frozenset[str]) -> list[str]:
        mapper = sa.inspect(self.model)
        return [n for n in names if n not in constants or is_comparable(mapper, n)]

    def find(self, args: tuple[object, ...], url_values: Mapping[str, object]) -> Any:
        """Load the target; ``None`` when no row fits the URL.

        :raises SetupError: when the values of the URL do not say which row is meant.
        :raises NotFound: when no row can ever go by them, or one that fits is spelled otherwise.
        """
        plan, parameters = self._plan()
        session = renewed(open_session(self.session))
        try:
            found = session.scalars(plan.query, parameters).unique().one_or_none()
        except MultipleResultsFound:
            raise SetupError(
                f"{', '.join(parameters)} in the URL fit more than one {self.model.__name__}; "
                "put the primary key or a unique column into the URL"
            ) from None
        except (StatementError, OverflowError) as error:
            if isinstance(error, DBAPIError) and not isinstance(error, DataError):
                raise
            session.rollback()
            raise NotFound from None  # a value that no row can hold
        if found is not None and not plan.is_spelled(found, parameters):
            raise NotFound
        if CHANGED in session.info:
            refuse_uncommitted(session, found, self.noun)
        return found

    def criteria(self) -> dict[str, Any]:
        """Give the attributes by which the URL of the request names the row, and their values."""
        plan, parameters = self._plan()
        return plan.criteria(parameters)

    def _lookup(self, names: frozenset[str]) -> Lookup:
        model: Any = self.model  # type checkers take a class for unhashable here
        return lookup(model, names)

    def _plan(self) -> tuple[Lookup, dict[str, object]]:
        values = values_of_request()
        rule = request.url_rule
        if rule is not None and (constants := constants_of(rule) if rule.defaults else None):
            values = {name: values[name] for name in self._naming(values, constants)}
        plan = self._lookup(frozenset(values))
        try:
            return plan, plan.parameters(values)
        except ValueError:  # such as /articles/abc, which nobody could create either
            raise NotFound from None

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


def _version_tag(target: Any) -> Any:
    mapper: Mapper[Any] = sa.inspect(target).mapper
    key = version_key(mapper)
    assert key is not None
    return version_tag(attribute_of(target, key))
