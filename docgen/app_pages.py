"""The page about the application that runs the command: which of its routes are guarded."""

from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from flask_preconditions import Policy
from flask_preconditions import guarded_routes
from flask_preconditions.core import SAFE_METHODS

from .blocks import Slot
from .pages import FrontMatter
from .pages import Page

URL = "/your-api/"


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A method of a guarded route, and what a client must send with it."""

    method: str
    rule: str
    summary: str
    condition: str
    refusal: str


def list_routes(app: Flask) -> list[RouteRow]:
    """List the guarded methods of an application, in the order of its URL map."""
    state = app.extensions.get("preconditions")
    defaults: Policy = state.policy if state else Policy.from_config(app.config)
    rows = []
    for route in guarded_routes(app):
        policy = defaults.override(route.guarded.options)
        summary = (app.view_functions[route.endpoint].__doc__ or "").strip().partition("\n")[0]
        for method in route.methods:
            condition, refusal = _expectation(method, policy, creates=route.guarded.create)
            rows.append(RouteRow(method, route.rule, summary, condition, refusal))
    return rows


def make_app_page(app: Flask, section: str, template: Path) -> tuple[Page, Slot] | None:
    """Make the page "Your API"; none when the application guards nothing.

    :param section: the section of the menu it belongs to.
    :param template: the file to name in errors.
    """
    rows = list_routes(app)
    if not rows:
        return None
    meta = FrontMatter(
        title="Your API",
        description=f"The guarded routes of {app.name}, and what a client sends to them.",
        section=section,
        order=1000,
    )
    return Page(template, URL, meta, "", 1), Slot("app_routes", {"rows": rows, "app": app.name})


def _expectation(method: str, policy: Policy, *, creates: bool) -> tuple[str, str]:
    if method in SAFE_METHODS:
        return "If-None-Match, to save the transfer", "304 while it is unchanged"
    condition = "If-Match with the tag you read"
    if creates and method == "PUT":
        condition += ", or If-None-Match: * to create"
    if callable(policy.require):
        return condition, "412 when it is false, 428 where the app asks for it"
    is_required = (
        method in policy.require
        if not isinstance(policy.require, str)
        else policy.require == "unsafe"
    )
    return condition, "412 when it is false" + (", 428 without it" if is_required else "")
