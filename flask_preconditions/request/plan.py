"""What was declared about a view, and what it comes to on one route of an application.

Whatever is the same for every request is found out once, at the first of them.
"""

import inspect
import logging
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from typing import Any
from typing import Protocol
from typing import cast
from weakref import WeakKeyDictionary

from flask import Flask
from flask import Request
from flask import current_app
from werkzeug.routing import Rule

from ..config import Policy
from ..core import INDIFFERENT_METHODS
from ..core import READ_METHODS
from ..core import SAFE_METHODS
from ..core import Decision
from ..core import State
from ..exceptions import SetupError
from ..placement import Placement
from ..placement import line_of
from ..problems import Draft
from .layers import Function as Function
from .layers import anchor_of as anchor_of
from .layers import check_order
from .layers import hands_on
from .layers import method_of as method_of
from .layers import only_reads
from .targets import Source
from .targets import constants_of

if TYPE_CHECKING:
    from .inquiry import Inquiry

Guard = Callable[["Inquiry[Any]"], AbstractContextManager[object]]
Allow = Callable[[Any], bool | Awaitable[bool]]

MARK = "__preconditions__"
"""The attribute of a decorated view that holds its :class:`Guarded`."""


@dataclass(slots=True)
class AppState:
    """What is known of an application, in ``app.extensions["preconditions"]``.

    :param policy: the defaults of its views.
    :param session: the SQLAlchemy session its models are loaded with: a ``Session``, a
        ``scoped_session`` or a function that gives the session of the request.
    :param is_set_up: whether somebody has set it up, by ``Preconditions``.
    :param asked: the endpoints whose views were seen to add fields that a 304 must have too.
        HEAD learns of it from GET, and a check inside a view from one before.
    """

    policy: Policy
    session: object = None
    is_set_up: bool = False
    asked: set[str] = field(default_factory=set)


class Storage(Protocol):
    """What is done about SQLAlchemy, which the flow does not know of."""

    def load_in_order(
        self, source: Source, find: Callable[[], Any], session: object
    ) -> tuple[Any, State, bool]:
        """Load a target for a read, never with content that is older than its tag."""

    def give_up(self, target: object) -> None:
        """Undo what a view without a guard has written before it was told of a lost race."""


class Guarded:
    """What ``@require_match`` was told about a view.

    :param source: where the target is.
    :param into: the keyword under which the view gets it.
    :param create: whether PUT creates an absent target.
    :param guard: what makes check and write one step.
    :param options: the view's own policy, over the application's.
    :param allow: tells whether the one who asks may do this to the target.
    :param place: where it was told.
    :param replica: where reads look first, which may be behind the source.
    :param storage: gives what is to be done about SQLAlchemy, where the application has it.
    """

    def __init__(
        self,
        source: Source,
        into: str | None = None,
        create: bool = False,
        guard: Guard | None = None,
        options: Mapping[str, object] | None = None,
        allow: Allow | None = None,
        place: Placement | None = None,
        replica: Source | None = None,
        storage: Callable[[], Storage | None] = lambda: None,
    ) -> None:
        self.source = source
        self.storage = storage
        self.replica = replica
        self.into = into
        self.create = create
        self.guard = guard
        self.options = options or {}
        self.allow = allow
        self.place = place
        self.last: Plan | None = None
        # A declaration may outlive an application, and an application a declaration.
        self.plans: WeakKeyDictionary[Flask, dict[tuple[object, ...], Plan]] = WeakKeyDictionary()

    @property
    def noun(self) -> str:
        """What the resource is called in sentences to the client."""
        return (self.into or self.source.noun or "resource").replace("_", " ")

    def describe(self) -> str:
        """Say in a few words what the guard compares and allows."""
        words = [self.source.describe()] + (["create"] if self.create else [])
        if self.replica is not None:
            words.append("from a replica first")
        if self.allow is not None:
            words.append(f"allow={getattr(self.allow, '__name__', repr(self.allow))}")
        return ", ".join(words + [f"{name}={value!r}" for name, value in self.options.items()])


