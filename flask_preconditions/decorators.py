"""``@require_match``: a view that runs only while its preconditions hold."""

from collections.abc import Callable
from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextlib import nullcontext
from dataclasses import dataclass
from dataclasses import replace
from datetime import UTC
from datetime import datetime
from functools import wraps
from typing import Any
from typing import ParamSpec
from typing import TypeVar
from typing import cast

from flask import Response
from flask import after_this_request
from flask import current_app
from flask import g
from flask import request
from werkzeug.exceptions import NotFound
from werkzeug.local import LocalProxy

from .config import Disclose
from .config import Policy
from .config import PutETag
from .config import Require
from .core import ABSENT
from .core import INDIFFERENT_METHODS
from .core import SAFE_METHODS
from .core import Decision
from .core import EntityTag
from .core import Outcome
from .core import State
from .core import Validators
from .core import evaluate
from .exceptions import SetupError
from .guards import Match
from .responses import refuse
from .responses import stamp
from .signals import announce
from .signals import logger
from .targets import DateSource
from .targets import ETagSource
from .targets import Loader
from .targets import LoaderSource
from .targets import Source
from .targets import read_validators
from .targets import validators_from

P = ParamSpec("P")
R = TypeVar("R")

Guard = Callable[[Match[Any]], AbstractContextManager[object]]

MARK = "__preconditions__"
"""The attribute of a decorated view that holds its :class:`Guarded`."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """What ``@require_match`` was told about a view.

    :param options: the view's own policy, over the application's.
    """

    source: Source
    into: str | None
    create: bool
    guard: Guard | None
    options: Mapping[str, object]

    @property
    def noun(self) -> str:
        """What the resource is called in sentences to the client."""
        return self.into or self.source.noun or "resource"

    def describe(self) -> str:
        """Say in a few words what the guard compares and allows."""
        words = [self.source.describe()] + (["create"] if self.create else [])
        return ", ".join(words + [f"{name}={value!r}" for name, value in self.options.items()])

    def run(
        self, view: Callable[..., Any], args: tuple[object, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Answer the current request: load, compare, then the view or a refusal."""
        if request.method in INDIFFERENT_METHODS:
            return self._call(view, args, kwargs, None)
        policy = current_policy().override(self.options)

        def find() -> Any:
            return self.source.find(args, kwargs)

        target = find()
        current = self.source.state_of(target)
        creates = self.create and request.method == "PUT"
        if current is ABSENT and not creates:
            # §13.2.1: preconditions never change what the answer is without them.
            raise NotFound
        decision, compare = _decide(current, policy, creates=creates, noun=self.noun)
        read = self.source.state_of
        match = Match(target, current, decision, policy, self.noun, read, compare, find)
        g._precondition = match
        guard = self.guard if request.method not in SAFE_METHODS else None
        with guard(match) if guard else nullcontext():
            rv = self._call(view, args, kwargs, match.target)
            match.response = current_app.make_response(rv)
        return _finish(match.response, match, is_guarded=guard is not None)

    def _call(
        self,
        view: Callable[..., Any],
        args: tuple[object, ...],
        kwargs: dict[str, Any],
        target: object,
    ) -> Any:
        if self.into is not None:
            kwargs = {**kwargs, self.into: target}
        return current_app.ensure_sync(view)(*args, **kwargs)


