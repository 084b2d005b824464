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
from typing import cast
from typing import get_args
from typing import get_origin
from typing import get_type_hints

from werkzeug.routing import UnicodeConverter

from .findings import Finding
from .functions import globals_in
from .functions import names_reached
from .handlers import Handler


def find_unversioned(handlers: list[Handler]) -> Iterator[Finding]:
    """Find writes to rows that neither a version nor a guard nor the view protects."""
    if "sqlalchemy.orm" not in sys.modules:  # then no class is mapped
        return
    from ..sqlalchemy.models import mapper_of

    for handler in handlers:
        guarded = handler.guarded
        if not handler.writes or guarded is None or guarded.guard is not None:
            continue
        names = names_reached(handler.function, handler.view_class)
        if not names.isdisjoint({"confirm", "lost"}):
            continue
        for loaded in _classes_loaded(handler):
            mapper = mapper_of(loaded)
            if mapper is not None and mapper.version_id_col is None:
                message = (
                    f"{loaded.__name__} has no version column, and {handler.endpoint} no guard"
                )
                yield handler.finding("model-without-version", message)


def find_unfit(handlers: list[Handler]) -> Iterator[Finding]:
    """Find models with a number for a key that are looked up by a text of the URL."""
    if "sqlalchemy.orm" not in sys.modules:
        return
    from ..sqlalchemy.models import mapper_of

    for handler in handlers:
        source: Any = handler.guarded and handler.guarded.source
        mapper = mapper_of(getattr(source, "model", None))
        if mapper is None or len(handler.rule.arguments) != 1 or len(mapper.primary_key) != 1:
            continue
        [value], [key] = handler.rule.arguments, mapper.primary_key
        name = mapper.get_property_by_column(key).key
        converter = handler.rule._converters.get(value)
        is_key = value in {name, source.noun, f"{source.noun}_{name}"} or value.endswith("id")
        if is_key or value in mapper.all_orm_descriptors or key.type.python_type is not int:
            continue  # its name says that it is the key, or an attribute
        if type(converter) is UnicodeConverter:
            model = mapper.class_.__name__
            message = f"{model} has no {value}, so <{value}> is compared with the integer {name}"
            fix = f'"{handler.rule.rule.replace(value, f"int:{name}")}"  # or a column {value}'
            yield handler.finding("unfit-url-value", message, fix=fix)


def _classes_loaded(handler: Handler) -> list[type[Any]]:
    load = getattr(handler.guarded and handler.guarded.source, "load", None)
    if isinstance(load, str):
        load = getattr(getattr(handler.view, "view_class", None), load, None)
    if not callable(load):
        return []
    load = inspect.unwrap(load)
    found = _annotated(load) or globals_in(load)
    # The type is asked, and not the value: a proxy would look for a request.
    return [cast(type[Any], value) for value in found if issubclass(type(value), type)]


def _annotated(load: Callable[..., object]) -> list[object]:
    try:
        hint = get_type_hints(load)["return"]
    except (KeyError, NameError, TypeError):  # none, or one that only type checkers can read
        return []
    return list(get_args(hint)) if get_origin(hint) in (Union, UnionType) else [hint]