class Plan:
    """How the requests of one method to one route are treated.

    :param app: the application; it is not kept.
    :param wrapper: the guarded view, and ``view`` what it guards; ``None`` inside a view.
    :param rule: the URL rule; ``None`` where a view is called without one.
    :param method: the method, see :func:`method_of_route`.
    :param posed: the method that a request class has made of it.
    """

    def __init__(
        self,
        app: Flask,
        guarded: Guarded,
        rule: Rule | None,
        method: str,
        wrapper: Function | None = None,
        view: Function | None = None,
        posed: str | None = None,
    ) -> None:
        self.rule = rule
        self.method = method
        self.anchor: object = None
        self.noun = guarded.noun
        self.place = guarded.place
        self.place_of_view = None if view is None else line_of(view)
        self.endpoint: str = rule.endpoint if rule is not None else ""
        state = state_of(app)
        self._asked = state.asked
        policy = state.policy
        if rule is not None:
            policy = policy.at(app, rule.endpoint)
        self.policy = policy = policy.override(guarded.options)
        self.is_indifferent = method in INDIFFERENT_METHODS
        self.is_safe = method in SAFE_METHODS
        self.is_read = method in READ_METHODS
        self.creates = guarded.create and method == "PUT"
        self.guard = None if self.is_safe else guarded.guard
        self.replica = guarded.replica if self.is_read else None
        self.session: object = getattr(guarded.guard, "session", None)
        self.storage = guarded.storage()
        # Whether the content may be read before what its tag tells of.
        named = (
            getattr(guarded.source, "etag", None),
            getattr(guarded.source, "last_modified", None),
        )
        self.loads_in_order = self.is_safe and any(named) and self.storage is not None
        self.allow = guarded.allow
        self.requires: bool | Callable[[Request], bool] = policy.requires(
            method
        ) or policy.requires(posed or method)
        self.only_warns = policy.only_warns
        self.log_level = logging.getLevelNamesMapping()[policy.log_level]
        disclose = policy.disclose
        self.shows = disclose if callable(disclose) else None
        self.tells_tag = callable(disclose) or disclose == "etag"
        self.tells_if_readable = disclose == "if-readable"
        self.suffixes = tuple(policy.etag_suffixes)
        self.vary = tuple(policy.vary)
        # A write is to the state, whichever variant's tag it carries.
        self.accepts_variants = bool(self.vary) and not self.is_safe
        self.recognises = bool(self.suffixes or policy.accept_weakened or self.accepts_variants)
        # §9.3.4: a success of PUT tells a tag only where the content is stored as it came.
        self.tells_written = not self.is_safe and (
            policy.put_etag != "never" if method == "PUT" else method != "DELETE"
        )
        self.resource = policy.resource
        if isinstance(self.resource, str):
            self.resource = endpoint_of(app, rule, self.resource)
        self.is_readable = self.resource is not None or (
            rule is not None and _is_readable(app, rule)
        )
        self._drafts: dict[tuple[object, ...], Draft] = {}
        # Whether answers are looked at for mistakes.
        self.is_watched = bool(app.debug or app.testing)
        self.is_async = inspect.iscoroutinefunction(view)
        # A decorator may hand on by position what Flask gave it by name.
        self.places = _places_of(view)
        outermost = app.view_functions.get(rule.endpoint) if rule else None
        self.method_of_class = method_of(outermost, method)
        self.keyword = self._choose_keyword(guarded, view)
        self.hands_on = hands_on(outermost, self.method_of_class, wrapper)
        # A view that writes may show the target by calling the one that reads.
        self.only_reads = not self.is_safe and only_reads(app, wrapper)
        # Flask-RESTful and Flask-RESTX put themselves before the error handlers of Flask.
        self.is_reworded = "handle_user_exception" in vars(app)
        self.declares = bool(self.vary or policy.cache_control or policy.headers)
        if rule is not None:
            guarded.source.check_route(frozenset(rule.arguments), constants_of(rule))
            check_order(self.method_of_class or outermost, wrapper)

    @property
    def asks_view(self) -> bool:
        """Whether the view was seen to add fields that a 304 must have too."""
        return self.endpoint in self._asked

    def ask_view(self) -> None:
        """Run the view for the 304, too, from now on."""
        self._asked.add(self.endpoint)

    def draft(self, decision: Decision, readable: bool, creates: bool, tells_tag: bool) -> Draft:
        """Give the problem document of a kind of refusal, to be filled in."""
        kind = (decision.reason, decision.decided_by, readable, creates, tells_tag)
        try:
            return self._drafts[kind]
        except KeyError:
            draft = Draft(
                decision,
                noun=self.noun,
                base_url=self.policy.problem_base_url,
                readable=readable,
                creates=creates,
                tells_tag=tells_tag,
            )
            return self._drafts.setdefault(kind, draft)

    def _choose_keyword(self, guarded: Guarded, view: Function | None) -> str | None:
        """Choose the keyword under which the view gets the target."""
        noun = guarded.source.noun
        if guarded.into or noun is None or view is None:
            return guarded.into
        method = self.method_of_class
        if method is not None and anchor_of(method) is not anchor_of(view):
            # A class-based view takes anything, and hands it on to the method that answers.
            return noun if _asks_for(method, noun) else None
        return noun if _asks_for(view, noun) else None


