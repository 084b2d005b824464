"""``@require_match``: a view that runs only while its preconditions hold."""

import sys
from collections.abc import Callable
from collections.abc import Collection
from datetime import datetime
from functools import wraps
from typing import Any
from typing import ParamSpec
from typing import TypeVar
from typing import cast

from flask import after_this_request
from flask import g
from flask import request
from werkzeug.local import LocalProxy

from .config import Disclose
from .config import Policy
from .config import PutETag
from .config import Require
from .core import ABSENT
from .core import SAFE_METHODS
from .core import EntityTag
from .core import State
from .exceptions import SetupError
from .guards import Match
from .placement import note_placement
from .targets import DateSource
from .targets import ETagSource
from .targets import Loader
from .targets import LoaderSource
from .targets import Source
from .targets import read_validators
from .targets import validators_from
from .views import MARK
from .views import Guard
from .views import Guarded
from .views import current_policy
from .views import decide
from .views import finish

P = ParamSpec("P")
R = TypeVar("R")


def require_match(
    load: Loader | type[Any] | Source | str | None = None,
    /,
    *,
    etag: ETagSource | None = None,
    last_modified: DateSource | None = None,
    into: str | None = None,
    create: bool = False,
    guard: Guard | None = None,
    require: Require | None = None,
    disclose: Disclose | None = None,
    put_etag: PutETag | None = None,
    already_applied: Callable[[Any], bool] | None = None,
    vary: Collection[str] | None = None,
    cache_control: str | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Run a view only while the preconditions of the request hold.

    Put it below the route and below any decorator that checks who is asking.

    :param load: gives the target of the request, or ``None`` when there is none. It is
        called once, with those arguments of the URL that it names. A SQLAlchemy model is
        loaded by its key in the URL, and :func:`.rows` makes a target of a list.
    :param etag: the key or attribute of the target that holds its tag (the opaque part,
        without quotes), or a function of the target. A model's is the version of the row.
    :param last_modified: the same for the time of its last change, an aware datetime.
    :param into: the keyword under which the view gets the target. A model goes by the
        name of its class, such as ``blog_post``, if the view asks for that.
    :param create: whether PUT on an absent target creates it, which takes
        ``If-None-Match: *``. Every other method stays 404.
    :param guard: a context manager factory that makes check and write one step; without
        it the view itself calls :meth:`precondition.confirm <.Match.confirm>`. A model is
        guarded by :func:`.cas`, or by :func:`.locked` where ``etag`` names its tag.
    :param require: see :class:`.Policy`, as for the options that follow.
    :raises SetupError: when the options do not fit together.
    """
    if load is None:
        raise SetupError('name what loads the target: @require_match(get_doc, etag="rev")')
    source, guard = _adapt(load, etag, last_modified, guard)
    given = {
        "require": require,
        "disclose": disclose,
        "put_etag": put_etag,
        "already_applied": already_applied,
        "vary": vary,
        "cache_control": cache_control,
    }
    options = {name: value for name, value in given.items() if value is not None}
    Policy().override(options)  # a wrong value should fail here, not at the first request
    guarded = Guarded(source, into, create, guard, options)

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        if hasattr(view, MARK):
            raise SetupError(f"{view.__name__}() is guarded twice; remove one of the decorators")

        @wraps(view)
        def guarded_view(*args: P.args, **kwargs: P.kwargs) -> R:
            return cast(R, guarded.run(view, args, kwargs))

        setattr(guarded_view, MARK, guarded)
        note_placement(view)
        return guarded_view

    # A framework may keep the decorator, and use it at each request: Flask-RESTful does.
    setattr(decorate, MARK, guarded)
    return decorate


def _adapt(
    load: Loader | type[Any] | Source | str,
    etag: ETagSource | None,
    last_modified: DateSource | None,
    guard: Guard | None,
) -> tuple[Source, Guard | None]:
    has_validators = etag is not None or last_modified is not None
    # A mapped class cannot be there before SQLAlchemy is, so nobody else waits for it.
    is_model = isinstance(load, type) and ("sqlalchemy.orm" in sys.modules or not has_validators)
    if is_model or isinstance(load, Source):
        from .sqlalchemy import adapt

        return adapt(cast(type[Any] | Source, load), etag, last_modified, guard)
    if not has_validators:
        raise SetupError(
            "a target without validators cannot be compared; say where they are: "
            '@require_match(get_doc, etag="rev")'
        )
    return LoaderSource(cast(Loader | str, load), etag, last_modified), guard


def conditional(
    load: Loader | type[Any] | Source | str | None = None,
    /,
    *,
    etag: ETagSource | None = None,
    last_modified: DateSource | None = None,
    into: str | None = None,
    create: bool = False,
    guard: Guard | None = None,
    disclose: Disclose | None = None,
    put_etag: PutETag | None = None,
    already_applied: Callable[[Any], bool] | None = None,
    vary: Collection[str] | None = None,
    cache_control: str | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Evaluate preconditions without asking for them.

    Reads answer 304 before the view runs; writes without a condition are performed.
    The parameters are those of :func:`require_match`.
    """
    return require_match(
        load,
        etag=etag,
        last_modified=last_modified,
        into=into,
        create=create,
        guard=guard,
        require="none",
        disclose=disclose,
        put_etag=put_etag,
        already_applied=already_applied,
        vary=vary,
        cache_control=cache_control,
    )


_UNSET: Any = object()


def check(
    target: Any = _UNSET,
    *,
    etag: ETagSource | EntityTag | None = None,
    last_modified: DateSource | datetime | None = None,
    exists: bool = True,
    require: Require = "none",
) -> Match[Any]:
    """Compare inside a view, for targets that no loader can find beforehand.

    On a read that succeeds, the response gets the validators.

    :param target: the target, or ``None`` when it does not exist. Left out, ``etag`` and
        ``last_modified`` are the validators themselves, not where to read them.
    :param exists: whether the target exists, where ``target`` is left out.
    :raises NotModified: when the client's copy is current (304).
    :raises MalformedCondition: when a condition cannot be read (400).
    :raises PreconditionFailed: when a condition is false (412).
    :raises PreconditionRequired: when ``require`` asks for a condition (428).
    """

    def read(target: Any) -> State:
        return read_validators(
            target, cast(ETagSource | None, etag), cast(DateSource | None, last_modified)
        )

    current: State
    if target is None or not exists:
        current = ABSENT
    elif target is _UNSET:
        current = validators_from(etag, last_modified)
    else:
        current = read(target)
    policy = current_policy().override({"require": require})
    creates = request.method == "PUT"
    decision, compare = decide(current, policy, creates=creates, noun="resource")
    found = None if target is _UNSET else target
    match = Match(found, current, decision, policy, "resource", read, compare)
    g._precondition = match
    if request.method in SAFE_METHODS:
        after_this_request(lambda response: finish(response, match, is_guarded=True))
    return match


def _current_match() -> Match[Any]:
    match = g.get("_precondition")
    if match is None:
        raise SetupError(
            "precondition was used outside a guarded view; "
            "decorate the view with @require_match or call check() first"
        )
    return match  # type: ignore[no-any-return]


precondition: Match[Any] = LocalProxy(_current_match)  # type: ignore[assignment]
"""The :class:`.Match` of the current request."""


def etag_for(target: Any, etag: ETagSource | None = None) -> str:
    """Give the tag of an item in wire form, for lists: it equals the item's own ETag field.

    :param target: the item.
    :param etag: where its tag is, as in :func:`require_match`. It can be left out for a
        SQLAlchemy model.
    :raises SetupError: when the item has no tag.
    """
    if etag is None:
        from .sqlalchemy import ModelSource

        state = ModelSource(type(target)).state_of(target)
    else:
        state = read_validators(target, etag, None)
    if state is ABSENT or state.etag is None:
        raise SetupError(f"{target!r} has no entity tag at {etag!r}")
    return str(state.etag)
