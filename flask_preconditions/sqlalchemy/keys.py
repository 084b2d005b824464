"""Which row a URL names: every value of it takes part, in one spelling only."""

import re
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import current_app
from flask import request
from sqlalchemy.ext.hybrid import HybridExtensionType
from sqlalchemy.orm import Mapper

from ..exceptions import SetupError
from .versions import version_key


def url_values() -> dict[str, Any]:
    """Give every value of the request's URL, also those that the application took out of it.

    A ``url_value_preprocessor`` may have popped one, and a decorator that checks it another.
    """
    given = dict(request.view_args or {})
    rule = request.url_rule
    if rule is None or rule.arguments <= given.keys():
        return given
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None
    return {**adapter.match()[1], **given}


def unique_keys(table: sa.Table) -> list[set[Any]]:
    """Give the sets of columns of which no two rows have the same values."""
    keys: list[set[Any]] = [{c} for c in table.columns if c.unique]
    for part in (*table.constraints, *table.indexes):
        if isinstance(part, sa.PrimaryKeyConstraint | sa.UniqueConstraint) or (
            # An index may be of some rows only.
            isinstance(part, sa.Index) and part.unique and not any(part.dialect_kwargs.values())
        ):
            keys.append(set(part.columns))
    return keys


@cache
def owners_of(mapper: Mapper[Any]) -> frozenset[sa.Table]:
    """Give the tables whose rows take those of a mapper with them when they are deleted."""
    tables = [table for table in mapper.tables if isinstance(table, sa.Table)]
    found: set[sa.Table] = set()
    for table in tables:
        for key in table.foreign_keys:
            owner = key.column.table
            if (key.ondelete or "").upper() == "CASCADE" and owner not in [*tables, *found]:
                found.add(owner)
                tables.append(owner)
    return frozenset(found)


def noun_of(model: type[Any]) -> str:
    """Give the name of a class in snake case, such as ``blog_post``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", model.__name__)
    return words.lower()


@dataclass(frozen=True, slots=True)
class Lookup:
    """How the rows of a model are found by the values of a URL.

    :param attributes: the attribute that each value is compared with.
    :param fits: what turns each value into one of the column's type.
    :param query: the select, with a parameter for each value.
    """

    attributes: Mapping[str, str]
    fits: Mapping[str, Callable[[object], object]]
    query: sa.Select[Any]

    def parameters(self, values: Mapping[str, object]) -> dict[str, object]:
        """Turn the values into parameters of the query.

        :raises ValueError: when one can name no row.
        """
        return {name: self.fits[name](value) for name, value in values.items()}

    def criteria(self, parameters: Mapping[str, object]) -> dict[str, object]:
        """Give the values by the attributes that they are compared with."""
        return {self.attributes[name]: value for name, value in parameters.items()}

    def is_spelled(self, target: object, parameters: Mapping[str, object]) -> bool:
        """Tell whether a row goes by these very values.

        A collation that takes ``ADA`` for ``ada`` would let it past a check of the name.
        """
        return all(
            is_spelled(getattr(target, self.attributes[name]), wanted)
            for name, wanted in parameters.items()
        )


def is_spelled(stored: object, wanted: object) -> bool:
    """Tell whether a stored value is written as the URL writes it.

    A column of a fixed length fills its texts up with blanks.
    """
    if isinstance(stored, UUID) and isinstance(wanted, str):  # of a type of the application's own
        return str(stored) == wanted
    if not isinstance(wanted, str) or not isinstance(stored, str) or wanted == stored:
        return True
    return stored.rstrip(" ") == wanted and not wanted.endswith(" ")


@lru_cache(maxsize=1024)
def lookup(model: Any, names: frozenset[str]) -> Lookup:
    """Plan how a model is found by values of these names.

    :raises SetupError: when a name is that of no column, or the names identify nothing.
    """
    mapper: Mapper[Any] = sa.inspect(model)
    keys = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
    attributes = {}
    unknown = []
    for name in sorted(names):
        if is_comparable(mapper, name):
            attributes[name] = name
        elif (len(keys) == 1 and name == f"{noun_of(model)}_{keys[0]}") or (
            len(keys) == 1 and len(names) == 1 and not _means_something_else(mapper, name, keys[0])
        ):
            attributes[name] = keys[0]
        else:
            unknown.append(name)
    given = ", ".join(sorted(names)) or "nothing"
    if unknown:
        raise SetupError(_unknown(mapper, given, unknown))
    compared = set(attributes.values())
    missing = [key for key in keys if key not in compared]
    if missing and (len(missing) < len(keys) or not attributes):
        raise SetupError(
            f"the URL gives {given}, which does not identify a {model.__name__}; "
            f"it is missing {', '.join(missing)}: name the URL's values as the model does"
        )
    columns = {name: getattr(model, attribute) for name, attribute in attributes.items()}
    query = (
        sa.select(model)
        .where(*(column == sa.bindparam(name) for name, column in columns.items()))
        .execution_options(populate_existing=True)
    )
    return Lookup(attributes, {name: _fit(column) for name, column in columns.items()}, query)


def is_comparable(mapper: Mapper[Any], name: str) -> bool:
    """Tell whether a name is that of a column, of a synonym for one, or of a hybrid."""
    if name in mapper.column_attrs:
        return True
    if name in mapper.synonyms:
        return mapper.synonyms[name].name in mapper.column_attrs
    described = mapper.all_orm_descriptors.get(name)
    return described is not None and described.extension_type is HybridExtensionType.HYBRID_PROPERTY


def _means_something_else(mapper: Mapper[Any], name: str, key: str) -> bool:
    """Tell whether the one value of a URL goes by a name that is not this model's key."""
    if name == noun_of(mapper.class_):
        return False
    others = {noun_of(other.class_) for other in mapper.registry.mappers}
    return hasattr(mapper.class_, name) or name in others or name.endswith(f"_{key}")


