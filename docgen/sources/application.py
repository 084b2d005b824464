"""The application that runs the command: which of its routes are guarded, and how."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import fields
from functools import partial
from pathlib import Path

from flask import Flask

from flask_preconditions import GuardedRoute
from flask_preconditions import Policy
from flask_preconditions import guarded_routes
from flask_preconditions import openapi
from flask_preconditions.core import SAFE_METHODS
from flask_preconditions.core import Outcome
from flask_preconditions.handlers import rewritten_outcomes

APP_CONTENT = Path(__file__).parents[1] / "app_content"
"""The pages that a site has when an application guards something."""


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A method of a guarded route.

    :param summary: the first line of the view's docstring.
    :param condition: what a client sends with it.
    :param refusals: the outcomes that refuse it.
    :param problems: those of them that it answers with a problem document.
    :param compared: where its validators come from.
    :param policy: what it was told beside the defaults, as names and values.
    """

    method: str
    rule: str
    summary: str
    condition: str
    refusals: list[Outcome]
    problems: list[Outcome]
    compared: str
    policy: list[tuple[str, str]]


def list_routes(app: Flask) -> list[RouteRow]:
    """List the guarded methods of an application, in the order of its URL map."""
    defaults = policy_of(app)
    rows = []
    for route in guarded_routes(app):
        policy = defaults.at(app, route.endpoint).override(route.guarded.options)
        summary = (app.view_functions[route.endpoint].__doc__ or "").strip().partition("\n")[0]
        rewritten = rewritten_outcomes(app, route.endpoint)
        for method in route.methods:
            refusals = list(_refusals(method, policy))
            rows.append(
                RouteRow(
                    method,
                    route.rule,
                    summary,
                    _condition(method, creates=route.guarded.create),
                    refusals,
                    [outcome for outcome in refusals if outcome not in rewritten],
                    route.guarded.source.describe(),
                    list(_told(route, policy)),
                )
            )
    return rows


def policy_of(app: Flask) -> Policy:
    """Give the policy that the views of an application start from."""
    state = app.extensions.get("preconditions")
    return state.policy if state else Policy.from_config(app.config)


def describe_app(app: Flask) -> str | None:
    """Give all that pages tell of an application; ``None`` when it guards nothing."""
    rows = list_routes(app)
    if not rows:
        return None
    policy = policy_of(app)
    told = [(option.name, _plain(getattr(policy, option.name))) for option in fields(Policy)]
    return f"{app.name}{rows}{json.dumps(openapi.document(app))}{told}"


def _condition(method: str, *, creates: bool) -> str:
    if method in SAFE_METHODS:
        return "`If-None-Match` with the tag you have, to save the transfer"
    condition = "`If-Match` with the tag you read"
    if creates and method == "PUT":
        condition += ", or `If-None-Match: *` to create"
    return condition


def _refusals(method: str, policy: Policy) -> Iterator[Outcome]:
    if method in SAFE_METHODS:
        yield Outcome.NOT_MODIFIED
        return
    yield from (Outcome.MALFORMED, Outcome.FAILED)
    asks = policy.require
    if callable(asks) or (asks == "unsafe" if isinstance(asks, str) else method in asks):
        yield Outcome.REQUIRED


def _told(route: GuardedRoute, policy: Policy) -> Iterator[tuple[str, str]]:
    plain = Policy()
    if route.guarded.create:
        yield "create", "True"
    for option in fields(Policy):
        value = getattr(policy, option.name)
        if value != getattr(plain, option.name):
            yield option.name, _plain(value)


def _plain(value: object) -> str:
    """Write a value down, the same in every process."""
    while isinstance(value, partial):
        value = value.func
    if callable(value):
        return str(getattr(value, "__qualname__", type(value).__qualname__))
    return repr(sorted(value) if isinstance(value, set | frozenset) else value)
