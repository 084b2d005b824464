"""Whole documents: a description of the guarded routes, an overlay, a tool's settings."""

import json
import re
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from ..exceptions import SetupError
from .apply import apply
from .apply import reference
from .components import Json
from .components import components
from .operations import Additions
from .operations import additions_of
from .operations import address_of
from .operations import policy_of
from .operations import rewritten_in
from .operations import template_of

_TYPES = {
    "IntegerConverter": {"type": "integer"},
    "FloatConverter": {"type": "number"},
    "UUIDConverter": {"type": "string", "format": "uuid"},
}


def document(app: Flask, *, required: bool = True) -> Json:
    """Describe the guarded routes, and nothing else, in OpenAPI 3.1.

    :param required: see :func:`apply`.
    :raises SetupError: when two hosts answer one path with guards that differ.
    """
    rules = {rule.rule: rule for rule in app.url_map.iter_rules()}
    told: dict[tuple[str, str], dict[str, Additions]] = {}
    spec: Json = {
        "openapi": "3.1.0",
        "info": {"title": app.name, "version": "0"},
        "paths": {},
    }
    for route, method, additions in additions_of(app, required=required):
        path = template_of(route.rule)
        hosts = told.setdefault((path, method), {})
        if any(host != route.host and known != additions for host, known in hosts.items()):
            raise SetupError(
                f"two hosts answer {method} {path} with guards that differ, and OpenAPI has one "
                "operation for a path: describe each host by itself, and apply() to it"
            )
        item = spec["paths"].setdefault(path, {})
        if parameters := _path_parameters(rules[route.rule]):
            item["parameters"] = parameters
        responses = {"2XX": {"description": "It was done."}}
        if method in ("GET", "HEAD"):
            responses = {"200": {"description": "The current version."}}
        if not (route.guarded.create and method == "PUT"):
            responses["404"] = {"description": "There is no such target."}
        item[method.lower()] = {**_summary(app, route.endpoint), "responses": responses}
        hosts[route.host] = additions
        if any(hosts):
            item[method.lower()]["servers"] = [_server(app, host) for host in hosts]
    return apply(spec, app, required=required)


def _server(app: Flask, host: str) -> Json:
    """Give the server of an operation; the description's own for an empty host."""
    address = address_of(app, host)
    server: Json = {"url": f"//{address}" if host else "/"}
    if names := re.findall(r"{([^}]*)}", address):
        server["variables"] = {name: {"default": name} for name in names}
    return server


def _summary(app: Flask, endpoint: str) -> Json:
    """Give the first line of a view's docstring as the summary of its operation."""
    text = (app.view_functions[endpoint].__doc__ or "").strip().partition("\n")[0]
    return {"summary": text} if text else {}


def _path_parameters(rule: Rule) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": _TYPES.get(type(rule._converters[name]).__name__, {"type": "string"}),
        }
        for name in re.findall(r"<(?:[^>]*:)?([^>]*)>", rule.rule)
    ]


def overlay(app: Flask, *, required: bool = True) -> Json:
    """Say the same as :func:`apply` as an Overlay (1.0), for any tool that applies one.

    An overlay cannot look first: it adds parameters without asking whether they are there.

    :param required: see :func:`apply`.
    """
    parts = components(policy_of(app).problem_base_url, rewritten_in(app))
    actions: list[Json] = [
        {
            "target": "$",
            "description": "What the guarded routes refer to.",
            "update": {"components": parts},
        }
    ]
    for route, method, additions in additions_of(app, required=required):
        target = f"$.paths['{template_of(route.rule)}'].{method.lower()}"
        responses = additions.responses.items()
        update: dict[str, Any] = {
            "responses": {status: reference("responses", name) for status, name in responses}
        }
        if additions.parameters:
            names = additions.parameters
            update["parameters"] = [additions.refer(reference, name) for name in names]
        actions.append({"target": target, "update": update})
        if additions.fields:
            fields = {name: reference("headers", name) for name in additions.fields}
            for status in ("200", "201") if method == "POST" else ("200",):
                success = f"{target}.responses['{status}']"
                actions.append({"target": success, "update": {"headers": fields}})
    return {
        "overlay": "1.0.0",
        "info": {"title": f"The preconditions of {app.name}", "version": "0"},
        "actions": actions,
    }


def schemathesis() -> str:
    """Give the lines of ``schemathesis.toml`` under which a guarded API passes.

    Schemathesis takes a 412 or 428 for the refusal of valid data, and expects neither where
    a required field is missing. The lists are its own (4.32), and these two.
    """
    return """\
# What a guarded API answers rightly, and Schemathesis does not expect by itself:
# 412 to a well-formed condition that is false (RFC 9110 section 15.5.13),
# 428 to a write without a condition (RFC 6585 section 3).
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "412", "428", "429", "5xx"]

[checks.negative_data_rejection]
expected-statuses = [
  "400", "401", "403", "404", "405", "406", "409", "412", "415", "422", "428", "429", "5xx",
]

[checks.missing_required_header]
expected-statuses = ["400", "401", "403", "406", "412", "415", "422", "428"]
"""


def dump(described: Json, form: str = "json") -> str:
    """Write a document as text.

    :param form: ``"json"``, or ``"yaml"`` where PyYAML is installed.
    :raises SetupError: when it is not.
    """
    if form == "json":
        return json.dumps(described, indent=2, ensure_ascii=False) + "\n"
    try:
        import yaml
    except ModuleNotFoundError:
        raise SetupError("YAML takes PyYAML; type: pip install PyYAML") from None
    plain = json.loads(json.dumps(described))  # without anchors for what is there twice
    return str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True))
