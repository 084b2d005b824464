"""What ``@require_match`` makes of a model and of rows."""

from dataclasses import replace

from ..exceptions import SetupError
from ..request.plan import Guard
from ..request.targets import DateSource
from ..request.targets import ETagSource
from ..request.targets import LoaderSource
from ..request.targets import Source
from .guards import Cas
from .guards import Locked
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
        if not model.is_versioned:
            _refuse_cas(guard, "the tag is not the version of the row")
        return model, _for(model, guard or (cas() if model.is_versioned else locked()))
    if etag is not None or last_modified is not None:
        raise SetupError("rows() is a tag of its own; remove etag= and last_modified=")
    if isinstance(load, RowsSource):
        _refuse_cas(guard, "rows() spans rows")
        if load.session is None:
            load = replace(load, session=session)
        return load, _for(load, guard or locked(load.session))  # type: ignore[arg-type]
    return load, guard


def _for(source: ModelSource | RowsSource, guard: Guard) -> Guard:
    """Tell a guard what it guards, so that it knows a row that is not there yet."""
    return replace(guard, source=source) if isinstance(guard, Cas | Locked) else guard


def _refuse_cas(guard: Guard | None, why: str) -> None:
    if isinstance(guard, Cas):
        raise SetupError(f"cas() compares the version of one row, and {why}; use guard=locked(…)")
