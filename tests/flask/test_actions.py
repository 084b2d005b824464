"""An action changes a resource that is read at another URL, and its refusals say where."""

import re
from typing import Any

import pytest
from flask import Blueprint
from flask import Flask
from flask import url_for

from flask_preconditions import SetupError
from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions.audit import audit


def load(id: int) -> dict[str, Any] | None:
    return {"id": id, "rev": "v2"} if id < 9 else None


def clear(id: int) -> tuple[str, int]:
    precondition.confirm(True)
    return "", 204


def make_app(resource: Any, scope: Any = None) -> Flask:
    app = Flask(__name__)
    app.testing = True
    where: Any = app if scope is None else Blueprint(scope, __name__)

    @where.get("/lists/<int:id>")
    @require_match(load, etag="rev")
    def show(id: int) -> str:
        return "list"

    where.add_url_rule("/", "index", lambda: "index")
    where.add_url_rule("/items/<int:item_id>", "item", lambda item_id: "item")
    guard = require_match(load, etag="rev", resource=resource)
    where.post("/lists/<int:id>/clear-done")(guard(clear))
    if scope is not None:
        app.register_blueprint(where)
    return app


@pytest.mark.parametrize(
    ("resource", "scope"),
    [
        ("show", None),
        (".show", "shop"),
        ("shop.show", "shop"),
        (lambda found: url_for("show", id=found["id"]), None),
    ],
)
def test_a_refused_action_sends_the_client_to_the_resource(resource: Any, scope: Any) -> None:
    client = make_app(resource, scope).test_client()
    stale = client.post("/lists/1/clear-done?dry=1", headers={"If-Match": '"v1"'})
    assert stale.status_code == 412
    assert stale.json["next"] == {"action": "refetch", "method": "GET", "href": "/lists/1"}
    assert stale.json["current_etag"] == stale.headers["ETag"] == '"v2"'
    free = client.post("/lists/1/clear-done")
    assert free.status_code == 428
    assert free.json["next"] == {"action": "refetch", "method": "GET", "href": "/lists/1"}
    tag = client.get(free.json["next"]["href"]).headers["ETag"]
    assert client.post("/lists/1/clear-done", headers={"If-Match": tag}).status_code == 204
    assert client.post("/lists/9/clear-done").status_code == 404


def test_without_a_resource_there_is_nothing_to_read() -> None:
    client = make_app(None).test_client()
    stale = client.post("/lists/1/clear-done", headers={"If-Match": '"v1"'})
    assert stale.json["next"] == {"action": "none"}
    assert "current_etag" not in stale.json


def test_the_resource_is_below_the_prefix_of_the_application() -> None:
    client = make_app("show").test_client()
    stale = client.post("/lists/1/clear-done", base_url="http://localhost/api")
    assert stale.json["next"]["href"] == "/api/lists/1"


@pytest.mark.parametrize(
    ("resource", "text"),
    [
        (
            "shwo",
            "resource='shwo', but no view of that endpoint answers GET; name one that does",
        ),
        (
            "clear",
            "resource='clear', but no view of that endpoint answers GET; name one that does",
        ),
        (
            "item",
            "resource='item' takes item_id, and /lists/<int:id>/clear-done does not give it; give "
            "a function of the target: resource=lambda target: url_for('item', item_id=…)",
        ),
        (lambda found: found["key"], "resource= gave no URL: 'key'"),
    ],
)
def test_a_resource_that_cannot_be_read_is_a_mistake_of_the_set_up(
    resource: Any, text: str
) -> None:
    client = make_app(resource).test_client()
    with pytest.raises(SetupError, match=rf"^tests/flask/test_actions\.py:\d+: {re.escape(text)}$"):
        client.post("/lists/1/clear-done")


def test_a_function_that_fails_leaves_a_refusal_in_production() -> None:
    app = make_app(lambda found: found["key"])
    app.testing = False
    answer = app.test_client().post("/lists/1/clear-done")
    assert (answer.status_code, answer.json["next"]) == (428, {"action": "none"})


def test_a_resource_is_an_endpoint_or_a_function() -> None:
    with pytest.raises(SetupError, match="it must be an endpoint that answers GET, or a function"):
        require_match(load, etag="rev", resource=7)  # type: ignore[arg-type]


@pytest.mark.parametrize("resource", ["show", lambda found: "/"])
def test_the_audit_knows_where_the_target_of_an_action_is_read(resource: Any) -> None:
    found = [finding.rule.id for finding in audit(make_app(resource)).findings]
    assert "unreadable-target" not in found
    assert "unreadable-target" in [f.rule.id for f in audit(make_app(None)).findings]
