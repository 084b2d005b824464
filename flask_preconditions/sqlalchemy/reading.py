"""A read whose tag tells of more than its target, such as of the row that it belongs to.

Between two statements somebody else may commit. Content that is newer than its tag is harmless: a
write that goes out from it is refused, and the client reads again. Older content under a newer
tag is an update that is lost: it is written over with a tag that still holds.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.state import InstanceState

from ..core import ABSENT
from ..core import State
from ..request.targets import Source
from .sessions import renewed
from .transactions import asked_sessions


def load_in_order(source: Source, find: Callable[[], Any]) -> tuple[Any, State]:
    """Load a target and read its state, and load it once more where the tag may be newer.

    It may be where a function or a property makes it, and more than one statement was sent.

    :param find: loads the target.
    """
    with asked_sessions() as sessions:
        target = find()
        loading = len(sessions)
        state = source.state_of(target)
    if (loading > 1 or len(sessions) > loading) and may_tell_of_more(source, target):
        for session in dict.fromkeys(sessions):
            renewed(session)
        target = find()
        if target is None:
            state = ABSENT
    return target, state


def may_tell_of_more(source: Any, target: object) -> bool:
    """Tell whether validators are made by a function or a property, and are not columns."""
    row = sa.inspect(target, raiseerr=False)
    columns = row.mapper.column_attrs if isinstance(row, InstanceState) else None
    for named in (source.etag, source.last_modified):
        parts = named if isinstance(named, tuple) else (named,)
        for part in parts:
            if callable(part) or (isinstance(part, str) and columns and part not in columns):
                return True
    return False
