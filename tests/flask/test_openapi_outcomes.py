"""What a description promises of a write whose outcome may stay unknown."""

from typing import Any

from flask import Flask

from flask_preconditions import OutcomeUnknown
from flask_preconditions.handlers import as_problem
from flask_preconditions.openapi import document
from flask_preconditions.sqlalchemy import cas

from .test_openapi import Json
from .test_openapi import make_app


def responses_of_put(app: Flask) -> Json:
    put: Json = document(app)["paths"]["/articles/{id}"]["put"]
    return put["responses"]  # type: ignore[no-any-return]


def no_session() -> Any:
    raise AssertionError("nothing is sent")


def test_a_guard_that_commits_may_not_learn_what_became_of_it() -> None:
    assert "503" not in responses_of_put(make_app())
    guarded = responses_of_put(make_app(guard=cas(no_session)))
    assert guarded["503"] == {"$ref": "#/components/responses/OutcomeUnknown"}
    assert "503" not in responses_of_put(make_app(guard=cas(no_session, commit=False)))


def test_an_unknown_outcome_that_a_handler_rewrites_is_not_promised() -> None:
    app = make_app(guard=cas(no_session))
    app.register_error_handler(503, lambda error: ("later", 503))
    assert "503" not in responses_of_put(app)
    app.register_error_handler(OutcomeUnknown, as_problem)
    assert "503" in responses_of_put(app)
