"""PUT with If-None-Match: * creates, and one of two creators is told so."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import request
from sqlalchemy.exc import IntegrityError

from .conftest import Database
from .conftest import Send
from .models import User

CREATE = {"If-None-Match": "*"}
BY_NAME: dict[str, Any] = {
    "load": User,
    "rule": "/users/<name>",
    "path": "/users/ada",
    "create": True,
}
RIVAL = "INSERT INTO users (name, email, version) VALUES ('ada', 'theirs', 4)"


@pytest.fixture(params=["adds", "flushes", "commits"])
def put_user(request: pytest.FixtureRequest, db: Database) -> Any:
    """A view that is overtaken by ``rivals``, and writes in one of three ways."""

    def make(*rivals: str) -> Any:
        def view(name: str, user: User | None) -> tuple[str, int]:
            db.rival(*rivals)
            if user is not None:
                user.email = "mine"
                return "", 204
            db.session.add(User(name=name, email="mine"))
            if request.param == "flushes":
                db.session.flush()
            if request.param == "commits":
                db.session.commit()
            return "", 201

        return view

    return make


def test_an_absent_target_is_created(put_user: Any, db: Database, send: Send) -> None:
    response = send(put_user(), "PUT", CREATE, **BY_NAME)
    assert response.status_code == 201
    assert "ETag" not in response.headers
    assert db.rows("SELECT name, email, version FROM users") == [("ada", "mine", 1)]


def test_a_create_tells_the_new_tag_where_it_may(put_user: Any, send: Send) -> None:
    response = send(put_user(), "PUT", CREATE, put_etag="always", **BY_NAME)
    assert response.headers["ETag"] == '"1"'


def test_what_exists_is_not_created_again(put_user: Any, db: Database, send: Send) -> None:
    db.rival(RIVAL)
    response = send(put_user(), "PUT", CREATE, **BY_NAME)
    assert (response.status_code, response.json["reason"]) == (412, "exists")


def test_what_exists_is_updated_by_its_tag(put_user: Any, db: Database, send: Send) -> None:
    db.rival(RIVAL)
    assert send(put_user(), "PUT", {"If-Match": '"4"'}, **BY_NAME).status_code == 204
    assert db.rows("SELECT email, version FROM users") == [("mine", 5)]


def test_a_create_without_a_condition_is_428(put_user: Any, send: Send) -> None:
    assert send(put_user(), "PUT", {}, **BY_NAME).status_code == 428


def test_if_match_never_creates(put_user: Any, db: Database, send: Send) -> None:
    assert send(put_user(), "PUT", {"If-Match": '"1"'}, **BY_NAME).status_code == 412
    assert db.rows("SELECT * FROM users") == []


def test_of_two_creators_one_gets_412(put_user: Any, db: Database, send: Send) -> None:
    response = send(put_user(RIVAL), "PUT", CREATE, **BY_NAME)
    assert response.status_code == 412
    assert response.json["reason"] == "lost-race"
    assert response.headers["ETag"] == '"4"'
    assert db.rows("SELECT email FROM users") == [("theirs",)]


def test_of_two_creators_without_a_condition_one_gets_412(
    put_user: Any, db: Database, send: Send
) -> None:
    response = send(put_user(RIVAL), "PUT", {}, require="none", **BY_NAME)
    assert (response.status_code, response.json["reason"]) == (412, "lost-race")


def test_a_key_taken_in_another_column_is_no_lost_race(
    put_user: Any, db: Database, send: Send
) -> None:
    rival = "INSERT INTO users (name, email, version) VALUES ('grace', 'mine', 1)"
    with pytest.raises(IntegrityError):
        send(put_user(rival), "PUT", CREATE, **BY_NAME)
    assert db.rows("SELECT name FROM users") == [("grace",)]


def test_a_key_taken_by_the_update_of_another_row_is_no_lost_race(
    put_user: Any, db: Database, send: Send
) -> None:
    db.rival(RIVAL, "INSERT INTO users (name, email, version) VALUES ('grace', 'mine', 1)")
    with pytest.raises(IntegrityError):
        send(put_user(), "PUT", {"If-Match": '"4"'}, **BY_NAME)
    assert db.rows("SELECT email FROM users WHERE name = 'ada'") == [("theirs",)]


def test_a_view_can_answer_a_taken_key_itself(db: Database, send: Send) -> None:
    db.rival("INSERT INTO users (name, email, version) VALUES ('grace', 'mine', 1)")

    def view(name: str, user: User | None) -> tuple[str, int]:
        db.session.add(User(name=name, email="mine"))
        try:
            db.session.flush()
        except IntegrityError:
            return "the address is taken", 409
        return "", 201

    assert send(view, "PUT", CREATE, **BY_NAME).status_code == 409


def test_a_create_by_the_key_of_the_table(db: Database, send: Send) -> None:
    def view(id: int, user: User | None) -> tuple[str, int]:
        assert request.method == "PUT"
        db.rival("INSERT INTO users (id, name, version) VALUES (5, 'theirs', 9)")
        db.session.execute(sa.insert(User), [{"id": id, "name": "mine"}])
        return "", 201

    where = {"rule": "/users/<int:id>", "path": "/users/5"}
    response = send(view, "PUT", CREATE, **(BY_NAME | where))
    assert (response.status_code, response.headers["ETag"]) == (412, '"9"')
