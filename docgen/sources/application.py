"""The application that runs the command, in the words of its clients."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from flask_preconditions import GuardedRoute
from flask_preconditions import Policy
from flask_preconditions import guarded_routes
from flask_preconditions.core import READ_METHODS
from flask_preconditions.core import Outcome
from flask_preconditions.handlers import rewritten_outcomes
from flask_preconditions.openapi.operations import address_of
from flask_preconditions.openapi.operations import may_be_unknown
from flask_preconditions.openapi.operations import template_of
from flask_preconditions.openapi.operations import validators_of
from flask_preconditions.problems import PROBLEM_TYPES
from flask_preconditions.problems import UNKNOWN
from flask_preconditions.problems import ProblemType

from . import sentences

APP_CONTENT = Path(__file__).parents[1] / "app_content"
"""The pages that a site has when an application guards something."""

_USUAL_ORDER = ("GET", "QUERY", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a guarded route.

    :param path: its path, with variables as OpenAPI writes them: ``/notes/{id}``.
    :param host: the whole name of its host; empty on the application's own.
    :param summary: what it does, by the docstring of the view.
    :param condition: what a client sends with it.
    :param promises: what else a client may rely on; sentences in Markdown, like ``condition``.
    :param refusals: the outcomes that refuse it.
    :param problems: those of them that it answers with a problem document.
    :param has_tag: whether the target has an entity tag; otherwise it has a date.
    :param refuses_bare: whether each request without a condition is refused.
    :param refuses_stale: whether each request with an old validator is refused.
    """

    endpoint: str
    method: str
    path: str
    summary: str
    condition: str
    promises: list[str]
    refusals: list[Outcome]
    problems: list[Outcome]
    has_tag: bool
    refuses_bare: bool
    refuses_stale: bool
    host: str = ""

    @property
    def address(self) -> str:
        """Its path, after its host where that is another than the application's own."""
        return self.host + self.path

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.method in READ_METHODS


@dataclass(frozen=True, slots=True)
class Unguarded:
    """Methods of a route that look at no condition.

    :param reason: why not, in a sentence.
    """

    methods: tuple[str, ...]
    path: str
    summary: str
    reason: str


def list_operations(app: Flask) -> list[Operation]:
    """List the guarded methods of an application, in the order of its URL map.

    A route's methods come as a client needs them: first it reads, then it writes.
    """
    defaults = policy_of(app)
    return [
        _operation(app, route, method, defaults.at(app, route.endpoint))
        for route in guarded_routes(app)
        for method in sorted(route.methods, key=_turn_of)
    ]


def _turn_of(method: str) -> int:
    return _USUAL_ORDER.index(method) if method in _USUAL_ORDER else len(_USUAL_ORDER)


def list_unguarded(app: Flask) -> list[Unguarded]:
    """List the routes that look at no condition, in the order of the URL map."""
    from flask_preconditions.audit import unguarded_routes  # most sites have no application

    return [
        Unguarded(
            route.methods,
            _host(app, route.host) + template_of(route.rule),
            _summary(app, route.endpoint),
            sentences.of_unguarded(route),
        )
        for route in unguarded_routes(app)
    ]


def policy_of(app: Flask) -> Policy:
    """Give the policy that the views of an application start from."""
    state = app.extensions.get("preconditions")
    return state.policy if state else Policy.from_config(app.config)


def problem_types(app: Flask, operations: list[Operation]) -> list[tuple[int, ProblemType, str]]:
    """List the problem types that guarded routes answer with: status, type and its URI."""
    base_url = policy_of(app).problem_base_url
    outcomes = {outcome for operation in operations for outcome in operation.problems}
    found = [
        (outcome.status or 0, problem, problem.uri(base_url))
        for outcome, problem in PROBLEM_TYPES.items()
        if outcome in outcomes
    ]
    if may_be_unknown(app):
        found.append((503, UNKNOWN, UNKNOWN.uri(base_url)))
    return found


def _operation(app: Flask, route: GuardedRoute, method: str, defaults: Policy) -> Operation:
    guarded = route.guarded
    policy = defaults.override(guarded.options)
    has_tag, has_date = validators_of(guarded)
    creates = guarded.create and method == "PUT"
    refusals = list(_refusals(method, policy))
    rewritten = rewritten_outcomes(app, route.endpoint)
    if method in READ_METHODS:
        condition = sentences.of_read(has_tag=has_tag)
        promises = sentences.of_caching(policy)
    else:
        condition = sentences.of_write(has_tag=has_tag, has_date=has_date, creates=creates)
        promises = sentences.of_policy(app, route.endpoint, method, policy, has_tag=has_tag)
    return Operation(
        route.endpoint,
        method,
        template_of(route.rule),
        _summary(app, route.endpoint, method),
        condition,
        list(promises),
        refusals,
        [outcome for outcome in refusals if outcome not in rewritten],
        has_tag,
        refuses_bare=Outcome.REQUIRED in refusals and not callable(policy.require),
        refuses_stale=policy.already_applied is None,
        host=_host(app, route.host),
    )


def _host(app: Flask, host: str) -> str:
    return address_of(app, host) if host else ""


def _refusals(method: str, policy: Policy) -> Iterator[Outcome]:
    if method in READ_METHODS:
        yield Outcome.NOT_MODIFIED
        return
    yield from (Outcome.MALFORMED, Outcome.FAILED)
    asks = policy.require
    if callable(asks) or (asks == "unsafe" if isinstance(asks, str) else method in asks):
        yield Outcome.REQUIRED


def _summary(app: Flask, endpoint: str, method: str = "") -> str:
    """Give the first line of a view's docstring, or of its method for a class of them."""
    view = app.view_functions[endpoint]
    of_class = getattr(getattr(view, "view_class", None), method.lower() or "get", None)
    text = inspect.getdoc(of_class) if of_class else view.__doc__
    return (text or "").strip().partition("\n")[0]
