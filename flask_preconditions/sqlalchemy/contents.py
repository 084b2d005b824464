"""What a tag stands for: a write that changes the row moves its tag, or the next one is unseen."""

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.state import InstanceState

from ..core import State
from ..core import Validators
from ..request.inquiry import Inquiry
from ..request.kept import changed
from ..request.kept import members_of
from ..request.kept import refuse_kept_tag

_MUTABLE = (dict, list, set, bytearray)


def content_of(target: object) -> dict[str, Any]:
    """Take down what a target tells by name, as far as it has names.

    The view changes the object itself, so what can be changed in place is copied.
    """
    state = sa.inspect(target, raiseerr=False)
    if isinstance(state, InstanceState):
        told = _told_by(state)
    elif isinstance(target, list):
        told = {}
        for one in target:
            state = sa.inspect(one, raiseerr=False)
            if isinstance(state, InstanceState) and state.identity:
                row = f"{state.class_.__name__} {'/'.join(map(str, state.identity))}"
                told |= {f"{name} of {row}": value for name, value in _told_by(state).items()}
    else:
        told = members_of(target)
    return {
        name: deepcopy(value) if isinstance(value, _MUTABLE) else value
        for name, value in told.items()
    }


def _told_by(state: InstanceState[Any]) -> dict[str, Any]:
    loaded = state.dict
    return {key: loaded[key] for key in _telling(state.mapper) if key in loaded}


@cache
def _telling(mapper: Mapper[Any]) -> tuple[str, ...]:
    """Name the columns that a view writes, and not those that tell of the writing itself.

    A version and a date of the last change move with every write, also with one that changes
    nothing else: a hash of the content is right to stay then. What is pickled is another object
    each time that it is read.
    """
    return tuple(
        attribute.key
        for attribute in mapper.column_attrs
        if all(
            isinstance(column, sa.Column)
            and column is not mapper.version_id_col
            and not _is_stamped(column)
            for column in attribute.columns
        )
    )


def _is_stamped(column: sa.Column[Any]) -> bool:
    if column.onupdate is not None or column.server_onupdate is not None:
        return True
    if isinstance(column.type, sa.PickleType):
        return True
    has_default = column.default is not None or column.server_default is not None
    return has_default and isinstance(column.type, sa.Date | sa.DateTime | sa.TIMESTAMP)


def see_that_the_tag_moved(
    match: Inquiry[Any], before: Mapping[str, Any], found: object, state: State
) -> None:
    """Refuse a write that changes its row and leaves the tag of it.

    :param before: what the row told when it was compared.
    :param found: the row as the write leaves it.
    :raises SetupError: when somebody who has the tag would overwrite what was written.
    """
    compared = match.validators
    if not isinstance(state, Validators) or not isinstance(compared, Validators):
        return
    if state.etag is None or state.etag != compared.etag:
        return
    names = changed(before, content_of(found))
    if names:
        refuse_kept_tag(match, names)
