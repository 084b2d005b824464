"""A guarded view that calls another: the conditions are about the target of the request."""

from datetime import UTC
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask import Response
from flask import redirect
from flask import send_file
from flask.testing import FlaskClient
from flask.views import MethodView

from flask_preconditions import SetupError
from flask_preconditions import precondition
from flask_preconditions import require_match

CURRENT = {"If-Match": '"1"'}


@pytest.fixture
def store() -> dict[str, Any]:
    return {"1": {"rev": 1, "text": "first"}}


@pytest.fixture
def client(store: dict[str, Any]) -> FlaskClient:
    app = Flask(__name__)
    app.testing = True
    guard = require_match(store.get, etag="rev", into="note")
    creating = require_match(store.get, etag="rev", into="note", create=True)

    class Note(MethodView):
        @guard
        def get(self, id: str, note: dict[str, Any]) -> dict[str, Any]:
            return note

        @creating
        def put(self, id: str, note: dict[str, Any] | None) -> Any:
            store[id] = {"rev": (note or {"rev": 0})["rev"] + 1, "text": "mine"}
            precondition.confirm(True)
            return self.get(id=id)

    app.add_url_rule("/notes/<id>", view_func=Note.as_view("note"))
    return app.test_client()


@pytest.mark.parametrize("tag", ['"1"', "*"])
def test_a_write_may_end_in_the_view_that_reads(
    client: FlaskClient, store: dict[str, Any], tag: str
) -> None:
    response = client.put("/notes/1", headers={"If-Match": tag})
    assert (response.status_code, response.json) == (200, {"rev": 2, "text": "mine"})
    assert client.put("/notes/1", headers=CURRENT).status_code == 412


def test_what_was_created_may_be_read_at_once(client: FlaskClient) -> None:
    response = client.put("/notes/2", headers={"If-None-Match": "*"})
    assert (response.status_code, response.json) == (200, {"rev": 1, "text": "mine"})
    assert client.put("/notes/2", headers={"If-None-Match": "*"}).status_code == 412


def test_the_tag_of_what_an_alias_shows_is_not_taken_for_its_own() -> None:
    notes = {1: {"rev": 1, "text": "one"}, 2: {"rev": 1, "text": "two"}}
    alias = {"rev": 2, "id": 2}
    app = Flask(__name__)

    @app.get("/notes/<int:id>")
    @require_match(lambda id: notes.get(id), etag="rev", into="note")
    def read(id: int, note: dict[str, Any]) -> str:
        return str(note["text"])

    @app.get("/alias")
    @require_match(lambda: alias, etag="rev", into="target")
    def show(target: dict[str, Any]) -> Any:
        return read(id=target["id"])

    response = app.test_client().get("/alias", headers={"If-None-Match": '"1"'})
    assert (response.status_code, response.text) == (200, "two")
    assert response.headers["ETag"] == '"2"'


@pytest.mark.parametrize("is_class", [True, False])
@pytest.mark.parametrize("tag", ['"1"', "*"])
def test_a_write_may_call_a_view_that_reads_before_it_confirms(is_class: bool, tag: str) -> None:
    notes = {"1": {"rev": 1, "text": "one", "list": "7"}}
    lists = {"7": {"rev": 9}}
    app = Flask(__name__)
    app.testing = True

    @app.get("/lists/<id>")
    @require_match(lists.get, etag="rev", into="target")
    def show(id: str, target: dict[str, Any]) -> Any:
        return target

    class Note(MethodView):
        @require_match(notes.get, etag="rev", into="note")
        def get(self, id: str, note: dict[str, Any]) -> dict[str, Any]:
            return note

        @require_match(notes.get, etag="rev", into="note")
        def put(self, id: str, note: dict[str, Any]) -> Any:
            before = self.get(id=id) if is_class else show(id=note["list"])
            notes[id] = {**note, "rev": note["rev"] + 1}
            precondition.confirm(True)
            return before

    app.add_url_rule("/notes/<id>", view_func=Note.as_view("note"))
    response = app.test_client().put("/notes/1", headers={"If-Match": tag})
    assert response.status_code == 200
    assert response.json["rev"] == (1 if is_class else 9)
    assert "ETag" not in response.headers
    assert app.test_client().put("/notes/1", headers={"If-Match": '"1"'}).status_code == 412


def test_a_write_that_calls_one_which_confirms_nothing_is_told() -> None:
    app = Flask(__name__)
    app.testing = True
    guard = require_match(lambda: {"rev": 1}, etag="rev")

    @app.patch("/note")
    @guard
    def edit() -> str:
        return "edited"

    @app.put("/note")
    @guard
    def save() -> Any:
        answer = edit()
        precondition.confirm(True)
        return answer

    with pytest.raises(SetupError, match="nothing says that the write of save"):
        app.test_client().put("/note", headers=CURRENT)


@pytest.mark.parametrize("status", [302, 303])
def test_a_redirect_does_not_hide_a_write_that_nothing_confirms(status: int) -> None:
    app = Flask(__name__)
    app.testing = True

    @app.put("/note")
    @require_match(lambda: {"rev": 1}, etag="rev")
    def save() -> Any:
        return redirect("/note", status)

    with pytest.raises(SetupError, match="nothing says that the write of save"):
        app.test_client().put("/note", headers=CURRENT)


def test_the_validators_of_a_file_do_not_stand_beside_those_of_the_target(tmp_path: Any) -> None:
    path = tmp_path / "file.txt"
    path.write_text("0123456789")
    now = datetime.now(UTC)
    app = Flask(__name__)

    @app.get("/file")
    @require_match(path.stat, last_modified=lambda stat: now)
    def show() -> Any:
        return send_file(path)

    with app.test_client().get("/file") as response:
        assert "ETag" not in response.headers
        assert "Last-Modified" not in response.headers


def test_a_304_comes_before_the_range(tmp_path: Any) -> None:
    path = tmp_path / "file.txt"
    path.write_text("0123456789")
    app = Flask(__name__)

    @app.get("/file")
    @require_match(path.stat, etag=lambda stat: "v1")
    def show() -> Any:
        return send_file(path)

    client = app.test_client()
    with client.get("/file") as response:
        assert response.status_code == 200  # from now on the view is asked
    for span in ("bytes=0-3", "bytes=50-"):
        response = client.get("/file", headers={"If-None-Match": '"v1"', "Range": span})
        assert (response.status_code, response.headers["ETag"]) == (304, '"v1"')


def test_a_response_of_an_earlier_write_answers_no_other() -> None:
    note = {"rev": 1}
    saved = Response("saved")
    app = Flask(__name__)

    @app.route("/", methods=["PUT", "PATCH"])
    @require_match(lambda: note, etag="rev", into="target")
    def save(target: dict[str, Any]) -> Response:
        precondition.confirm([{"rev": note["rev"] + 1}])
        note["rev"] += 1
        return saved

    client = app.test_client()
    app.testing = True
    for tag in ('"1"', '"2"'):
        assert client.put("/", headers={"If-Match": tag}).status_code == 200
    assert client.patch("/", headers={"If-Match": '"3"'}).headers["ETag"] == '"4"'
    with pytest.raises(SetupError, match="a Response that has answered another request"):
        client.put("/", headers={"If-Match": '"4"'})
