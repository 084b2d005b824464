"""Created means inserted, by this request and nobody else."""

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session
from sqlalchemy.orm import with_loader_criteria

from flask_preconditions import SetupError
from flask_preconditions.sqlalchemy import locked

from .conftest import Database
from .conftest import Send
from .conftest import on
from .models import Article
from .models import Author
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


AUTHORS: dict[str, Any] = {
    "load": Author,
    "rule": "/authors/<int:id>",
    "path": "/authors/5",
    "create": True,
    "put_etag": "always",
}
OTHERS = (
    "INSERT INTO people (id, kind, rev) VALUES (1, 'author', 4), (2, 'person', 8)",
    "INSERT INTO authors (id, pen_name) VALUES (1, 'other')",
)


def test_a_row_in_two_tables_is_created_beside_others(db: Database, send: Send) -> None:
    db.rival(*OTHERS)

    def view(id: int, author: None) -> tuple[str, int]:
        db.session.add(Author(id=id, pen_name="mine"))
        db.session.commit()
        found = db.session.get(Author, id)
        assert found is not None
        found.pen_name = "mine again"
        return "", 201

    response = send(view, "PUT", CREATE, **AUTHORS)
    assert (response.status_code, response.headers["ETag"]) == (201, '"2"')
    assert db.rows("SELECT id, rev FROM people ORDER BY id") == [(1, 4), (2, 8), (5, 2)]
    assert db.rows("SELECT pen_name FROM authors WHERE id = 5") == [("mine again",)]


@pytest.mark.parametrize("way", ["add", "merge"])
def test_of_two_creators_of_a_row_in_two_tables_one_is_told_so(
    way: str, db: Database, send: Send
) -> None:
    db.rival(*OTHERS)

    def view(id: int, author: None) -> tuple[str, int]:
        db.rival(
            "INSERT INTO people (id, kind, rev) VALUES (5, 'author', 7)",
            "INSERT INTO authors (id, pen_name) VALUES (5, 'theirs')",
        )
        getattr(db.session, way)(Author(id=id, pen_name="mine"))
        return "", 201

    response = send(view, "PUT", CREATE, **AUTHORS)
    assert (response.status_code, response.headers["ETag"]) == (412, '"7"')
    assert db.rows("SELECT pen_name FROM authors WHERE id = 5") == [("theirs",)]


@pytest.fixture
def filtered(db: Database) -> Iterator[None]:
    """Users whose email is gone are left out, as what is marked as deleted is."""

    def leave_out(execution: ORMExecuteState) -> None:
        if execution.is_select and "all" not in execution.execution_options:
            gone = with_loader_criteria(User, User.email != "gone")
            execution.statement = execution.statement.options(gone)

    sa.event.listen(Session, "do_orm_execute", leave_out)
    yield
    sa.event.remove(Session, "do_orm_execute", leave_out)


@pytest.mark.parametrize("way", ["adds", "restores"])
def test_a_row_that_a_filter_leaves_out_is_nobody_elses_creation(
    way: str, filtered: None, db: Database, send: Send
) -> None:
    db.rival("INSERT INTO users (name, email, version) VALUES ('ada', 'gone', 4)")

    def view(name: str, user: None) -> tuple[str, int]:
        if way == "adds":
            db.session.add(User(name=name, email="mine"))
            return "", 201
        every = sa.select(User).where(User.name == name).execution_options(all=True)
        db.session.scalars(every).one().email = "mine"
        return "", 201

    with pytest.raises(SetupError, match="was there before, and the select of the guard leaves it"):
        send(view, "PUT", CREATE, **BY_NAME)
    assert db.rows("SELECT email, version FROM users") == [("gone", 4)]
