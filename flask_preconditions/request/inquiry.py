"""One request at a guarded view, from its fields to its decision."""

from collections.abc import Mapping
from datetime import UTC
from datetime import datetime
from functools import partial
from typing import Any
from typing import NoReturn
from typing import TypeVar
from weakref import ref

from flask import Request
from flask import Response
from flask import current_app
from flask.ctx import RequestContext
from werkzeug.exceptions import Forbidden
from werkzeug.exceptions import Gone
from werkzeug.exceptions import NotFound

from ..core import ABSENT
from ..core import NOTHING_SENT
from ..core import Decision
from ..core import EntityTag
from ..core import Outcome
from ..core import Sent
from ..core import State
from ..core import Validators
from ..core import decide
from ..core import decide_at_once
from ..core import decide_in_full
from ..core import lose_race
from ..exceptions import SetupError
from .match import Match
from .plan import Plan
from .responses import refusal
from .responses import tell_unknown
from .tags import form_of
from .tags import recognise
from .tags import tag_of_variant
from .targets import Source

T = TypeVar("T")

_IF_MATCH, _IF_NONE_MATCH = "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"
_IF_MODIFIED_SINCE, _IF_UNMODIFIED_SINCE = "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE"
_IF_RANGE, _RANGE = "HTTP_IF_RANGE", "HTTP_RANGE"
_CONDITIONS = (
    _IF_MATCH,
    _IF_NONE_MATCH,
    _IF_MODIFIED_SINCE,
    _IF_UNMODIFIED_SINCE,
    _IF_RANGE,
)


def now() -> datetime:
    """Give the current time, aware."""
    return datetime.now(UTC)


def sent_in(environ: Mapping[str, Any]) -> Sent:
    """Pick the conditional fields out of a WSGI environment."""
    if (
        _IF_MATCH in environ
        or _IF_NONE_MATCH in environ
        or _IF_MODIFIED_SINCE in environ
        or _IF_UNMODIFIED_SINCE in environ
        or _IF_RANGE in environ
    ):
        values = (
            environ[_IF_MATCH] if _IF_MATCH in environ else None,
            environ[_IF_UNMODIFIED_SINCE] if _IF_UNMODIFIED_SINCE in environ else None,
            environ[_IF_NONE_MATCH] if _IF_NONE_MATCH in environ else None,
            environ[_IF_MODIFIED_SINCE] if _IF_MODIFIED_SINCE in environ else None,
            environ[_IF_RANGE] if _IF_RANGE in environ else None,
            _RANGE in environ,
        )
        return tuple.__new__(Sent, values)  # as Sent() does, by way of a function in Python
    return NOTHING_SENT


