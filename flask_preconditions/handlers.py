"""Refusals and the error handlers of an application."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.wrappers import Response

from .core import Outcome
from .exceptions import HTTPPrecondition
from .exceptions import MalformedCondition
from .exceptions import PreconditionFailed
from .exceptions import PreconditionRequired

_REFUSALS: dict[Outcome, type[HTTPPrecondition]] = {
    Outcome.MALFORMED: MalformedCondition,
    Outcome.FAILED: PreconditionFailed,
    Outcome.REQUIRED: PreconditionRequired,
}


def as_problem(error: HTTPPrecondition) -> Response:
    """Answer a refusal with its problem document, the current tag and ``no-store``.

    It is an error handler. One for :class:`.HTTPPrecondition` comes before one for
    ``HTTPException``, which an application or a framework may have::

        app.register_error_handler(HTTPPrecondition, as_problem)

    :param error: the refusal.
    """
    return error.get_response()


def rewritten_outcomes(app: Flask, endpoint: str) -> frozenset[Outcome]:
    """Tell which refusals of a view an error handler of the application answers its own way.

    :param endpoint: the name of the view.
    """
    return frozenset(
        outcome for outcome, refusal in _REFUSALS.items() if is_rewritten(app, endpoint, refusal)
    )


def is_rewritten(app: Flask, endpoint: str, refusal: type[HTTPPrecondition]) -> bool:
    """Tell whether an error handler of the application answers a refusal of a view its own way."""
    return handler_for(app, endpoint, refusal) not in (None, as_problem)


def handler_for(
    app: Flask, endpoint: str, refusal: type[HTTPPrecondition]
) -> Callable[[Any], Any] | None:
    """Find the error handler that Flask gives a refusal of a view to.

    As Flask does: those of its code, then those of any; in each, its blueprints from the
    innermost, then the application; in each, its class, then the classes above it.
    """
    scopes: list[str | None] = []
    place = endpoint
    while place := place.rpartition(".")[0]:
        scopes.append(place)
    for code in (refusal.code, None):
        for scope in (*scopes, None):
            known = app.error_handler_spec.get(scope, {}).get(code, {})
            for kind in refusal.__mro__:
                if kind in known:
                    return known[kind]
    return None
