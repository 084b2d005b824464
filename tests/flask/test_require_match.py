from typing import Any

import pytest
from flask import Flask
from flask import request
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import Unauthorized

from flask_preconditions import PreconditionFailed
from flask_preconditions import SetupError
from flask_preconditions import conditional
from flask_preconditions import precondition
from flask_preconditions import require_match

from .conftest import MakeClient
from .conftest import Store


def test_a_write_with_the_current_tag_runs_the_view(store: Store, make_client: MakeClient) -> None:
    assert make_client().put("/article", headers={"If-Match": '"v1"'}).status_code == 200
    assert store.runs == 1


def test_a_write_with_a_stale_tag_never_runs_the_view(
    store: Store, make_client: MakeClient
) -> None:
    assert make_client().put("/article", headers={"If-Match": '"v0"'}).status_code == 412
    assert store.runs == 0


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_write_without_a_condition_is_428(
    store: Store, make_client: MakeClient, method: str
) -> None:
    assert make_client().open("/article", method=method).status_code == 428
    assert store.runs == 0


def test_a_malformed_condition_is_400_and_never_no_condition(
    store: Store, make_client: MakeClient
) -> None:
    client = make_client(require="none")
    response = client.put("/article", headers={"If-Match": "v1"})
    assert response.status_code == 400
    assert store.runs == 0


def test_a_read_of_a_current_copy_is_304_before_the_view_runs(
    store: Store, make_client: MakeClient
) -> None:
    response = make_client().get("/article", headers={"If-None-Match": 'W/"v1"'})
    assert response.status_code == 304
    assert response.data == b""
    assert store.runs == 0


def test_the_target_is_loaded_once(store: Store, make_client: MakeClient) -> None:
    make_client().put("/article", headers={"If-Match": '"v1"'})
    assert store.loads == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("value", ["*", '"v1"', "unquoted"])
def test_an_absent_target_is_404_whatever_the_condition(
    store: Store, make_client: MakeClient, method: str, value: str
) -> None:
    store.article = None
    response = make_client().open("/article", method=method, headers={"If-Match": value})
    assert response.status_code == 404


def test_create_lets_put_make_the_target_if_nothing_is_there(
    store: Store, make_client: MakeClient
) -> None:
    client = make_client(create=True)
    assert client.put("/article", headers={"If-None-Match": "*"}).status_code == 412
    store.article = None
    assert client.put("/article").status_code == 428
    assert client.put("/article", headers={"If-None-Match": "*"}).status_code == 200


def test_create_never_resurrects_a_deleted_target(store: Store, make_client: MakeClient) -> None:
    store.article = None
    response = make_client(create=True).put("/article", headers={"If-Match": '"v1"'})
    assert response.status_code == 412
    assert response.json["reason"] == "absent"
    assert store.runs == 0


def test_create_is_for_put_alone(store: Store, make_client: MakeClient) -> None:
    store.article = None
    client = make_client(create=True)
    assert client.patch("/article", headers={"If-None-Match": "*"}).status_code == 404


def test_a_stale_tag_with_a_broken_body_is_412(make_client: MakeClient) -> None:
    response = make_client().put(
        "/article", headers={"If-Match": '"v0"'}, data="{", content_type="application/json"
    )
    assert response.status_code == 412


def test_options_ignores_preconditions(store: Store, make_client: MakeClient) -> None:
    assert make_client().options("/article", headers={"If-Match": '"v0"'}).status_code == 200
    assert store.loads == 0


def test_a_head_412_has_no_body(make_client: MakeClient) -> None:
    response = make_client().head("/article", headers={"If-Match": '"v0"'})
    assert response.status_code == 412
    assert response.data == b""


def test_several_lines_of_a_field_are_one_list(make_client: MakeClient) -> None:
    headers = [("If-Match", '"v0"'), ("If-Match", '"v1"')]
    assert make_client().put("/article", headers=headers).status_code == 200


def test_authorisation_outside_the_guard_comes_first() -> None:
    app = Flask(__name__)

    @app.before_request
    def who() -> None:
        raise Unauthorized

    @app.put("/")
    @require_match(lambda: {"rev": "1"}, etag="rev")
    def view() -> str:
        raise AssertionError

    assert app.test_client().put("/", headers={"If-Match": '"0"'}).status_code == 401