class Inquiry(Match[T]):
    """A request at a guarded view, as its guard sees it: the match, and all that it takes.

    :param plan: how requests of this kind are treated.
    :param source: where the target is.
    :param request: the request.
    :param args: the positional arguments of the view.
    :param kwargs: its arguments by name, from the URL and from outer decorators.
    :param outer: the inquiry that the request is at already; it has taken the fields.
    """

    __slots__ = (
        "__weakref__",
        "args",
        "is_lost",
        "is_running",
        "is_settled",
        "kwargs",
        "plan",
        "request",
        "response",
        "sent",
        "source",
        "told",
        "url_values",
    )

    response: Response | None
    """The view's response, from the moment it has returned."""
    told: EntityTag | None
    """The tag of the target that the view has asked for, to tell it in its answer."""
    is_lost: bool
    """Whether the view was told that another write came first."""
    is_running: bool
    """Whether the view runs now, so that what it calls belongs to it."""
    is_settled: bool
    """Whether the fields have been answered for by the guarded view that calls this one."""

    def __init__(
        self,
        plan: Plan,
        source: Source,
        request: Request,
        args: tuple[object, ...] = (),
        kwargs: dict[str, Any] | None = None,
        outer: "Inquiry[Any] | None" = None,
    ) -> None:
        self.plan = plan
        self.source = source
        self.request = request
        self.args = args
        self.kwargs = kwargs or {}
        # An outer decorator may add arguments, and take out what the URL gives.
        self.url_values = self.kwargs
        if args or kwargs != request.view_args:
            self.url_values = {**(request.view_args or {}), **self.kwargs}
        if args:
            given = dict(zip(plan.places, args, strict=False))
            given.pop("self", None)
            self.url_values.update(given)
        self.sent: Sent = outer.sent if outer is not None else sent_in(request.environ)
        self.target = None
        self.validators = ABSENT
        self.written = None
        self.response = None
        self.told = None
        self.is_confirmed = False
        self.is_lost = False
        self.is_running = True
        self.is_settled = False

    @property
    def settles(self) -> bool:
        """Whether the conditions of the request are done with, for what the view calls now.

        They are about the target of the request (§13.1). A view that has written and then calls
        the one that reads, as in ``return self.get(id)``, would have them compared with what
        it has just written.
        """
        if not self.is_running:
            return False
        return self.is_settled or self.is_confirmed or self.plan.is_safe or bool(self.plan.guard)

    @property
    def noun(self) -> str:
        """What the resource is called in sentences to the client."""
        return self.plan.noun

    def find(self) -> T | None:
        """Load the target."""
        found: T | None = self.source.find(self.args, self.url_values)
        return found

    def read(self, target: Any) -> State:
        """Read the state off a target or a written row, in the variant that is selected."""
        state = self.source.state_of(target)
        return self.select(state) if self.plan.vary else state

    def see_that_the_tag_moved(self, written: object) -> None:
        """Refuse a written row whose tag is the compared one, though it tells something else.

        :raises SetupError: when somebody who has the tag would overwrite what was written.
        """
        before, after = self.validators, self.written
        if written is self.target or before is ABSENT or after is None or after is ABSENT:
            return
        if after.etag is not None and after.etag == before.etag:
            from .kept import see_that_it_tells_the_same  # most writes move it

            see_that_it_tells_the_same(self, written)

    def select(self, state: State) -> State:
        """Give the state of the variant that the request selects."""
        if not self.plan.vary or state is ABSENT or state.etag is None:
            return state
        tag = tag_of_variant(state.etag, self.plan.vary, self.request.headers)
        return Validators(tag, state.last_modified, state.strong_date)

    def load(self) -> None:
        """Load the target and read its state."""
        replica = self.plan.replica
        if replica is not None and self._is_answered_by(replica):
            return
        if self.plan.loads_in_order:
            self.validators = self._load_in_order(self.source)
            return
        self.target = self.source.find(self.args, self.url_values)
        state = self.source.state_of(self.target)
        self.validators = self.select(state) if self.plan.vary else state

    def _load_in_order(self, source: Source) -> State:
        """Load the target for a read, never with content that is older than its tag."""
        plan = self.plan
        assert plan.storage is not None
        find = partial(source.find, self.args, self.url_values)
        self.target, state, is_plain = plan.storage.load_in_order(self.source, find, plan.session)
        if is_plain:
            plan.loads_in_order = False
        return self.select(state)

    def _is_answered_by(self, replica: Source) -> bool:
        """Load the target from a replica, and tell whether that is as new as the client's copy.

        A client that has written holds a tag that the replica may not have seen yet. So a
        condition that the replica does not satisfy is put to the source itself.
        """
        sent = self.sent
        try:
            if self.plan.loads_in_order:
                self.validators = self._load_in_order(replica)
            else:
                self.target = replica.find(self.args, self.url_values)
                self.validators = self.read(self.target)
        except (NotFound, Gone):  # a loader such as first_or_404
            if sent is NOTHING_SENT:
                raise
            return False
        if sent is NOTHING_SENT:
            return True
        outcome = (decision := self.compare(self.validators)).outcome
        if self.validators is ABSENT or outcome is Outcome.FAILED:
            return False
        if sent.if_none_match is not None:
            return outcome is Outcome.NOT_MODIFIED
        return sent.if_range is None or decision.honours_range

    def admit(self, target: object) -> None:
        """Ask whether the one who asks may do this, before anything is told of the target.

        :raises Forbidden: when not.
        :raises SetupError: when the answer is ``None``, which nobody has meant.
        """
        allow = self.plan.allow
        if allow is None:
            return
        is_allowed = current_app.ensure_sync(allow)(target)
        if is_allowed is None:
            name = getattr(allow, "__name__", "the function")
            raise SetupError(f"allow= asks {name}(), which gave None; return True or False")
        if not is_allowed:
            raise Forbidden

    def judge(self) -> Decision:
        """Decide the request for the state that was loaded.

        :raises SetupError: when no condition could ever guard the write.
        """
        plan, state = self.plan, self.validators
        if self.is_settled:
            self.sent = NOTHING_SENT
            self.decision = self.compare(state)
            return self.decision
        requires = plan.requires
        if requires is not True and requires is not False:
            requires = self.requires
        if state is ABSENT:
            self.decision = self.compare(state, requires)
            return self.decision
        if requires and state.etag is not None and state.etag.weak:
            self._check_strength(state)
        sent = self.sent
        if plan.recognises and sent is not NOTHING_SENT:
            sent = recognise(sent, state.etag, plan)
        decision = decide_at_once(plan.method, sent, state, requires)
        if decision is None:
            decision = decide_in_full(plan.method, sent, state, requires, now)
        self.decision = decision
        return decision

    @property
    def requires(self) -> bool:
        """Whether the policy asks this request for a condition."""
        requires = self.plan.requires
        return requires if isinstance(requires, bool) else bool(requires(self.request))

    def compare(self, state: State, required: bool = False) -> Decision:
        """Decide the request for any state of its target."""
        plan = self.plan
        sent = self.sent
        if plan.recognises and state is not ABSENT and sent is not NOTHING_SENT:
            sent = recognise(sent, state.etag, plan)
        return decide(plan.method, sent, state, required, plan.creates, now)

    def form_of_tag(self, tag: Any) -> str:
        """Give the tag in the form in which the client's If-None-Match names it.

        A cache updates the copy whose tag the 304 has (RFC 9111 §4.3.4).
        """
        value = self.sent.if_none_match
        wire = str(tag)
        if value is None or value == wire:
            return wire
        return form_of(value, tag, suffixes=self.plan.suffixes, accepts_weakened=True) or wire

    def recheck(self) -> None:
        """Load and compare once more, for a guard that has just taken a lock.

        :raises PreconditionFailed: when the conditions no longer hold.
        """
        was_absent = self.validators is ABSENT
        self.load()
        if self.plan.allow is not None and self.target is not None:
            self.admit(self.target)
        # Where the target is gone, If-Match is not evaluated at all: that is a 404 elsewhere.
        has_changed = (self.validators is ABSENT) is not was_absent
        if has_changed or self.compare(self.validators).outcome is not Outcome.PERFORM:
            self.fail()

    def fail(self, cause: Exception | None = None) -> NoReturn:
        """Answer 412 because another write came first.

        Inside a guard the winner's state cannot be loaded yet: the flow does that, once the
        guard has been left.

        :raises PreconditionFailed: always.
        """
        self.is_lost = True
        lost = refusal(self, lose_race(self.decision), None)
        lost.inquiry = self
        self.give_up()
        raise lost from cause

    leave_open = tell_unknown

    def give_up(self) -> None:
        """Undo what a view has written that closes its race itself; a guard does so by itself."""
        if self.plan.guard is None and self.plan.storage is not None:
            self.plan.storage.give_up(self.target)

    def _check_strength(self, current: Validators) -> None:
        """Refuse a write to a target that no condition but ``*`` could ever guard."""
        if self.plan.is_safe or current.last_modified:
            return
        raise SetupError(
            f"{self.request.endpoint} takes writes, and the tag of its target, {current.etag}, "
            "is weak: If-Match never matches it (RFC 9110 §8.8.3.2). Give a strong tag that "
            'changes with every write, such as etag="version"'
        )


