"""``@require_match``: a view that runs only while its preconditions hold."""

import sys
from collections.abc import Callable
from collections.abc import Collection
from functools import wraps
from typing import Any
from typing import ParamSpec
from typing import TypedDict
from typing import TypeVar
from typing import Unpack

from flask import has_request_context
from flask.globals import request_ctx
from werkzeug.local import LocalProxy

from .config import Declared
from .config import Disclose
from .config import Policy
from .config import PutETag
from .config import Require
from .config import Resource
from .config import vary_problem
from .core import ABSENT
from .declarations import Load
from .declarations import check_allow
from .declarations import check_view
from .declarations import replica_of
from .declarations import source_of
from .declarations import storage
from .exceptions import SetupError
from .first_request import first_requests
from .options import knows_its_options
from .options import refuse_unknown
from .placement import line_of_caller
from .placement import note_placement
from .request.flow import answer
from .request.inquiry import Inquiry
from .request.inquiry import inquiry_of
from .request.layers import anchor_of
from .request.match import Match
from .request.plan import MARK
from .request.plan import Allow
from .request.plan import Guard
from .request.plan import Guarded
from .request.tags import WireTag
from .request.tags import tag_of_variant
from .request.targets import DateSource
from .request.targets import ETagSource
from .request.targets import read_validators

P = ParamSpec("P")
R = TypeVar("R")


class PolicyOptions(TypedDict, total=False):
    """The options of a view that are its policy; see :class:`.Policy`."""

    disclose: Disclose
    put_etag: PutETag
    already_applied: Callable[[Any], bool]
    vary: Collection[str]
    cache_control: str
    headers: Declared
    resource: Resource


class Options(PolicyOptions, total=False):
    """What :func:`conditional` takes besides the loader: what :func:`require_match` does."""

    etag: ETagSource
    last_modified: DateSource
    into: str
    create: bool
    guard: Guard
    allow: Allow
    fresh: Load


