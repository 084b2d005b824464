"""What a guarded route takes and answers, and how it is put into an operation."""

import re
from collections.abc import Callable
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from dataclasses import replace
from typing import Any

from flask import Flask

from ..config import Policy
from ..core import READ_METHODS
from ..core import SAFE_METHODS
from ..core import Outcome
from ..exceptions import OutcomeUnknown
from ..extension import GuardedRoute
from ..extension import guarded_routes
from ..handlers import is_rewritten
from ..handlers import rewritten_outcomes
from ..request.plan import Guarded
from ..request.plan import absolute
from ..request.targets import LoaderSource
from .components import RESPONSES
from .components import REWRITTEN
from .components import UNKNOWN_RESPONSE
from .components import Json

METHODS = frozenset({"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"})
"""The methods that OpenAPI 3.1 has operations for and that a guard looks at."""

Reference = Callable[[str, str], Any]
"""Writes a reference to a component, given its section and its name."""

Resolve = Callable[[Any], Any]
"""Gives what a reference stands for, and everything else as it is."""


@dataclass(frozen=True, slots=True)
class Additions:
    """What a guard adds to an operation, as names of components.

    :param responses: the name of the response by its status.
    :param fields: the fields of a success.
    :param source: where the tag of the parameters is read, if not at the same path.
    """

    parameters: tuple[str, ...]
    responses: dict[str, str]
    fields: tuple[str, ...]
    source: str | None = None

    def refer(self, reference: Reference, name: str) -> Any:
        """Refer to a parameter, and say where its value is read if that is elsewhere."""
        refers = reference("parameters", name)
        # A reference may have a description of its own (OpenAPI 3.1 §4.8.23).
        return {**refers, "description": self.source} if self.source else refers


def policy_of(app: Flask) -> Policy:
    """Give an application's policy, without setting the application up."""
    state = app.extensions.get("preconditions")
    return state.policy if state else Policy.from_config(app.config)


def additions_of(app: Flask, *, required: bool) -> Iterator[tuple[GuardedRoute, str, Additions]]:
    """List what the guards of an application add, by route and method.

    :param required: whether If-Match is a required parameter where the policy asks for it.
    """
    policy = policy_of(app)
    for route in guarded_routes(app):
        for method in route.methods:
            if method in METHODS:
                view_policy = policy.at(app, route.endpoint).override(route.guarded.options)
                additions = _additions(route.guarded, method, view_policy, required)
                if method in ("DELETE", "PATCH", "POST", "PUT"):
                    source = source_of(app, route.endpoint, view_policy)
                    additions = replace(additions, source=source)
                yield route, method, _without_promises(additions, app, route.endpoint)


def source_of(app: Flask, endpoint: str, policy: Policy) -> str | None:
    """Say where the target of an action is read; ``None`` where that is at its own URL."""
    resource = policy.resource
    if resource is None:
        return None
    if isinstance(resource, str):
        name = absolute(resource, endpoint)
        for rule in app.url_map.iter_rules():
            if rule.endpoint == name and "GET" in (rule.methods or ()):
                return (
                    f"A validator of what this changes, as GET {template_of(rule.rule)} tells it."
                )
    return "A validator of what this changes; `next` of a refusal says where it is read."


def rewritten_in(app: Flask) -> frozenset[Outcome]:
    """Tell which refusals of any guarded view an error handler of the application answers."""
    views = {route.endpoint for route in guarded_routes(app)}
    return frozenset[Outcome]().union(*(rewritten_outcomes(app, view) for view in views))


def _without_promises(additions: Additions, app: Flask, endpoint: str) -> Additions:
    """Take back what an error handler of the application may not keep."""
    responses = additions.responses | {
        RESPONSES[outcome][0]: REWRITTEN + RESPONSES[outcome][1]
        for outcome in rewritten_outcomes(app, endpoint)
        if RESPONSES[outcome][0] in additions.responses
    }
    if is_rewritten(app, endpoint, OutcomeUnknown):
        responses.pop(UNKNOWN_RESPONSE[0], None)
    return replace(additions, responses=responses)