def test_the_loader_gets_the_url_values_it_names() -> None:
    app = Flask(__name__)

    def load(book: str, page: int = 1, **rest: object) -> dict[str, str]:
        return {"rev": f"{book}-{page}-{sorted(rest)}"}

    def only_book(book: str) -> dict[str, str]:
        return {"rev": book}

    @app.get("/<book>/<int:page>/<line>")
    @conditional(load, etag="rev")
    def deep(book: str, page: int, line: str) -> str:
        return "deep"

    @app.get("/<book>/<int:page>")
    @conditional(only_book, etag="rev")
    def flat(book: str, page: int) -> str:
        return "flat"

    client = app.test_client()
    assert client.get("/a/2/x").headers["ETag"] == "\"a-2-['line']\""
    assert client.get("/a/2").headers["ETag"] == '"a"'


def test_require_can_name_methods_or_ask_a_function(make_client: MakeClient) -> None:
    only_delete = make_client(require={"DELETE"})
    assert only_delete.put("/article").status_code == 200
    assert only_delete.delete("/article").status_code == 428
    by_version = make_client(require=lambda request: request.headers.get("Api") != "1")
    assert by_version.put("/article").status_code == 428
    assert by_version.put("/article", headers={"Api": "1"}).status_code == 200


def test_require_warn_lets_through_but_still_compares(make_client: MakeClient) -> None:
    client = make_client({"PRECONDITIONS_REQUIRE": "warn"})
    assert client.put("/article").status_code == 200
    assert client.put("/article", headers={"If-Match": '"v0"'}).status_code == 412


def test_conditional_asks_for_nothing(store: Store) -> None:
    app = Flask(__name__)

    @app.put("/")
    @conditional(store.load, etag="rev")
    def view() -> str:
        return "done"

    client = app.test_client()
    assert client.put("/").status_code == 200
    assert client.put("/", headers={"If-Match": '"v0"'}).status_code == 412


def test_a_guard_wraps_the_view_alone(store: Store, make_client: MakeClient) -> None:
    from contextlib import contextmanager

    seen: list[object] = []

    @contextmanager
    def guard(match: Any) -> Any:
        seen.append((match.target, store.runs))
        yield
        seen.append(store.runs)

    client = make_client(guard=guard)
    client.put("/article", headers={"If-Match": '"v0"'})
    assert seen == []
    client.put("/article", headers={"If-Match": '"v1"'})
    assert seen == [(store.article, 0), 1]


def test_the_apps_own_handler_of_412_gets_the_evidence(store: Store) -> None:
    app = Flask(__name__)

    @app.put("/")
    @require_match(store.load, etag="rev")
    def view() -> str:
        raise AssertionError

    @app.errorhandler(412)
    def refused(error: PreconditionFailed) -> tuple[str, int]:
        return f"{error.decision.reason} {error.current} {error.problem['status']}", 412

    response = app.test_client().put("/", headers={"If-Match": '"v0"'})
    assert response.text.startswith("changed Validators(etag=EntityTag(opaque='v1'")
    assert response.text.endswith("412")


def test_a_handler_of_every_error_leaves_304_alone(store: Store) -> None:
    app = Flask(__name__)

    @app.get("/")
    @conditional(store.load, etag="rev")
    def view() -> str:
        raise AssertionError

    @app.errorhandler(Exception)
    def anything(error: Exception) -> tuple[str, int]:
        return "an error", 500

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> tuple[str, int]:
        return "an error", 500

    response = app.test_client().get("/", headers={"If-None-Match": '"v1"'})
    assert response.status_code == 304
    assert response.data == b""


def test_precondition_names_the_target_and_the_decision(store: Store) -> None:
    app = Flask(__name__)

    @app.get("/")
    @conditional(store.load, etag="rev")
    def view() -> list[str]:
        assert precondition.target is store.article
        return [str(precondition.decision.outcome), request.method]

    assert app.test_client().get("/").json == ["perform", "GET"]


def test_precondition_outside_a_guarded_view_says_what_to_do() -> None:
    app = Flask(__name__)
    with app.test_request_context("/"), pytest.raises(SetupError, match="@require_match"):
        precondition.confirm(1)
