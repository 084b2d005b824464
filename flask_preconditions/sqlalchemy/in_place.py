"""Values that a view changes in place, which SQLAlchemy neither sees nor stores."""

import pickle
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import Session
from sqlalchemy.orm.state import InstanceState

from ..exceptions import SetupError

_MUTABLE = (dict, list, set, bytearray)


class Values:
    """The values of a target that can be changed in place, as they were loaded.

    :param target: the target, mapped or not.
    """

    def __init__(self, target: object) -> None:
        self.loaded: dict[str, tuple[Any, bytes]] = {}
        self.state = sa.inspect(target, raiseerr=False)
        if not isinstance(self.state, InstanceState):
            return
        for name in _mutable(self.state.mapper):
            value = self.state.dict.get(name)
            written = _write(value)
            if written is not None:
                self.loaded[name] = value, written

    def refuse_what_is_not_stored(self, session: Session, noun: str) -> None:
        """Refuse a success where a value was changed in place and is stored as it was before.

        :raises SetupError: with the line that lets SQLAlchemy see the change.
        """
        for name, (value, written) in self.loaded.items():
            if _write(value) == written or value == (before := pickle.loads(written)):
                continue
            state: Any = self.state
            keys = zip(state.mapper.primary_key, state.key[1], strict=True)
            query = sa.select(getattr(state.mapper.class_, name))
            stored = session.execute(query.where(*(c == key for c, key in keys))).first()
            if stored is not None and stored[0] == before:
                raise SetupError(
                    f"the view has changed {name} of the {noun} in place, which SQLAlchemy does "
                    "not see, so nobody stores that; assign a new value, or call "
                    f'flag_modified({noun}, "{name}")'
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


def _write(value: Any) -> bytes | None:
    """Write a value down; ``None`` where it cannot be changed in place, or not be written."""
    for kind in _MUTABLE:
        if isinstance(value, kind):
            plain: Any = kind  # what tracks its changes sees those at the top alone
            try:
                return pickle.dumps(plain(value))
            except Exception:  # such as of an object that holds a lock
                return None
    return None