def _unknown(mapper: Mapper[Any], given: str, unknown: list[str]) -> str:
    model, noun = mapper.class_.__name__, noun_of(mapper.class_)
    version = version_key(mapper)
    guard = "cas" if version else "locked"
    are = "is no column" if len(unknown) == 1 else "are no columns"
    return (
        f"the URL gives {given}, and {', '.join(unknown)} {are} of {model}, so the row of another "
        f"{unknown[0].removesuffix('_id')} would be found; load it with a function that compares "
        f'all of them: @require_match(load_{noun}, etag="{version or "…"}", into="{noun}", '
        f"guard={guard}(session))"
    )


def _fit(column: Any) -> Callable[[object], object]:
    """Choose what turns a URL's value into one that the column's type takes."""
    try:
        kind = column.type.python_type
    except (AttributeError, NotImplementedError):
        return lambda value: value
    is_own = isinstance(column.type, sa.TypeDecorator) and not isinstance(column.type, sa.Interval)
    if kind in (bool, bytes, timedelta) and not is_own:
        return lambda value: _given(kind, value)
    if kind is bool or not issubclass(kind, _Spelled):
        return lambda value: value
    if isinstance(column.type, sa.Uuid) and kind is str:
        return lambda value: str(_read(UUID, str(value)))

    def fit(value: object) -> object:
        if isinstance(value, kind) and not (kind is date and isinstance(value, datetime)):
            return value
        return _read(kind, str(value))

    return fit


_Spelled = int | str | UUID | Decimal | float | date | time | Enum


def _given(kind: type, value: object) -> object:
    """Take a value as a converter of the route has made it, and of a truth also 0 and 1.

    :raises ValueError: when it is a text, which some databases take in several spellings.
    """
    if isinstance(value, kind):
        return value
    if kind is bool and value in (0, 1):
        return bool(value)
    raise ValueError(value)


def _read(kind: Any, text: str) -> object:
    """Read a value in its canonical spelling, so that one row has one URL.

    :raises ValueError: when it is spelled in another way, such as ``1_0`` or ``+1``.
    """
    if issubclass(kind, str):
        return text
    if issubclass(kind, Enum):
        if text not in kind.__members__:
            raise ValueError(text)
        return kind[text]
    if issubclass(kind, date | time):
        value = kind.fromisoformat(text)
        spelled = value.isoformat()
    else:
        try:
            value = kind(text)
        except ArithmeticError as error:  # Decimal's own
            raise ValueError(text) from error
        spelled = str(value)
    if spelled != text:
        raise ValueError(text)
    return value