def require_match(
    load: Loader | str | None = None,
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
    cache_control: str | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Run a view only while the preconditions of the request hold.

    Put it below the route and below any decorator that checks who is asking.

    :param load: gives the target of the request, or ``None`` when there is none. It is
        called once, with those arguments of the URL that it names.
    :param etag: the key or attribute of the target that holds its tag (the opaque part,
        without quotes), or a function of the target.
    :param last_modified: the same for the time of its last change, an aware datetime.
    :param into: the keyword under which the view gets the target.
    :param create: whether PUT on an absent target creates it, which takes
        ``If-None-Match: *``. Every other method stays 404.
    :param guard: a context manager factory that makes check and write one step; without
        it the view itself calls :meth:`precondition.confirm <.Match.confirm>`.
    :param require: see :class:`.Policy`, as for the options that follow.
    :raises SetupError: when the options do not fit together.
    """
    if load is None:
        raise SetupError('name what loads the target: @require_match(get_doc, etag="rev")')
    if etag is None and last_modified is None:
        raise SetupError(
            "a target without validators cannot be compared; say where they are: "
            '@require_match(get_doc, etag="rev")'
        )
    given = {
        "require": require,
        "disclose": disclose,
        "put_etag": put_etag,
        "cache_control": cache_control,
    }
    options = {name: value for name, value in given.items() if value is not None}
    Policy().override(options)  # a wrong value should fail here, not at the first request
    guarded = Guarded(LoaderSource(load, etag, last_modified), into, create, guard, options)

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        if hasattr(view, MARK):
            raise SetupError(f"{view.__name__}() is guarded twice; remove one of the decorators")

        @wraps(view)
        def guarded_view(*args: P.args, **kwargs: P.kwargs) -> R:
            return cast(R, guarded.run(view, args, kwargs))

        setattr(guarded_view, MARK, guarded)
        return guarded_view

    return decorate


def conditional(
    load: Loader | str | None = None,
    /,
    *,
    etag: ETagSource | None = None,
    last_modified: DateSource | None = None,
    into: str | None = None,
    create: bool = False,
    guard: Guard | None = None,
    disclose: Disclose | None = None,
    put_etag: PutETag | None = None,
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
    decision, compare = _decide(current, policy, creates=creates, noun="resource")
    found = None if target is _UNSET else target
    match = Match(found, current, decision, policy, "resource", read, compare)
    g._precondition = match
    if request.method in SAFE_METHODS:
        after_this_request(lambda response: _finish(response, match, is_guarded=True))
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


def etag_for(target: Any, etag: ETagSource) -> str:
    """Give the tag of an item in wire form, for lists: it equals the item's own ETag field.

    :param target: the item.
    :param etag: where its tag is, as in :func:`require_match`.
    :raises SetupError: when the item has no tag.
    """
    tag = read_validators(target, etag, None).etag
    if tag is None:
        raise SetupError(f"{target!r} has no entity tag at {etag!r}")
    return str(tag)


def current_policy() -> Policy:
    """Give the application's policy; read from its config when nobody set it up."""
    extensions = current_app.extensions
    if "preconditions" not in extensions:
        extensions["preconditions"] = Policy.from_config(current_app.config)
    return cast(Policy, extensions["preconditions"])


def _decide(
    current: State, policy: Policy, *, creates: bool, noun: str
) -> tuple[Decision, Callable[[State], Decision]]:
    """Evaluate the current request and raise unless it is to be performed.

    :return: the decision, and what decides the same request for another state.
    """
    now = datetime.now(UTC)

    def compare(state: State, required: bool = False) -> Decision:
        return evaluate(
            request.method, request.headers, state, required=required, creates=creates, now=now
        )

    decision = compare(current, policy.is_required(request))
    announce(decision, policy.log_level)
    if decision.outcome is Outcome.REQUIRED and policy.only_warns:
        decision = compare(current)
        announce(decision, policy.log_level)
    if decision.outcome is not Outcome.PERFORM:
        raise refuse(decision, current, policy, noun=noun, creates=creates)
    return decision, compare


def _finish(response: Response, match: Match[Any], *, is_guarded: bool) -> Response:
    """Put on a success the validators of the state it speaks of."""
    if not 200 <= response.status_code < 300:
        return response
    if request.method in SAFE_METHODS:
        if isinstance(match.validators, Validators):
            stamp(response, match.validators, match.policy)
        return response
    if match.decision.decided_by and not (is_guarded or match.is_confirmed):
        _complain_of_open_race()
    # The tag compared before the view is no longer current; only the write knows the new one.
    tells = request.method != "DELETE" and (
        request.method != "PUT" or match.policy.put_etag != "never"  # §9.3.4
    )
    if tells and isinstance(match.written, Validators):
        stamp(response, match.written, replace(match.policy, cache_control=None))
    return response


def _complain_of_open_race() -> None:
    message = (
        f"{request.endpoint} wrote after its check without closing the race between the two. "
        "Name the compared state in the write and confirm it: precondition.confirm(cursor.rowcount)"
    )
    if current_app.debug or current_app.testing:
        raise SetupError(message)
    logger.error(message)
