"""How a guarded view answers a request: load, compare, then run the view or refuse."""

import inspect
from collections.abc import Callable
from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextlib import nullcontext
from dataclasses import dataclass
from dataclasses import replace
from datetime import UTC
from datetime import datetime
from typing import Any
from typing import Protocol
from typing import cast

from flask import Response
from flask import current_app
from flask import g
from flask import request
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import NotFound

from .config import Policy
from .core import ABSENT
from .core import INDIFFERENT_METHODS
from .core import READ_METHODS
from .core import SAFE_METHODS
from .core import Decision
from .core import Field
from .core import Outcome
from .core import Reason
from .core import State
from .core import Validators
from .core import evaluate
from .exceptions import PreconditionFailed
from .exceptions import SetupError
from .guards import Match
from .responses import refuse
from .responses import stamp
from .rewrites import fold_variant
from .rewrites import recognise_tags
from .signals import announce
from .signals import logger
from .targets import Source

Guard = Callable[[Match[Any]], AbstractContextManager[object]]

MARK = "__preconditions__"
"""The attribute of a decorated view that holds its :class:`Guarded`."""


@dataclass(frozen=True, slots=True)
class AppState:
    """What is known of an application, in ``app.extensions["preconditions"]``.

    :param policy: the defaults of its views.
    :param session: the SQLAlchemy session its models are loaded with: a ``Session``, a
        ``scoped_session`` or a function that gives the session of the request.
    """

    policy: Policy
    session: object = None


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
        return (self.into or self.source.noun or "resource").replace("_", " ")

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

        def read(target: Any) -> State:
            return fold_variant(self.source.state_of(target), policy.vary, request.headers)

        target = find()
        current = read(target)
        creates = self.create and request.method == "PUT"
        if current is ABSENT and not creates:
            # §13.2.1: preconditions never change what the answer is without them.
            raise NotFound
        if policy.is_required(request) and request.method not in SAFE_METHODS:
            _check_strength(current)
        try:
            decision, compare = decide(
                current, policy, creates=creates, noun=self.noun, target=target
            )
        except PreconditionFailed as refusal:
            if _is_applied(refusal, policy, target):
                return current_app.response_class(status=204)
            raise
        match = Match(target, current, decision, policy, self.noun, read, compare, find)
        g._precondition = match
        if request.method in READ_METHODS:
            _hide_conditions(decision)
        guard = self.guard if request.method not in SAFE_METHODS else None
        try:
            with guard(match) if guard else nullcontext():
                rv = self._call(view, args, kwargs, match.target)
                match.response = current_app.make_response(rv)
        except PreconditionFailed as lost:
            if lost.decision.reason is not Reason.LOST_RACE:
                raise
            # Only here, outside the guard and any event loop of the view, can the
            # winner's state be loaded.
            target = find()
            raise refuse(
                lost.decision, read(target), policy, noun=self.noun, creates=False, target=target
            ) from lost.__cause__
        return finish(match.response, match, is_guarded=guard is not None)

    def _call(
        self,
        view: Callable[..., Any],
        args: tuple[object, ...],
        kwargs: dict[str, Any],
        target: object,
    ) -> Any:
        keyword = self.into
        if keyword is None and self.source.noun and _takes(view, self.source.noun):
            keyword = self.source.noun
        if keyword is not None:
            kwargs = {**kwargs, keyword: target}
        return current_app.ensure_sync(view)(*args, **kwargs)


def _takes(view: Callable[..., Any], keyword: str) -> bool:
    """Tell whether a view asks for a keyword."""
    if not _has_parameter(view, keyword):
        return False
    # A class-based view takes anything, and hands it on to the method that answers.
    outermost = current_app.view_functions.get(request.endpoint or "")
    view_class = getattr(outermost, "view_class", None)
    method = "get" if request.method == "HEAD" else request.method.lower()
    answers = getattr(view_class, method, None) or getattr(view_class, "dispatch_request", None)
    return _has_parameter(answers or view, keyword)


def _has_parameter(function: Callable[..., Any], name: str) -> bool:
    parameters = inspect.signature(function).parameters.values()
    return any(p.name == name or p.kind is p.VAR_KEYWORD for p in parameters)