def inquiry_of(request: Request) -> Inquiry[Any] | None:
    """Give the inquiry that a request is at, if it has come to a guard."""
    kept: ref[Inquiry[Any]] | None = getattr(request, "_preconditions", None)
    return None if kept is None else kept()


def enter(context: RequestContext, inquiry: Inquiry[Any]) -> None:
    """Make an inquiry the one of its request, and take its conditions out of a read.

    Werkzeug's ``make_conditional``, which ``send_file`` and Flask-Compress call, would
    evaluate them again, against another tag and by other rules. ``Range`` stays where
    If-Range let it through (§13.1.5).

    The context keeps the inquiry, which knows its request: kept by the request, it would
    be a cycle, which only the garbage collector frees.
    """
    context._preconditions = inquiry  # type: ignore[attr-defined]
    context.request._preconditions = ref(inquiry)  # type: ignore[attr-defined]
    if inquiry.sent is NOTHING_SENT or not inquiry.plan.is_read:
        return
    environ = inquiry.request.environ
    for key in _CONDITIONS:
        if key in environ:
            del environ[key]
    # §13.2.2: a 304 is settled before a Range is looked at.
    honours_range = inquiry.decision.honours_range
    if inquiry.decision.outcome is Outcome.NOT_MODIFIED:
        honours_range = False
    if not honours_range and _RANGE in environ:
        del environ[_RANGE]


def leave(context: RequestContext, outer: Inquiry[Any]) -> None:
    """Give a request back the inquiry it was at before one guarded view called another."""
    context._preconditions = outer  # type: ignore[attr-defined]
    context.request._preconditions = ref(outer)  # type: ignore[attr-defined]
