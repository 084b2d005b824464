"""Models of SQLAlchemy that a guarded view writes without a version to compare.

``@require_match(Article)`` refuses such a model by itself or locks its row. A loader
function can hide one: what it loads is told by its annotation or by its code.
"""

import inspect
import sys
from collections.abc import Callable
from collections.abc import Iterator
from types import UnionType
from typing import Any
from typing import Union
from typing import get_args
from typing import get_origin
from typing import get_type_hints

from .findings import Finding
from .handlers import Handler
from .handlers import globals_in
from .handlers import names_in


def find_unversioned(handlers: list[Handler]) -> Iterator[Finding]:
    """Find writes to rows that neither a version nor a guard nor the view protects."""
    if "sqlalchemy.orm" not in sys.modules:  # then no class is mapped
        return
    from ..sqlalchemy.models import mapper_of

    for handler in handlers:
        guarded = handler.guarded
        if not handler.writes or guarded is None or guarded.guard is not None:
            continue
        if not names_in(handler.function).isdisjoint({"confirm", "lost"}):
            continue
        for loaded in _classes_loaded(handler):
            mapper = mapper_of(loaded)
            if mapper is not None and mapper.version_id_col is None:
                message = (
                    f"{loaded.__name__} has no version column, and {handler.endpoint} no guard"
                )
                yield handler.finding("model-without-version", message)


def _classes_loaded(handler: Handler) -> list[type[Any]]:
    load = getattr(handler.guarded and handler.guarded.source, "load", None)
    if isinstance(load, str):
        load = getattr(getattr(handler.view, "view_class", None), load, None)
    if not callable(load):
        return []
    load = inspect.unwrap(load)
    found = _annotated(load) or globals_in(load)
    return [value for value in found if isinstance(value, type)]


def _annotated(load: Callable[..., object]) -> list[object]:
    try:
        hint = get_type_hints(load)["return"]
    except (KeyError, NameError, TypeError):  # none, or one that only type checkers can read
        return []
    return list(get_args(hint)) if get_origin(hint) in (Union, UnionType) else [hint]
