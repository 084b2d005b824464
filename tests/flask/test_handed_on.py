"""What stands above a guard may hand on other values, or another method, than Flask did."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
from flask import Flask
from flask import Request
from flask import request

from flask_preconditions import precondition
from flask_preconditions import require_match

Layer = Callable[[Callable[..., Any]], Callable[..., Any]]
CURRENT = {"If-Match": '"1"', "User": "mallory"}


def by_position(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def inner(id: str) -> Any:
        return view("2")  # old names live on

    return inner


def by_name(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def inner(id: str) -> Any:
        return view(id="2")

    return inner


@pytest.mark.parametrize("layer", [by_position, by_name])
@pytest.mark.parametrize("is_nameless", [False, True])
def test_the_guard_looks_at_the_target_that_the_view_gets(layer: Layer, is_nameless: bool) -> None:
    notes = {"1": {"rev": 1, "owner": "mallory"}, "2": {"rev": 1, "owner": "alice"}}
    load: Any = notes.get if is_nameless else lambda id: notes.get(id)
    app = Flask(__name__)
    app.testing = True

    @app.delete("/notes/<id>")
    @layer
    @require_match(
        load,
        etag="rev",
        into="note",
        allow=lambda note: note["owner"] == request.headers["User"],
    )
    def delete(id: str, note: dict[str, Any]) -> tuple[str, int]:
        precondition.confirm(notes.pop(id) is note)
        return "", 204

    client = app.test_client()
    assert client.delete("/notes/1", headers=CURRENT).status_code == 403
    assert len(notes) == 2
    assert client.delete("/notes/1", headers=CURRENT | {"User": "alice"}).status_code == 204
    assert list(notes) == ["1"]


class Posing(Request):
    """A request whose query says which method it is."""

    @property
    def method(self) -> str:  # type: ignore[override]
        return self.args.get("_method", self.environ["REQUEST_METHOD"])

    @method.setter
    def method(self, value: str) -> None: ...


def test_a_method_that_is_posed_as_needs_the_condition_that_it_needs() -> None:
    app = Flask(__name__)
    app.testing = True
    app.request_class = Posing

    @app.route("/note", methods=["POST", "DELETE"])
    @require_match(lambda: {"rev": 1}, etag="rev", require={"DELETE"})
    def note() -> tuple[str, int]:
        return "", 204

    client = app.test_client()
    assert client.post("/note").status_code == 204
    assert client.delete("/note").status_code == 428
    assert client.post("/note?_method=DELETE").status_code == 428
    assert client.post("/note").status_code == 204
