"""Transactions of every shape: in two phases, with savepoints, and with commits that fail."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker

from flask_preconditions import SetupError
from flask_preconditions.sqlalchemy import locked

from .conftest import RIVAL
from .conftest import Database
from .conftest import Send
from .models import Article
from .models import BlogPage
from .models import Comment
from .models import User

only_on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
only_on_servers = pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)


# In two phases


def in_two_phases(db: Database) -> None:
    db.session.remove()
    db.session.configure(twophase=True)


def assigns(db: Database, article: Article) -> None:
    article.title = "mine"


def assigns_and_commits(db: Database, article: Article) -> None:
    article.title = "mine"
    db.session.commit()


def sends_sql(db: Database, article: Article) -> None:
    db.session.execute(sa.text("UPDATE articles SET title = 'mine'"))


def adds_a_child(db: Database, article: Article) -> None:
    article.title = "mine"
    db.session.flush()
    article.comments.append(Comment(text="mine"))


def begins_on_a_connection(db: Database, article: Article) -> None:
    db.session.commit()
    with db.engine.connect() as connection, connection.begin_twophase() as transaction:
        connection.execute(sa.text("UPDATE articles SET title = 'mine'"))
        transaction.prepare()
        transaction.commit()


def commits_without_preparing(db: Database, article: Article) -> None:
    db.session.commit()
    with db.engine.connect() as connection, connection.begin_twophase():
        connection.execute(sa.text("UPDATE articles SET title = 'mine'"))


WRITES = [
    *(assigns, assigns_and_commits, sends_sql, adds_a_child),
    *(begins_on_a_connection, commits_without_preparing),
]


@only_on_servers
@pytest.mark.parametrize("writes", WRITES, ids=lambda writes: writes.__name__)
@pytest.mark.parametrize("overtaken", [False, True])
def test_a_write_in_two_phases_is_compared(
    overtaken: bool, writes: Any, db: Database, send: Send
) -> None:
    in_two_phases(db)

    def view(id: int, article: Article) -> str:
        if overtaken:
            db.rival(RIVAL)
        writes(db, article)
        return "saved"

    response = send(view)
    assert response.status_code == (412 if overtaken else 200)
    assert db.article[0] == ("theirs" if overtaken else "mine")
    assert response.headers["ETag"] == f'"{db.article[1]}"' != '"1"'


@only_on_servers
def test_a_lock_is_held_in_two_phases(db: Database, send: Send) -> None:
    in_two_phases(db)

    def view(id: int, article: Article) -> str:
        article.title = "mine"
        return "saved"

    assert send(view, guard=locked(db.session)).status_code == 200
    assert db.article == ("mine", 2, 0)


@only_on_servers
def test_what_was_prepared_and_rolled_back_is_not_taken_for_written(
    db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        db.session.commit()
        with db.engine.connect() as connection:
            transaction = connection.begin_twophase()
            connection.execute(sa.text("UPDATE articles SET title = 'dropped'"))
            transaction.prepare()
            transaction.rollback()
        article.title = "mine"
        return "saved"

    response = send(view)
    assert (response.status_code, response.headers["ETag"]) == (200, '"2"')
    assert db.article == ("mine", 2, 0)


# Savepoints


# Commits that fail

DEFERRED = """
    CREATE TABLE deferred (id INT, user_id INT REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED)