def current_state() -> AppState:
    """Give what is known of the application; read from its config when nobody set it up."""
    extensions = current_app.extensions
    if "preconditions" not in extensions:
        extensions["preconditions"] = AppState(Policy.from_config(current_app.config))
    return cast(AppState, extensions["preconditions"])


def current_policy() -> Policy:
    """Give the application's policy."""
    return current_state().policy


class Compare(Protocol):
    """Decides one request for a state of its target."""

    def __call__(self, state: State, required: bool = False) -> Decision:
        """Evaluate, with or without the duty to send a condition."""


def comparer(policy: Policy, *, creates: bool) -> Compare:
    """Give what decides the current request, for any state of its target."""
    now = datetime.now(UTC)

    def compare(state: State, required: bool = False) -> Decision:
        fields = recognise_tags(
            request.headers,
            state,
            suffixes=policy.etag_suffixes,
            accepts_weakened=policy.accept_weakened,
            accepts_variants=bool(policy.vary) and request.method not in SAFE_METHODS,
        )
        return evaluate(request.method, fields, state, required=required, creates=creates, now=now)

    return compare


def decide(
    current: State, policy: Policy, *, creates: bool, noun: str, target: object = None
) -> tuple[Decision, Callable[[State], Decision]]:
    """Evaluate the current request and raise unless it is to be performed.

    :return: the decision, and what decides the same request for another state.
    """
    compare = comparer(policy, creates=creates)
    decision = compare(current, policy.is_required(request))
    announce(decision, policy.log_level)
    if decision.outcome is Outcome.REQUIRED and policy.only_warns:
        decision = compare(current)
        announce(decision, policy.log_level)
    if decision.outcome is not Outcome.PERFORM:
        raise refuse(decision, current, policy, noun=noun, creates=creates, target=target)
    return decision, compare


def _check_strength(current: State) -> None:
    """Refuse a write to a target that no condition but ``*`` could ever guard."""
    if current is ABSENT or current.last_modified or not (current.etag and current.etag.weak):
        return
    raise SetupError(
        f"{request.endpoint} takes writes, and the tag of its target, {current.etag}, is weak: "
        "If-Match never matches it (RFC 9110 §8.8.3.2). Give a strong tag that changes with "
        'every write, such as etag="version"'
    )


def _hide_conditions(decision: Decision) -> None:
    """Take the conditions out of a read once they are evaluated.

    Werkzeug's ``make_conditional``, which ``send_file`` and Flask-Compress call, would
    evaluate them again, against another tag and by other rules. ``Range`` stays where
    If-Range let it through (§13.1.5).
    """
    for field in Field:
        request.environ.pop(f"HTTP_{field.upper().replace('-', '_')}", None)
    if not decision.honours_range:
        request.environ.pop("HTTP_RANGE", None)


def _is_applied(refusal: PreconditionFailed, policy: Policy, target: object) -> bool:
    """Tell whether a write that is refused for a stale state has been made already."""
    if policy.already_applied is None or refusal.decision.reason is not Reason.CHANGED:
        return False
    if request.method in SAFE_METHODS:
        return False
    try:
        return bool(current_app.ensure_sync(policy.already_applied)(target))
    except HTTPException:  # a body that cannot be read was not applied
        return False


def finish(response: Response, match: Match[Any], *, is_guarded: bool) -> Response:
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
    if tells_written(match.policy) and isinstance(match.written, Validators):
        stamp(response, match.written, replace(match.policy, cache_control=None))
    return response


def tells_written(policy: Policy) -> bool:
    """Tell whether a success of the current request may carry the new tag."""
    if request.method == "PUT":
        return policy.put_etag != "never"  # §9.3.4
    return request.method != "DELETE"


def _complain_of_open_race() -> None:
    message = (
        f"{request.endpoint} wrote after its check without closing the race between the two. "
        "Name the compared state in the write and confirm it: precondition.confirm(cursor.rowcount)"
    )
    if current_app.debug or current_app.testing:
        raise SetupError(message)
    logger.error(message)
