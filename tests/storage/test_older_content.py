"""A tag that tells of more than its target: what a read shows is never older than that."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import g
from flask import request
from flask.testing import FlaskClient
from sqlalchemy.orm import selectinload

from flask_preconditions import conditional
from flask_preconditions.sqlalchemy import locked

from .conftest import Database
from .conftest import make_app
from .models import Article
from .models import Comment
from .models import User

SAVED = "UPDATE comments SET text = 'theirs' WHERE id = 1"
DELETED = "DELETE FROM comments WHERE id = 1"
MOVED = "UPDATE articles SET version = 2 WHERE id = 1"


def by_relationship(db: Database) -> dict[str, Any]:
    return {"load": Comment, "etag": lambda comment: comment.article.version}


def by_property(db: Database) -> dict[str, Any]:
    return {"load": Comment, "etag": "article_version"}


def by_statement(db: Database) -> dict[str, Any]:
    def tag(comment: Comment) -> object:
        return db.session.scalar(sa.select(Article.version).where(Article.id == comment.article_id))

    return {"load": lambda id: db.session.get(Comment, id), "etag": tag}


@pytest.fixture(params=[by_relationship, by_property, by_statement])
def client(request: pytest.FixtureRequest, db: Database) -> FlaskClient:
    """Read and write a comment whose tag is the version of its article."""
    db.rival("INSERT INTO comments (id, article_id, text, version) VALUES (1, 1, 'first', 1)")
    return client_of(db, **request.param(db))


def client_of(db: Database, load: Any, etag: Any) -> FlaskClient:
    app = make_app(db.session)

    @app.route("/comments/<int:id>", methods=["GET", "PUT"])
    @conditional(load, etag=etag, into="comment", guard=locked(db.session))
    def view(id: int, comment: Comment) -> str:
        if request.method == "PUT":
            comment.text = request.get_data(as_text=True)
            comment.article.title = f"after {comment.text}"
        return comment.text

    return app.test_client()


@pytest.fixture
def once_loaded(db: Database) -> Any:
    """Let somebody else write, once, when the comment is loaded and its tag is not."""
    waiting: list[tuple[str, ...]] = []

    def write(*_: object) -> None:
        if waiting:
            db.rival(*waiting.pop())

    sa.event.listen(Comment, "load", write)
    yield lambda *statements: waiting.append(statements)
    sa.event.remove(Comment, "load", write)


Wait = Callable[..., None]


def test_content_is_as_new_as_its_tag(db: Database, client: FlaskClient, once_loaded: Wait) -> None:
    once_loaded(MOVED, SAVED)
    seen = client.get("/comments/1")
    written = client.put("/comments/1", data="mine", headers={"If-Match": seen.headers["ETag"]})
    assert (seen.text, written.status_code) in [("theirs", 200), ("first", 412)]


def test_a_target_that_goes_meanwhile_is_not_there(
    db: Database, client: FlaskClient, once_loaded: Wait
) -> None:
    once_loaded(MOVED, DELETED)
    seen = client.get("/comments/1")
    assert seen.status_code == (200 if db.engine.dialect.name == "mysql" else 404)


def test_what_the_tag_has_loaded_first_is_as_new_as_the_rest(
    db: Database, once_loaded: Wait
) -> None:
    db.rival("INSERT INTO comments (id, article_id, text, version) VALUES (1, 1, 'first', 1)")
    db.rival("INSERT INTO users (id, name, version) VALUES (1, 'ada', 1)")
    once_loaded(SAVED, "UPDATE users SET version = 2")
    app = make_app(db.session)

    def tag(article: Article) -> str:
        texts = len(article.comments)
        return f"{texts}-{db.session.scalar(sa.select(User.version))}"

    @app.get("/articles/<int:id>")
    @conditional(Article, etag=tag)
    def show(id: int, article: Article) -> str:
        return " ".join(comment.text for comment in article.comments)

    seen = app.test_client().get("/articles/1")
    assert (seen.headers["ETag"], seen.text) in [('"1-2"', "theirs"), ('"1-1"', "first")]


def test_a_tag_that_asks_for_nothing_reads_nothing_twice(db: Database) -> None:
    db.rival("INSERT INTO comments (id, article_id, text, version) VALUES (1, 1, 'first', 1)")
    statements: list[str] = []

    @sa.event.listens_for(db.engine, "before_cursor_execute")
    def count(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    client = client_of(db, Comment, lambda comment: f"{comment.version}-{comment.text}")
    assert client.get("/comments/1").headers["ETag"] == '"1-first"'
    assert len(statements) == 1


@pytest.mark.parametrize("tag", [lambda comment: comment.article.version, "article_version"])
def test_a_loader_that_reads_twice_reads_in_order_too(
    db: Database, once_loaded: Wait, tag: Any
) -> None:
    db.rival("INSERT INTO comments (id, article_id, text, version) VALUES (1, 1, 'first', 1)")
    once_loaded(MOVED, SAVED)

    def load(id: int) -> Comment | None:
        return db.session.get(Comment, id, options=[selectinload(Comment.article)])

    seen = client_of(db, load, tag).get("/comments/1")
    assert (seen.headers["ETag"], seen.text) in [('"2"', "theirs"), ('"1"', "first")]


@dataclass
class Shown:
    """A comment as a repository gives it."""

    text: str
    version: int


@pytest.mark.parametrize("shown", [Shown, lambda **told: told], ids=["object", "dict"])
def test_what_a_loader_makes_of_two_rows_is_no_older_than_its_tag(
    db: Database, once_loaded: Wait, shown: Callable[..., Any]
) -> None:
    db.rival("INSERT INTO comments (id, article_id, text, version) VALUES (1, 1, 'first', 1)")
    once_loaded(MOVED, SAVED)

    def load(id: int) -> Any:
        comment = db.session.scalars(sa.select(Comment).where(Comment.id == id)).one()
        return shown(text=comment.text, version=comment.article.version)

    app = make_app(db.session)

    @app.get("/comments/<int:id>")
    @conditional(load, etag="version", into="comment")
    def view(id: int, comment: Any) -> str:
        return str(comment["text"] if isinstance(comment, dict) else comment.text)

    seen = app.test_client().get("/comments/1")
    assert (seen.headers["ETag"], seen.text) in [('"2"', "theirs"), ('"1"', "first")]


def test_a_view_of_several_kinds_reads_each_of_them_in_order(
    db: Database, once_loaded: Wait
) -> None:
    db.rival("INSERT INTO comments (id, article_id, text, version) VALUES (1, 1, 'first', 1)")
    kinds = {"drafts": {"article_version": 1}, "comments": Comment}
    app = make_app(db.session)

    def load(kind: str, id: int) -> Any:
        known: Any = kinds[kind]
        return known if isinstance(known, dict) else db.session.get(known, id)

    @app.get("/<kind>/<int:id>")
    @conditional(load, etag="article_version", into="row")
    def view(kind: str, id: int, row: Any) -> str:
        return getattr(row, "text", "draft")

    client = app.test_client()
    assert client.get("/drafts/1").text == "draft"
    once_loaded(MOVED, SAVED)
    seen = client.get("/comments/1")
    assert (seen.headers["ETag"], seen.text) in [('"2"', "theirs"), ('"1"', "first")]


def test_what_was_loaded_before_a_loader_is_no_older_than_the_tag(
    db: Database, once_loaded: Wait
) -> None:
    db.rival("INSERT INTO comments (id, article_id, text, version) VALUES (1, 1, 'first', 1)")
    once_loaded(MOVED, SAVED)
    app = make_app(db.session)

    @app.before_request
    def load_first() -> None:
        g.comment = db.session.get(Comment, 1)

    @app.get("/articles/<int:id>")
    @conditional(lambda id: db.session.get(Article, id), etag="version", into="article")
    def view(id: int, article: Article) -> str:
        return str(g.comment.text)

    seen = app.test_client().get("/articles/1")
    assert (seen.headers["ETag"], seen.text) in [('"2"', "theirs"), ('"1"', "first")]


@pytest.mark.parametrize("etag", ["version", lambda article: article.version])
def test_a_target_that_was_loaded_before_and_goes_meanwhile_is_not_there(
    db: Database, etag: Any
) -> None:
    app = make_app(db.session)

    @app.before_request
    def load_first() -> None:
        g.article = db.session.get(Article, 1)
        db.rival("DELETE FROM articles WHERE id = 1")

    @app.get("/articles/<int:id>")
    @conditional(lambda: g.article, etag=etag, into="article")
    def view(id: int, article: Article) -> str:
        return article.title

    is_kept = db.engine.dialect.name == "mysql"  # to the end of the transaction
    assert app.test_client().get("/articles/1").status_code == (200 if is_kept else 404)