"""


@pytest.fixture
def deferred(db: Database) -> Any:
    db.rival("DROP TABLE IF EXISTS deferred", DEFERRED)
    yield
    db.session.remove()
    db.rival("DROP TABLE deferred")


def add_an_orphan(db: Database) -> None:
    if db.engine.dialect.name == "sqlite":
        db.session.connection().exec_driver_sql("PRAGMA foreign_keys = ON")
    db.session.execute(sa.text("INSERT INTO deferred VALUES (1, 99)"))


@only_on_postgresql
@pytest.mark.usefixtures("deferred")
def test_a_constraint_that_fails_at_the_commit_is_no_lost_race(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        add_an_orphan(db)
        return "saved"

    with pytest.raises(sa.exc.IntegrityError):
        send(view)
    assert db.article == ("first", 1, 0)


@only_on_postgresql
@pytest.mark.usefixtures("deferred")
@pytest.mark.parametrize("overtaken", [False, True])
def test_a_commit_that_failed_is_tried_again_from_the_version_that_was_compared(
    overtaken: bool, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "dropped"
        add_an_orphan(db)
        with pytest.raises(sa.exc.IntegrityError):
            db.session.commit()
        db.session.rollback()
        if overtaken:
            db.rival(RIVAL)
        article.title = "mine"
        return "saved"

    response = send(view)
    assert response.status_code == (412 if overtaken else 200)
    assert db.article == (("theirs", 7, 0) if overtaken else ("mine", 2, 0))


@only_on_postgresql
@pytest.mark.usefixtures("deferred")
def test_a_create_that_failed_at_its_commit_is_tried_again(db: Database, send: Send) -> None:
    def view(name: str, user: User | None) -> tuple[str, int]:
        db.session.add(User(name=name, email="dropped"))
        add_an_orphan(db)
        with pytest.raises(sa.exc.IntegrityError):
            db.session.commit()
        db.session.rollback()
        db.session.add(User(name=name, email="mine"))
        return "", 201

    options: dict[str, Any] = {"load": User, "rule": "/users/<name>", "path": "/users/ada"}
    response = send(view, "PUT", {"If-None-Match": "*"}, create=True, **options)
    assert response.status_code == 201
    assert db.rows("SELECT email, version FROM users") == [("mine", 1)]


# More than one engine


@pytest.fixture
def twin(db: Database) -> Any:
    """Give a session whose articles are on the second of its engines."""
    engine = sa.create_engine(db.engine.url)
    db.session.remove()
    db.session.configure(binds={BlogPage: engine, Article: db.engine, Comment: db.engine})
    yield engine
    db.session.remove()
    engine.dispose()


@only_on_servers
@pytest.mark.usefixtures("twin")
@pytest.mark.parametrize("commits", [False, True])
def test_a_refusal_has_written_nothing_on_another_engine_of_the_session(
    commits: bool, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        db.session.add(BlogPage(body="mine"))
        db.session.flush()
        db.rival(RIVAL)
        article.comments.append(Comment(text="mine"))
        if commits:
            db.session.commit()
        return "saved"

    assert send(view).status_code == 412
    assert db.rows("SELECT body FROM blog_pages") == []
    assert db.article == ("theirs", 7, 0)


@pytest.mark.usefixtures("twin")
@only_on_servers
def test_another_engine_on_the_same_row_is_somebody_else(
    twin: sa.Engine, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        with Session(twin) as session:
            session.get(Article, 1).title = "twin"  # type: ignore[union-attr]
            session.commit()
        article.title = "mine"
        return "saved"

    assert send(view).status_code == 412
    assert db.article == ("twin", 2, 0)


class Persistent(Session):
    """A session that tries its commit again, and has nothing left to commit then."""

    def commit(self) -> None:
        try:
            super().commit()
        except sa.exc.DBAPIError:
            self.rollback()
            super().commit()


@pytest.mark.parametrize("way", ["update", "create", "locked"])
def test_a_commit_without_what_was_written_is_no_success(
    way: str, db: Database, send: Send
) -> None:
    def view(id: int, **_: Any) -> Any:
        db.session.merge(Article(id=id, title="mine"))
        db.session.flush()
        sa.event.listen(
            db.session(),
            "before_commit",
            lambda session: session.execute(sa.text("SELECT nothing")),
            once=True,
        )
        return "saved"

    db.session = scoped_session(sessionmaker(db.engine, class_=Persistent))
    options: dict[str, Any] = {}
    if way == "create":
        options = {"path": "/articles/2", "create": True, "headers": {"If-None-Match": "*"}}
    if way == "locked":
        options = {"etag": "title", "guard": locked(), "headers": {"If-Match": '"first"'}}
    with pytest.raises(SetupError, match="commit\\(\\) of Persistent has succeeded without"):
        send(view, "PUT", **options)
    assert db.rows("SELECT id, title FROM articles") == [(1, "first")]
