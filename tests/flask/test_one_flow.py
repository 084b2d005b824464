"""One request at a guarded view, in the corners where other software goes wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from flask import Request
from flask import Response
from flask import abort
from flask import redirect
from flask import request
from flask.cli import find_best_app
from flask.views import MethodView
from werkzeug.exceptions import HTTPException

from flask_preconditions import Inquiry
from flask_preconditions import SetupError
from flask_preconditions import conditional
from flask_preconditions import precondition
from flask_preconditions import require_match

from .conftest import Article
from .conftest import MakeClient
from .conftest import Store

CURRENT, STALE = {"If-Match": '"v1"'}, {"If-Match": '"v0"'}
HELD = {"If-None-Match": '"v1"'}


def reading(store: Store, view: Any = lambda: "text", **options: Any) -> Flask:
    app = Flask(__name__)
    app.get("/")(conditional(store.load, etag="rev", **options)(view))
    return app


def test_a_match_is_never_that_of_an_earlier_request(store: Store) -> None:
    app = reading(store)
    app.testing = True
    app.add_url_rule("/open", "open", lambda: str(precondition.target))
    with app.app_context():
        client = app.test_client()
        assert client.get("/").status_code == 200
        with pytest.raises(SetupError, match="outside a guarded view"):
            client.get("/open")


def test_flask_finds_the_factory_of_a_module_that_imports_the_proxy() -> None:
    module = ModuleType("shop")
    vars(module).update(precondition=precondition, create_app=lambda: Flask("shop"))
    assert find_best_app(module).name == "shop"


def test_a_request_to_itself_leaves_the_match_alone(store: Store) -> None:
    app = Flask(__name__)
    app.testing = True

    @app.get("/inner")
    @conditional(lambda: {"rev": "inner"}, etag="rev")
    def inner() -> str:
        return str(precondition.validators)

    @app.get("/")
    @conditional(store.load, etag="rev")
    def outer() -> str:
        inside = app.test_client().get("/inner").text
        assert "inner" in inside
        return str(precondition.validators)

    assert "v1" in app.test_client().get("/").text


def test_a_guarded_view_that_calls_another_keeps_its_own_match(store: Store) -> None:
    app = Flask(__name__)
    app.testing = True

    @conditional(lambda: {"rev": "inner"}, etag="rev")
    def inner() -> str:
        return str(precondition.validators)

    @app.get("/")
    @conditional(store.load, etag="rev")
    def outer() -> str:
        assert b"inner" in inner().data  # type: ignore[attr-defined]
        return str(precondition.validators)

    response = app.test_client().get("/")
    assert "v1" in response.text
    assert response.headers["ETag"] == '"v1"'


class Posing(Request):
    """A request class that lets a field rewrite the method, as some frameworks have it."""

    @property
    def method(self) -> str:  # type: ignore[override]
        return self.headers.get("X-Method", self.environ["REQUEST_METHOD"])

    @method.setter
    def method(self, value: str) -> None: ...


@pytest.mark.parametrize(("routed", "posing"), [("PUT", "GET"), ("GET", "PUT"), ("GET", "PURGE")])
def test_a_write_that_poses_as_a_read_is_guarded(store: Store, routed: str, posing: str) -> None:
    app = Flask(__name__)
    app.request_class = Posing

    @app.route("/", methods=["GET", "PUT"])
    @require_match(store.load, etag="rev")
    def view() -> str:
        store.runs += 1
        return "done"

    response = app.test_client().open("/", method=routed, headers={"X-Method": posing})
    assert (response.status_code, store.runs) == (428, 0)


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT"])
def test_a_method_without_a_representation_never_runs_a_guarded_function(
    store: Store, method: str
) -> None:
    app = Flask(__name__)

    @app.route("/", methods=["PUT", method])
    @require_match(store.load, etag="rev")
    def view() -> str:
        store.runs += 1
        return "done"

    response = app.test_client().open("/", method=method)
    assert response.status_code == (200 if method == "OPTIONS" else 405)
    assert "PUT" in response.headers["Allow"]
    assert store.runs == 0


def test_a_class_based_view_answers_options_with_its_own_method(store: Store) -> None:
    class Note(MethodView):
        decorators = (require_match(store.load, etag="rev"),)

        def put(self) -> str:
            raise AssertionError

        def options(self) -> str:
            return "own"

    app = Flask(__name__)
    app.add_url_rule("/", view_func=Note.as_view("note"))
    assert app.test_client().options("/").text == "own"


def adding(**added: Any) -> Any:
    def decorate(view: Any) -> Any:
        @wraps(view)
        def inner(*args: Any, **kwargs: Any) -> Any:
            return view(*args, **added, **kwargs)

        return inner

    return decorate


def test_a_loader_without_names_gets_the_values_of_the_url_alone() -> None:
    app = Flask(__name__)
    docs = {"1": {"rev": "a"}}

    @app.get("/<id>")
    @adding(user={"rev": "not the target"})
    @conditional(docs.get, etag="rev")
    def read(id: str, user: object) -> str:
        return id

    client = app.test_client()
    assert client.get("/1").headers["ETag"] == '"a"'
    assert client.get("/2").status_code == 404


def test_a_second_value_of_the_url_is_no_default_of_a_built_in_function() -> None:
    app = Flask(__name__)
    app.testing = True
    app.add_url_rule("/<a>/<b>", "read", conditional({}.get, etag="rev")(lambda a, b: ""))
    with pytest.raises(SetupError, match="write a function that names them"):
        app.test_client().get("/1/2")


def test_a_loader_may_ask_for_what_an_outer_decorator_adds_or_takes_out() -> None:
    app = Flask(__name__)

    def without_team(view: Any) -> Any:
        @wraps(view)
        def inner(team: str, **kwargs: Any) -> Any:
            return view(**kwargs, user=f"user of {team}")

        return inner

    def load(team: str, id: str, user: str) -> dict[str, str]:
        return {"rev": f"{team}/{id}/{user}".replace(" ", "-")}

    @app.get("/<team>/<id>")
    @without_team
    @conditional(load, etag="rev")
    def read(id: str, user: str) -> str:
        return id

    assert app.test_client().get("/a/1").headers["ETag"] == '"a/1/user-of-a"'


@pytest.mark.parametrize(
    "leave",
    [lambda: abort(Response(status=204)), lambda: abort(redirect("/done", 303))],
    ids=["204", "303"],
)
def test_a_view_that_leaves_with_a_success_leaves_its_guard_with_one(
    store: Store, leave: Any
) -> None:
    left: list[object] = []

    @contextmanager
    def guard(inquiry: Inquiry[Any]) -> Iterator[None]:
        yield
        assert inquiry.response is not None
        left.append(inquiry.response.status_code)

    app = Flask(__name__)
    app.put("/")(require_match(store.load, etag="rev", guard=guard)(leave))
    response = app.test_client().put("/", headers=CURRENT)
    assert left == [response.status_code]


def test_a_view_that_leaves_with_an_error_leaves_its_guard_with_it(store: Store) -> None:
    left: list[object] = []

    @contextmanager
    def guard(inquiry: Inquiry[Any]) -> Iterator[None]:
        try:
            yield
        except HTTPException as error:
            left.append(error.code)
            raise

    app = Flask(__name__)
    app.put("/")(require_match(store.load, etag="rev", guard=guard)(lambda: abort(409)))
    assert app.test_client().put("/", headers=CURRENT).status_code == 409
    assert left == [409]


@pytest.mark.parametrize(
    ("body", "status"),
    [({"title": "Hello"}, 204), ({"title": "U"}, 412), ({"x": 1}, 412), ([1], 412), ("s", 412)],
)
def test_a_body_of_another_shape_was_not_applied(store: Store, body: Any, status: int) -> None:
    app = Flask(__name__)

    def is_there(found: Article) -> bool:
        return bool(found.title == request.json["title"])

    guard = require_match(store.load, etag="rev", already_applied=is_there)
    app.patch("/")(guard(lambda: abort(500)))
    response = app.test_client().patch("/", json=body, headers=STALE)
    assert response.status_code == status
    if status == 204:
        assert response.headers["ETag"] == '"v1"'


def test_a_write_that_lost_the_race_to_its_own_repetition_succeeds(store: Store) -> None:
    app = Flask(__name__)

    @app.patch("/")
    @require_match(store.load, etag="rev", already_applied=lambda found: found.title == "new")
    def view() -> str:
        store.article = Article(rev="v2", title="new")
        precondition.confirm(0)
        raise AssertionError

    response = app.test_client().patch("/", headers=CURRENT)
    assert (response.status_code, response.headers["ETag"]) == (204, '"v2"')


def test_a_row_without_a_version_can_be_read_and_is_refused_to_writes(
    store: Store, make_client: MakeClient
) -> None:
    store.article = Article(rev=None, saved_at=None)
    client = make_client()
    read = client.get("/article")
    assert read.status_code == 200
    assert "ETag" not in read.headers
    assert client.put("/article", headers=CURRENT).status_code == 412
    assert client.put("/article").status_code == 428


def test_plans_end_with_the_applications_they_are_for(store: Store) -> None:
    guard = conditional(store.load, etag="rev")
    view = guard(lambda: "text")
    for _ in range(3):
        app = Flask(__name__)
        app.add_url_rule("/", "read", view)
        app.test_client().get("/")
    del app
    import gc

    gc.collect()
    assert len(view.__preconditions__.plans) == 0  # type: ignore[attr-defined]


def test_a_view_that_is_wrapped_anew_at_every_request_has_one_plan(store: Store) -> None:
    guard = conditional(store.load, etag="rev")

    class Note(MethodView):
        def dispatch_request(self, **kwargs: Any) -> Any:
            return guard(self.get)(**kwargs)

        def get(self) -> str:
            return "text"

    app = Flask(__name__)
    app.add_url_rule("/", view_func=Note.as_view("note"))
    for _ in range(3):
        assert app.test_client().get("/").headers["ETag"] == '"v1"'
    [plans] = guard(lambda: "").__preconditions__.plans.values()  # type: ignore[attr-defined]
    assert len(plans) == 1
