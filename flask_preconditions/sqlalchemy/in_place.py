"""Values that a view changes in place, which SQLAlchemy neither sees nor stores."""

import pickle
from datetime import date
from datetime import time
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import Session
from sqlalchemy.orm.state import InstanceState

from ..exceptions import SetupError
from ..request.kept import changed

_MUTABLE = (dict, list, set, bytearray)
_FIXED = (str, bytes, int, float, complex, Decimal, date, time, timedelta, UUID, Enum, tuple)


class Values:
    """The values of a target that can be changed in place, as they were loaded.

    :param target: the target, mapped or not.
    """

    def __init__(self, target: object) -> None:
        self.loaded: dict[str, tuple[Any, bytes]] = {}
        self.columns: dict[str, Any] = {}
        self.state = sa.inspect(target, raiseerr=False)
        if not isinstance(self.state, InstanceState):
            return
        for name in _mutable(self.state.mapper):
            value = self.state.dict.get(name)
            written = _write(value)
            if written is not None:
                self.loaded[name] = value, written
        self.columns = {name: self.state.dict.get(name) for name in _composed(self.state.mapper)}

    def refuse_what_is_not_stored(self, session: Session, noun: str) -> None:
        """Refuse a success where a value was changed in place and is stored as it was before.

        :raises SetupError: with the line that lets SQLAlchemy see the change.
        """
        for name, (value, written) in self.loaded.items():
            if _write(value) == written:
                continue
            before = pickle.loads(written)
            if not changed({name: before}, {name: value}):
                continue
            state: Any = self.state
            keys = zip(state.mapper.primary_key, state.key[1], strict=True)
            query = sa.select(getattr(state.mapper.class_, name))
            stored = session.execute(query.where(*(c == key for c, key in keys))).first()
            if stored is not None and not changed({name: before}, {name: stored[0]}):
                raise SetupError(
                    f"the view has changed {name} of the {noun} in place, which SQLAlchemy does "
                    "not see, so nobody stores that; assign a new value, or call "
                    f'flag_modified({noun}, "{name}")'
                )
        if self.columns:
            self._refuse_changed_composite(noun)

    def _refuse_changed_composite(self, noun: str) -> None:
        state: Any = self.state
        for composite in state.mapper.composites:
            value = state.dict.get(composite.key)
            names = [attribute.key for attribute in composite.props]
            if value is None or not all(name in state.dict for name in names):
                continue
            own = dict(zip(names, composite._composite_values_from_instance(value), strict=True))
            # One that is as it was loaded is behind its columns, where these were assigned.
            if changed(state.dict, own) and changed(self.columns, own):
                raise SetupError(
                    f"the view has changed {composite.key} of the {noun} in place, which "
                    "SQLAlchemy does not see, so nobody stores that; assign a new value, or make "
                    f"{type(value).__name__} a MutableComposite"
                )


@cache
def _mutable(mapper: Mapper[Any]) -> tuple[str, ...]:
    columns = ((attribute.key, attribute.columns[0]) for attribute in mapper.column_attrs)
    return tuple(
        key
        for key, column in columns
        if isinstance(column, sa.Column) and _may_be_mutable(column.type)
    )


def _may_be_mutable(kind: Any) -> bool:
    if isinstance(kind, sa.TypeDecorator):
        return True  # whatever it makes of what is stored
    try:
        python_type = kind.python_type
    except NotImplementedError:
        return True
    return python_type is object or issubclass(python_type, _MUTABLE)


@cache
def _composed(mapper: Mapper[Any]) -> tuple[str, ...]:
    return tuple(attribute.key for one in mapper.composites for attribute in one.props)


def _write(value: Any) -> bytes | None:
    """Write a value down; ``None`` where it cannot be changed in place, or not be written.

    What has no equality cannot be told from what it was.
    """
    kind: Any
    for kind in _MUTABLE:
        if isinstance(value, kind):
            value = kind(value)  # what tracks its changes sees those at the top alone
            break
    else:
        kind = type(value)
        if isinstance(value, _FIXED) or kind.__eq__ is object.__eq__:
            return None
    try:
        return pickle.dumps(value)
    except Exception:  # such as of an object that holds a lock
        return None
