"""What ``@require_match`` makes of a model and of rows."""

from dataclasses import replace

from ..exceptions import SetupError
from ..request.plan import Guard
from ..request.targets import DateSource
from ..request.targets import ETagSource
from ..request.targets import LoaderSource
from ..request.targets import Source
from .guards import Cas
from .guards import cas
from .guards import locked
from .lists import RowsSource
from .models import ModelSource
from .models import mapper_of


def adapt(
    load: type[object] | Source,
    etag: ETagSource | None,
    last_modified: DateSource | None,
    guard: Guard | None,
) -> tuple[Source, Guard | None]:
    """Choose how a target is loaded, and its guard where none is named.

    :param load: a class, or what :func:`.rows` gave.
    :raises SetupError: when the class is no model and no validators are named, and when
        the guard cannot see what the tag is made of.
    """
    session = getattr(guard, "session", None)
    if isinstance(load, type):
        if mapper_of(load) is None and (etag is not None or last_modified is not None):
            return LoaderSource(load, etag, last_modified), guard  # a class is a function too
        model = ModelSource(load, etag, last_modified, session)
        if model.is_versioned:
            return model, guard or cas()
        _refuse_cas(guard, "the tag is not the version of the row")
        return model, guard or locked()
    if etag is not None or last_modified is not None:
        raise SetupError("rows() is a tag of its own; remove etag= and last_modified=")
    if isinstance(load, RowsSource):
        _refuse_cas(guard, "rows() spans rows")
        if load.session is None:
            load = replace(load, session=session)
        return load, guard or locked(load.session)  # type: ignore[arg-type]
    return load, guard


def _refuse_cas(guard: Guard | None, why: str) -> None:
    if isinstance(guard, Cas):
        raise SetupError(f"cas() compares the version of one row, and {why}; use guard=locked(…)")
