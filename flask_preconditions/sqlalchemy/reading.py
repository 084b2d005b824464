"""A read whose tag tells of more than its target, such as of the row that it belongs to.

Between two statements somebody else may commit. Content that is newer than its tag is harmless: a
write that goes out from it is refused, and the client reads again. Older content under a newer
tag is an update that is lost: it is written over with a tag that still holds.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.exc import ObjectDeletedError
from sqlalchemy.orm.state import InstanceState

from ..core import ABSENT
from ..core import State
from ..request.targets import Source
from .models import ModelSource
from .sessions import give_up as give_up
from .sessions import known_source
from .sessions import open_session_of
from .sessions import renewed
from .transactions import asked_sessions


def load_in_order(
    source: Source, find: Callable[[], Any], session: object
) -> tuple[Any, State, bool]:
    """Load a target and read its state, and load it once more where the tag may be newer.

    It may be where something else than the row itself makes it, and more than one statement was
    sent. What was loaded before all of them is read anew.

    :param find: loads the target.
    :param session: where the session of its guard comes from; ``None`` for the application's.
    :return: the target, its state, and whether the next one can do without.
    """
    known = None if isinstance(source, ModelSource) else known_source(session)
    if known is not None and (opened := open_session_of(known)) is not None:
        renewed(opened)
    with asked_sessions() as sessions:
        target = find()
        loading = len(sessions)
        try:
            state = source.state_of(target)
        except ObjectDeletedError:  # it was loaded before, and is gone
            target, state = None, ABSENT
    if target is None:
        return None, state, False
    row = sa.inspect(target, raiseerr=False)
    mapper = row.mapper if isinstance(row, InstanceState) else None
    is_of_one_row = _are_columns(source, mapper)
    if (loading > 1 or len(sessions) > loading) and not is_of_one_row:
        for one in dict.fromkeys(sessions):
            renewed(one)
        target = find()
        if target is None:
            state = ABSENT
    if isinstance(source, ModelSource):  # a subclass of the model may make its own otherwise
        return target, state, _are_columns(source, sa.inspect(source.model))
    return target, state, not (sessions or mapper or known is not None)


def _are_columns(source: Any, mapper: Mapper[Any] | None) -> bool:
    """Tell whether validators are columns of the row that the target is.

    Else a function or a property makes them, or the loader has made the target of several rows.
    """
    for named in (source.etag, source.last_modified):
        for part in named if isinstance(named, tuple) else (named,):
            if part is not None and (mapper is None or part not in mapper.column_attrs):
                return False
    return True
