"""Created means inserted, by this request and nobody else."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import Session

from flask_preconditions import SetupError
from flask_preconditions.sqlalchemy import locked

from .conftest import Database
from .conftest import Send
from .conftest import on
from .models import Article
from .models import BlogPage
from .models import User

CREATE = {"If-None-Match": "*"}
RIVAL = "INSERT INTO users (name, email, version) VALUES ('ada', 'theirs', 4)"
BY_NAME: dict[str, Any] = {
    "load": User,
    "rule": "/users/<name>",
    "path": "/users/ada",
    "create": True,
}


def upsert(session: Session) -> None:
    clause = (
        "ON DUPLICATE KEY UPDATE email = 'mine'"
        if session.get_bind().dialect.name == "mysql"
        else "ON CONFLICT (name) DO UPDATE SET email = 'mine'"
    )
    session.execute(
        sa.text(f"INSERT INTO users (name, email, version) VALUES ('ada', 'mine', 1) {clause}")
    )


def look_again(session: Session) -> None:
    user = session.scalar(sa.select(User).where(User.name == "ada")) or User(name="ada")
    user.email = "mine"
    session.add(user)


def merge(session: Session) -> None:
    known = session.scalar(sa.select(User.id).where(User.name == "ada"))
    session.merge(User(id=known, name="ada", email="mine"))


def update(session: Session) -> None:
    changed = session.execute(sa.text("UPDATE users SET email = 'mine' WHERE name = 'ada'"))
    if not changed.rowcount:  # type: ignore[attr-defined]
        session.add(User(name="ada", email="mine"))


def insert(session: Session) -> None:
    session.execute(sa.insert(User), [{"name": "ada", "email": "mine"}])


def add(session: Session) -> None:
    session.add(BlogPage(body="log"))
    session.flush()
    session.add(User(name="ada", email="mine"))


def bulk(session: Session) -> None:
    session.bulk_save_objects([User(name="ada", email="mine")])


WAYS: list[Callable[[Session], None]] = [upsert, look_again, merge, update, insert, add, bulk]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("overtaken", [False, True])
@pytest.mark.parametrize("locks", [False, True])
def test_one_of_two_creators_is_told_so(
    locks: bool, overtaken: bool, way: Any, db: Database, send: Send
) -> None:
    def view(name: str, user: User | None) -> tuple[str, int]:
        assert request.method == "PUT"
        if overtaken:
            db.rival(RIVAL)
        way(db.session())
        return "", 201

    if locks and overtaken and db.engine.dialect.name != "postgresql":
        pytest.skip("the rival would wait for the lock of its own thread")
    options = BY_NAME | ({"guard": locked()} if locks else {})
    response = send(view, "PUT", CREATE, **options)
    assert response.status_code == (412 if overtaken else 201)
    assert db.rows("SELECT email FROM users") == [("theirs" if overtaken else "mine",)]


def test_a_key_that_the_view_folds_is_told_where_it_belongs(db: Database, send: Send) -> None:
    def view(name: str, user: User | None) -> tuple[str, int]:
        db.session.add(User(name=name.upper(), email="mine"))
        return "", 201

    if db.engine.dialect.name == "mysql":
        pytest.skip("its collation finds the folded name")
    with pytest.raises(SetupError, match="there is no User with name='ada'"):
        send(view, "PUT", CREATE, **BY_NAME)
    assert db.rows("SELECT * FROM users") == []


def test_nothing_created_is_no_success(db: Database, send: Send) -> None:
    with pytest.raises(SetupError, match="there is no User"):
        send(lambda name: ("", 201), "PUT", CREATE, **BY_NAME)
    assert send(lambda name: ("", 202), "PUT", CREATE, **BY_NAME).status_code == 202


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_an_upsert_that_cannot_be_proved_is_refused(db: Database, send: Send) -> None:
    on(db, db.engine.execution_options(isolation_level="READ COMMITTED"))

    def view(name: str, user: User | None) -> tuple[str, int]:
        upsert(db.session())
        return "", 201

    with pytest.raises(SetupError, match="only an INSERT under a unique key proves"):
        send(view, "PUT", CREATE, **BY_NAME)
    assert db.rows("SELECT * FROM users") == []


def test_what_was_created_can_be_written_again_in_a_second_transaction(
    db: Database, send: Send
) -> None:
    def view(name: str, user: User | None) -> tuple[str, int]:
        created = User(name=name, email="first")
        db.session.add(created)
        db.session.commit()
        created.email = "mine"
        return "", 201

    assert send(view, "PUT", CREATE, **BY_NAME).status_code == 201
    assert db.rows("SELECT email, version FROM users") == [("mine", 2)]


def test_two_rows_under_a_name_that_is_not_unique_are_no_two_creations(
    db: Database, send: Send
) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("the rival would wait for the lock of its own thread")
    inserted = []

    def view(title: str, article: Article | None) -> tuple[str, int]:
        inserted.append(Article(id=8, title=title))
        if db.engine.dialect.name == "postgresql":
            db.rival("INSERT INTO articles (id, title, version) VALUES (7, 'news', 1)")
        db.session.add(inserted[0])
        return "", 201

    path: dict[str, Any] = {"load": Article, "rule": "/<title>", "path": "/news", "create": True}
    response = send(view, "PUT", CREATE, **path)
    expected = 412 if db.engine.dialect.name == "postgresql" else 201
    assert response.status_code == expected
    assert len(db.rows("SELECT id FROM articles WHERE title = 'news'")) == 1