def absolute(resource: str, endpoint: str) -> str:
    """Give the whole name of an endpoint that another one names, as ``url_for`` does.

    :param resource: the name; one that begins with a dot is of the same blueprint.
    """
    if not resource.startswith("."):
        return resource
    return f"{endpoint.rpartition('.')[0]}{resource}".lstrip(".")


def endpoint_of(app: Flask, rule: Rule | None, resource: str) -> str:
    """Give the endpoint where the target of an action can be read.

    :param resource: its name, or one that begins with a dot, of the same blueprint.
    :raises SetupError: when it answers no GET, or takes another value than the URL gives.
    """
    name = absolute(resource, str(rule.endpoint) if rule else "")
    reads = [
        r for r in app.url_map.iter_rules() if r.endpoint == name and "GET" in (r.methods or ())
    ]
    if not reads:
        raise SetupError(
            f"resource={resource!r}, but no view of that endpoint answers GET; name one that does"
        )
    given = rule.arguments if rule else set()
    missing = min((sorted(r.arguments - given - set(r.defaults or ())) for r in reads), key=len)
    if rule is not None and missing and not app.url_default_functions:
        raise SetupError(
            f"resource={resource!r} takes {missing[0]}, and {rule.rule} does not give it; give a "
            f"function of the target: resource=lambda target: url_for({resource!r}, "
            f"{missing[0]}=…)"
        )
    return name


def _is_readable(app: Flask, rule: Rule) -> bool:
    """Tell whether every URL of a rule answers GET; where not, a single one still may."""
    return any(
        "GET" in (other.methods or ()) and other.rule == rule.rule
        for other in app.url_map.iter_rules()
        if (other.subdomain, other.host) == (rule.subdomain, rule.host)
    )


def _places_of(view: Function | None) -> tuple[str, ...]:
    """Name the parameters of a view in their order."""
    if view is None:
        return ()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(view).parameters.values()
    return tuple(p.name for p in parameters if p.kind in kinds)


def _asks_for(function: Function | None, name: str) -> bool:
    if function is None:
        return False
    parameter = inspect.signature(function).parameters.get(name)
    return parameter is not None and parameter.kind in (
        parameter.POSITIONAL_OR_KEYWORD,
        parameter.KEYWORD_ONLY,
    )


def state_of(app: Flask) -> AppState:
    """Give what is known of an application; read from its config when nobody set it up."""
    try:
        return cast(AppState, app.extensions["preconditions"])
    except KeyError:
        state = AppState(Policy.from_config(app.config))
        app.extensions["preconditions"] = state
        return state


def current_state() -> AppState:
    """Give what is known of the current application."""
    return state_of(current_app._get_current_object())  # type: ignore[attr-defined]


def method_of_route(request: Request) -> str:
    """Give the method that counts: the one that was routed.

    A request class may let a field rewrite ``request.method`` after the routing. A POST
    that poses as GET stays a write; a GET that poses as PUT, which the view would take
    for a write, becomes one.
    """
    method: str = request.environ["REQUEST_METHOD"].upper()
    if request.method == method or method not in SAFE_METHODS or request.method in SAFE_METHODS:
        return method
    return request.method if request.method in ("DELETE", "PATCH", "PUT") else "POST"


def plan_for(
    app: Flask,
    guarded: Guarded,
    request: Request,
    wrapper: Function | None = None,
    view: Function | None = None,
    anchor: object = None,
) -> Plan:
    """Give the plan of a request, and make it at the first one.

    :param anchor: tells the views apart that share a declaration.

    :raises SetupError: when the declaration does not fit the route.
    """
    rule, method = request.url_rule, request.environ["REQUEST_METHOD"]
    posed = request.method
    last = guarded.last  # nearly always the same one, and the look-up is dear
    if (
        last is not None
        and rule is not None
        and last.rule is rule
        and last.method == method == posed
        and last.anchor is anchor
    ):
        return last
    if method != posed:
        method = method_of_route(request)
    try:
        plan: Plan = guarded.plans[app][id(rule), method, posed, anchor]
        if plan.rule is rule:
            guarded.last = plan
            return plan
    except KeyError:
        pass
    plan = Plan(app, guarded, rule, method, wrapper, view, posed)
    plan.anchor = anchor
    guarded.plans.setdefault(app, {})[id(rule), method, posed, anchor] = plan
    return plan