@knows_its_options
def require_match(
    load: Load | None = None,
    /,
    *,
    etag: ETagSource | None = None,
    last_modified: DateSource | None = None,
    into: str | None = None,
    create: bool = False,
    guard: Guard | None = None,
    allow: Allow | None = None,
    fresh: Load | None = None,
    require: Require | None = None,
    disclose: Disclose | None = None,
    put_etag: PutETag | None = None,
    already_applied: Callable[[Any], bool] | None = None,
    vary: Collection[str] | None = None,
    cache_control: str | None = None,
    headers: Declared | None = None,
    resource: Resource | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Run a view only while the preconditions of the request hold.

    Put it below the route and below any decorator that checks who is asking.

    :param load: gives the target of the request, or ``None`` when there is none. It is
        called with those arguments that it names: the URL's, and what an outer decorator adds
        to them; a guard calls it once more, and so does a read whose tag tells of several
        rows. A SQLAlchemy model is loaded by its key in the URL, and :func:`.rows` makes a
        target of a list.
    :param etag: the key or attribute of the target that holds its tag (the opaque part,
        without quotes), several of them as a tuple, or a function of the target. A model's
        is the version of the row.
    :param last_modified: the same for the time of its last change, an aware datetime.
    :param into: the keyword under which the view gets the target. A model goes by the
        name of its class, such as ``blog_post``, if the view names that parameter.
    :param create: whether PUT on an absent target creates it, which takes
        ``If-None-Match: *``. Every other method stays 404.
    :param guard: a context manager factory that makes check and write one step; it gets
        the :class:`.Inquiry`. Without it the view itself calls
        :meth:`precondition.confirm <.Match.confirm>`. A model is guarded by :func:`.cas`,
        or by :func:`.locked` where ``etag`` names its tag.
    :param allow: a function of the target that tells whether the one who asks may do this,
        for applications that only the target can tell. It is asked before anything is
        compared: ``False`` is 403, and it may ``abort()`` with something else. It gets
        ``None`` where PUT would create the target.
    :param fresh: what loads the target where it is written, if ``load`` reads from a replica
        that may be behind: a function or a model, like ``load``. Guards compare with it, a
        lost race tells its tag, and a read goes to it whose condition the replica does not
        satisfy: a client that has just written gets what it wrote.
    :param require: see :class:`.Policy`, as for the options that follow.
    :raises SetupError: when the options do not fit together.
    """
    source, guard = source_of(load if fresh is None else fresh, etag, last_modified, guard)
    options = given_options(
        require=require,
        disclose=disclose,
        put_etag=put_etag,
        already_applied=already_applied,
        vary=vary,
        cache_control=cache_control,
        headers=headers,
        resource=resource,
    )
    check_allow(allow)
    replica = None if fresh is None else replica_of(load)
    place = line_of_caller()
    guarded = Guarded(source, into, create, guard, options, allow, place, replica, storage)
    first_requests.expect()

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        check_view(view)
        if hasattr(view, MARK):
            raise SetupError(f"{view.__name__}() is guarded twice; remove one of the decorators")
        anchor = anchor_of(view)

        @wraps(view)
        def guarded_view(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return answer(guarded, guarded_view, view, anchor, args, kwargs)  # type: ignore[no-any-return]
            except SetupError as error:
                if error.place is None:
                    error.place = guarded.place
                raise

        setattr(guarded_view, MARK, guarded)
        if note_placement(view):
            first_requests.expect()
        return guarded_view

    # A framework may keep the decorator, and use it at each request: Flask-RESTful does.
    setattr(decorate, MARK, guarded)
    return decorate


def given_options(**options: object) -> dict[str, object]:
    """Keep the options that were given.

    :raises SetupError: when one has a wrong value: here, and not at the first request.
    """
    given = {name: value for name, value in options.items() if value is not None}
    Policy().override(given)
    return given


def conditional(
    load: Load | None = None, /, **options: Unpack[Options]
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Evaluate preconditions without asking for them.

    Reads answer 304 before the view runs; writes without a condition are performed.

    :param options: those of :func:`require_match`, but for ``require``.
    """
    if "require" in options:
        raise SetupError(
            "conditional() asks for no condition, and takes no require=; write @require_match(…)"
        )
    refuse_unknown("conditional", options, Options.__annotations__)
    return require_match(load, **options, require="none")


class _OutsideView(SetupError, RuntimeError):
    """Nothing is bound: a proxy answers ``isinstance()`` for itself on a RuntimeError alone.

    ``flask run`` asks that of every name in a module that has an application factory.
    """


def _current_match() -> Match[Any]:
    try:
        inquiry = inquiry_of(request_ctx._get_current_object().request)  # type: ignore[attr-defined]
    except RuntimeError:  # outside of any request
        inquiry = None
    if inquiry is None:
        raise _OutsideView(
            "precondition was used outside a guarded view; "
            "decorate the view with @require_match or call check() first"
        )
    return inquiry


class _Current(LocalProxy[Match[Any]]):
    """A proxy that is asked for nothing but attributes, which Werkzeug's finds in more steps."""

    __slots__ = ()

    # Nearly every write asks for it, and what the class has itself is found at once.
    confirm = property(lambda self: _current_match().confirm)

    def __getattr__(self, name: str) -> Any:
        return getattr(_current_match(), name)


precondition: Match[Any] = _Current(_current_match)  # type: ignore[assignment]
"""The :class:`.Match` of the current request."""


def etag_for(target: Any, etag: ETagSource | None = None, *, vary: Collection[str] = ()) -> str:
    """Give the tag of an item in wire form, for lists: it equals the item's own ETag field.

    It has its quotes already: ``response.headers["ETag"] = etag_for(article)``. In a guarded
    write, what the session has still to write is flushed first, and the version of the target moves
    then, so that the tag is the new one: tell it after the last change.

    :param target: the item.
    :param etag: where its tag is, as in :func:`require_match`. It can be left out for a
        SQLAlchemy model.
    :param vary: what the item's own view negotiates by, as in :func:`require_match`: then it
        is the tag of the variant that a GET with the fields of this request selects.
    :raises SetupError: when the item has no tag.
    """
    inquiry = _move_version(target, is_computed=callable(etag))
    if etag is None:
        from .sqlalchemy import ModelSource

        state = ModelSource(type(target)).state_of(target)
    else:
        state = read_validators(target, etag, None)
    if state is ABSENT or state.etag is None:
        raise SetupError(f"{target!r} has no entity tag at {etag!r}")
    tag = state.etag
    if vary:
        if problem := vary_problem(vary):
            raise SetupError(f"vary is {vary!r}; {problem}.")
        tag = tag_of_variant(tag, vary, request_ctx.request.headers)
    if inquiry is not None and target is inquiry.target:
        name = getattr(inquiry.source, "tag_name", None)
        if name is not None and etag in (None, name):
            inquiry.told = tag
    return WireTag(tag)


def _move_version(target: object, *, is_computed: bool) -> Inquiry[Any] | None:
    """Let a guarded write move the version of a mapped object before its tag is told.

    :param is_computed: whether the tag is made of values that the database may have rounded.
    """
    inquiry = inquiry_of(request_ctx.request) if has_request_context() else None
    if inquiry is None or inquiry.plan.is_safe:
        return None
    if "sqlalchemy.orm" in sys.modules:
        from .sqlalchemy import move_version

        move_version(target, is_computed=is_computed)
    return inquiry