def _additions(guarded: Guarded, method: str, policy: Policy, required: bool) -> Additions:
    has_tag, has_date = validators_of(guarded)
    fields = [name for name, has in (("ETag", has_tag), ("Last-Modified", has_date)) if has]
    if method in READ_METHODS:
        names = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
        parameters = [names[field] for field in fields]
        return Additions(tuple(parameters), dict([RESPONSES[Outcome.NOT_MODIFIED]]), tuple(fields))
    creates = guarded.create and method == "PUT"
    is_asked = _asks(policy, method)
    # One of two parameters cannot be described as required: on create, either will do.
    mode = "" if required and is_asked and not creates else "-optional"
    parameters = []
    if has_tag:
        parameters.append(f"If-Match{mode}")
    if creates:
        parameters.append("If-None-Match-any")
    if has_date:
        parameters.append(f"If-Unmodified-Since{'-optional' if has_tag else mode}")
    outcomes = [Outcome.MALFORMED, Outcome.FAILED]
    if is_asked or callable(policy.require):
        outcomes.append(Outcome.REQUIRED)
    tells = method != "DELETE" and (method != "PUT" or policy.put_etag != "never")  # §9.3.4
    responses = dict(RESPONSES[outcome] for outcome in outcomes)
    if commits(guarded):
        responses |= dict([UNKNOWN_RESPONSE])
    return Additions(tuple(parameters), responses, tuple(fields) if tells else ())


def commits(guarded: Guarded) -> bool:
    """Tell whether the guard of a view commits, and so may learn nothing of its commit."""
    return bool(getattr(guarded.guard, "commit", False))


def may_be_unknown(app: Flask) -> bool:
    """Tell whether any write of an application may be answered with an unknown outcome."""
    return any(
        UNKNOWN_RESPONSE[0] in additions.responses
        for _, _, additions in additions_of(app, required=True)
    )


def validators_of(guarded: Guarded) -> tuple[bool, bool]:
    """Tell whether the target of a guard has a tag, and whether it has a date."""
    source: Any = guarded.source
    has_date = getattr(source, "last_modified", None) is not None
    has_tag = getattr(source, "etag", None) is not None
    if not has_tag and not isinstance(source, LoaderSource):
        # The tag of a list is made of its rows, and that of a model is mostly its version.
        has_tag = bool(getattr(source, "is_versioned", True))
    return has_tag, has_date


def _asks(policy: Policy, method: str) -> bool:
    if callable(policy.require):
        return False
    if isinstance(policy.require, str):
        return policy.require == "unsafe" and method not in SAFE_METHODS
    return method in policy.require


def add(
    operation: Json, shared: list[Any], additions: Additions, refer: Reference, resolve: Resolve
) -> None:
    """Put what a guard adds into an operation. What is there already stays.

    :param shared: the parameters of the operation's path item.
    """
    parameters = operation.setdefault("parameters", [])
    known = {
        str(found.get("name", "")).lower()
        for found in map(resolve, [*parameters, *shared])
        if isinstance(found, dict) and found.get("in") == "header"
    }
    for name in additions.parameters:
        if resolve(refer("parameters", name))["name"].lower() not in known:
            parameters.append(additions.refer(refer, name))
    if not parameters:
        del operation["parameters"]
    described = operation.get("responses", {}).items()
    # Generators use numbers too, and members of http.HTTPStatus.
    responses = {str(int(s) if isinstance(s, int) else s): answer for s, answer in described}
    for status, response in responses.items():
        if status.startswith("2") and additions.fields:
            responses[status] = _with_fields(response, additions.fields, refer, resolve)
    for status, name in additions.responses.items():
        responses[status] = _with_problem(responses.get(status), name, refer, resolve)
    operation["responses"] = responses


def _with_fields(response: Any, fields: tuple[str, ...], refer: Reference, resolve: Resolve) -> Any:
    described = deepcopy(resolve(response))
    if not isinstance(described, dict):
        return response
    headers = described.setdefault("headers", {})
    for field in fields:
        headers.setdefault(field, refer("headers", field))
    return described


def _with_problem(response: Any, name: str, refer: Reference, resolve: Resolve) -> Any:
    """Answer with our problem, beside what the operation answers with the same status."""
    ours = refer("responses", name)
    if response is None:
        return ours
    theirs = resolve(response)
    content = resolve(ours).get("content", {})
    if not isinstance(theirs, dict) or content.keys() <= theirs.get("content", {}).keys():
        return response
    return {**theirs, "content": {**theirs.get("content", {}), **content}}


def template_of(rule: str) -> str:
    """Give the path template of a URL rule: ``/docs/<int:id>`` is ``/docs/{id}``."""
    return re.sub(r"<(?:[^>]*:)?([^>]*)>", r"{\1}", rule)


def address_of(app: Flask, host: str) -> str:
    """Give the whole name of the subdomain or host of a rule; variables as in a path template."""
    own = app.config["SERVER_NAME"]
    within = "" if app.url_map.host_matching or not own else f".{own}"
    return template_of(host) + within


def shape_of(path: str) -> str:
    """Give a URL rule or a path template without what it calls its variables."""
    return re.sub(r"<[^>]*>|\{[^}]*\}", "{}", path)
