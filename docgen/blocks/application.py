"""The application that runs the command; blocks for the pages in ``app_content``."""

from flask import Flask

from flask_preconditions.core import Outcome
from flask_preconditions.problems import PROBLEM_TYPES

from ..sources.application import list_routes
from ..sources.application import policy_of
from ..sources.errors import BlockError
from .slot import Slot
from .slot import Sources

STATUSES = {
    Outcome.NOT_MODIFIED: 304,
    Outcome.MALFORMED: 400,
    Outcome.FAILED: 412,
    Outcome.REQUIRED: 428,
}


def app_routes(sources: Sources) -> Slot:
    """Show what a client sends to each guarded route, and what it may get."""
    return Slot("app_routes", {"rows": list_routes(_app(sources)), "statuses": STATUSES})


def app_policies(sources: Sources) -> Slot:
    """Show what each guarded route compares, and what it was told."""
    return Slot("app_policies", {"rows": list_routes(_app(sources))})


def app_problems(sources: Sources) -> Slot:
    """Show the problem types that the guarded routes answer with."""
    app = _app(sources)
    rows = list_routes(app)
    outcomes = {outcome for row in rows for outcome in row.problems}
    is_rewritten = any(set(row.refusals) > set(row.problems) for row in rows)
    base_url = policy_of(app).problem_base_url
    problems = [
        (STATUSES[outcome], problem, problem.uri(base_url))
        for outcome, problem in PROBLEM_TYPES.items()
        if outcome in outcomes
    ]
    return Slot("app_problems", {"problems": problems, "is_rewritten": is_rewritten})


def _app(sources: Sources) -> Flask:
    if sources.app is None:
        raise BlockError("there is no application with guarded routes: flask --app NAME docgen …")
    return sources.app
