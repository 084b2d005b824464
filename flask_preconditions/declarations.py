"""What a guard is declared with: its loader or model, and whether it all fits together."""

import linecache
import re
import sys
from typing import Any
from typing import cast

from .exceptions import SetupError
from .options import check_call
from .placement import line_of_caller
from .request.plan import Allow
from .request.plan import Guard
from .request.plan import Storage
from .request.targets import DateSource
from .request.targets import ETagSource
from .request.targets import Loader
from .request.targets import LoaderSource
from .request.targets import Source

Load = Loader | type[Any] | Source | str

_EXAMPLE = '@require_match(get_doc, etag="rev")'


def source_of(
    load: Load | None,
    etag: ETagSource | None,
    last_modified: DateSource | None,
    guard: Guard | None,
) -> tuple[Source, Guard | None]:
    """Choose how a target is loaded and compared, and its guard where none is named.

    :raises SetupError: when the options do not fit together.
    """
    if load is None:
        raise SetupError(f"name what loads the target: {_EXAMPLE}")
    _check_load(load)
    _check_guard(guard)
    for option, function in (("etag", etag), ("last_modified", last_modified)):
        if callable(function):
            check_call(option, function)
    given: object = etag
    is_named = isinstance(given, tuple) and given and all(isinstance(part, str) for part in given)
    if isinstance(given, list | tuple) and not is_named:
        raise SetupError(
            f"etag={given!r} names no parts of a tag; write a tuple of names: "
            'etag=("born", "version")'
        )
    has_validators = etag is not None or last_modified is not None
    # A mapped class cannot be there before SQLAlchemy is, so nobody else waits for it.
    is_model = isinstance(load, type) and ("sqlalchemy.orm" in sys.modules or not has_validators)
    if is_model or isinstance(load, Source):
        from .sqlalchemy import adapt

        return adapt(cast(type[Any] | Source, load), etag, last_modified, guard)
    if not has_validators:
        if name := _bare_decorator():
            raise SetupError(
                f"{name} stands without its parentheses; say what loads the target: "
                f"{_EXAMPLE.replace('@require_match', name)}"
            )
        raise SetupError(
            f"a target without validators cannot be compared; say where they are: {_EXAMPLE}"
        )
    return LoaderSource(cast(Loader | str, load), etag, last_modified), guard


def storage() -> Storage | None:
    """Give what is to be done about SQLAlchemy, where the application has it."""
    if "sqlalchemy.orm" not in sys.modules:
        return None
    try:
        from .sqlalchemy import reading
    except ImportError:  # one that is too old for models
        return None
    return reading


def replica_of(load: Load | None) -> Source:
    """Give the source that reads look at first, where another one is written to.

    :raises SetupError: when it is no function.
    """
    if isinstance(load, str) or (callable(load) and not isinstance(load, type)):
        return LoaderSource(load)
    name = getattr(load, "__name__", None)
    raise SetupError(
        f"with fresh=, what reads load from the replica is a function, and {name or repr(load)} is "
        "none: @require_match(find_on_replica, fresh=find_on_primary, …)"
    )


def check_allow(allow: Allow | None) -> None:
    """See that ``allow=`` is a function of the target.

    :raises SetupError: when it is none.
    """
    if allow is None:
        return
    if not callable(allow):
        raise SetupError(f"allow={allow!r} is no function of the target: allow=lambda note: …")
    check_call("allow", allow)


def check_view(view: object) -> None:
    """See that a guard is put on a view.

    :raises SetupError: when it is put on a class, whose methods are the views.
    """
    if isinstance(view, type):
        raise SetupError(
            f"a class is no view: put the guard on the methods of {view.__name__}, or on all of "
            "them with decorators = [require_match(…)] in its body"
        )


def _check_load(load: Load) -> None:
    """See that it is what loads the target, and not the target."""
    if callable(load) or isinstance(load, str | Source):
        return
    kind = type(load).__name__
    if hasattr(type(load), "__mapper__"):
        instead = f"write the class: @require_match({kind})"
    else:
        instead = f"write the function without calling it: {_EXAMPLE}"
    raise SetupError(f"require_match() got a {kind}, and needs what loads it; {instead}")


def _bare_decorator() -> str | None:
    """Tell what a decorator is called that is written without its parentheses."""
    place = line_of_caller()
    text = linecache.getline(place.path, place.line) if place else ""
    match = re.match(r"\s*(@[\w.]+)\s*(#|$)", text)
    return match[1] if match else None


def _check_guard(guard: object) -> None:
    """See that a guard is one, and neither a session nor a function that nobody called."""
    orm = sys.modules.get("sqlalchemy.orm")
    ours = sys.modules.get(f"{__package__}.sqlalchemy")
    named = [name for name in ("cas", "locked") if guard and guard is getattr(ours, name, None)]
    if named:
        raise SetupError(
            f"guard={named[0]} was not called; write guard={named[0]}(db.session), or "
            f"guard={named[0]}() for the session of the application"
        )
    is_session = orm and isinstance(guard, orm.Session | orm.scoped_session | orm.sessionmaker)
    if is_session or not (guard is None or callable(guard)):
        shown = type(guard).__name__ if is_session else repr(guard)
        raise SetupError(
            f"guard={shown} is no guard; write guard=cas(db.session), or leave guard out: a model "
            "has one by itself, and any other view calls precondition.confirm()"
        )
