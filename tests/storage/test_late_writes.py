"""After the guard's commit nothing is compared any more, so the target is not written."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask import Response
from flask import after_this_request
from flask import has_request_context
from flask import request

from flask_preconditions import SetupError
from flask_preconditions import require_match
from flask_preconditions.sqlalchemy import locked
from flask_preconditions.sqlalchemy import rows

from .conftest import CURRENT
from .conftest import Database
from .conftest import make_app
from .models import Article
from .models import BlogPage
from .models import Comment

SELECT = sa.select(Article.id, Article.title).order_by(Article.id)


def by_after_this_request(app: Flask, write: Callable[[], None]) -> None:
    @app.before_request
    def plan() -> None:
        @after_this_request
        def late(response: Response) -> Response:
            write()
            return response


def by_after_request(app: Flask, write: Callable[[], None]) -> None:
    @app.after_request
    def late(response: Response) -> Response:
        write()
        return response


def by_teardown_request(app: Flask, write: Callable[[], None]) -> None:
    @app.teardown_request
    def late(error: BaseException | None) -> None:
        write()


def by_teardown_appcontext(app: Flask, write: Callable[[], None]) -> None:
    @app.teardown_appcontext
    def late(error: BaseException | None) -> None:
        write()


PLACES = [by_after_this_request, by_after_request, by_teardown_request, by_teardown_appcontext]


def patch(app: Flask, view: Callable[..., Any], load: Any = Article, **options: Any) -> Any:
    app.add_url_rule(
        "/<int:id>", view_func=require_match(load, **options)(view), methods=["GET", "PATCH"]
    )
    client = app.test_client()
    tag = client.get("/1").headers["ETag"]
    return client.patch("/1", headers={"If-Match": tag})


def rename(db: Database) -> None:
    db.session.get(Article, 1).title = "late"  # type: ignore[union-attr]
    db.session.commit()


def comment(db: Database) -> None:
    db.session.add(Comment(article_id=1, text="late"))
    db.session.commit()


def note(db: Database) -> None:
    db.session.add(BlogPage(body="late"))
    db.session.commit()


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
@pytest.mark.parametrize("write", [rename, comment], ids=lambda write: write.__name__)
def test_a_write_after_the_guards_commit_is_refused(write: Any, place: Any, db: Database) -> None:
    app = make_app(db.session)

    def view(id: int, article: Article) -> str:
        if request.method == "PATCH":
            article.title = "mine"
            is_done.append(True)
        return "saved"

    is_done: list[bool] = []
    place(app, lambda: write(db) if is_done else None)
    with pytest.raises(SetupError, match="written after the guard's commit"):
        patch(app, view)
    assert db.article == ("mine", 2, 0)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_a_late_write_to_something_else_is_let_through(place: Any, db: Database) -> None:
    app = make_app(db.session)
    place(app, lambda: note(db))
    assert patch(app, lambda id: "saved").status_code == 200
    assert set(db.rows("SELECT body FROM blog_pages")) == {("late",)}


LATE = {
    "sqlite": [
        "UPDATE /* it */ \"articles\" SET title = 'late'",
        "UPDATE OR IGNORE articles SET id = 2",
    ],
    "postgresql": [
        "WITH it AS (UPDATE articles SET title = 'late') UPDATE blog_pages SET body = ''",
        "SELECT 1; UPDATE articles SET title = 'late'",
        "UPDATE blog_pages SET body = ''; UPDATE articles SET title = 'late'",
        "EXPLAIN ANALYZE UPDATE articles SET title = 'late'",
        "DO $$ BEGIN UPDATE articles SET title = 'late'; END $$",
    ],
    "mysql": [
        "UPDATE blog_pages b JOIN articles a ON a.id = b.id SET a.title = 'late'",
        "UPDATE blog_pages, articles SET articles.title = 'late'",
        "DELETE a FROM blog_pages b JOIN articles a ON a.id = b.id",
        "REPLACE INTO articles (id, title, version) VALUES (1, 'late', 2)",
        "SET STATEMENT max_statement_time = 5 FOR UPDATE articles SET title = 'late'",
        "EXECUTE IMMEDIATE \"UPDATE articles SET title = 'late'\"",
    ],
}


def test_no_form_of_sql_writes_late(db: Database) -> None:
    db.rival("INSERT INTO blog_pages (id, body) VALUES (1, '')")
    for sql in LATE[db.engine.dialect.name]:
        app = make_app(db.session)
        sent: list[Any] = []

        def write(sql: str = sql, sent: list[Any] = sent) -> None:
            if request.method == "PATCH":
                sent.append(sql)
                db.session.connection().exec_driver_sql(sql)
                db.session.commit()

        by_after_request(app, write)
        with pytest.raises(SetupError, match="written after the guard's commit"):
            patch(app, lambda id: "saved")
        assert sent
        assert db.article[0] == "first"


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO blog_pages (id, body) SELECT id, title FROM articles",
        "UPDATE blog_pages SET body = (SELECT title FROM articles)",
        "DELETE FROM blog_pages WHERE id IN (SELECT id FROM articles)",
    ],
)
def test_what_reads_the_target_may_come_late(sql: str, db: Database) -> None:
    app = make_app(db.session)

    def write() -> None:
        if request.method == "PATCH":
            db.session.execute(sa.text(sql))
            db.session.commit()

    by_after_request(app, write)
    assert patch(app, lambda id: "saved").status_code == 200


def load_core(db: Database) -> Callable[[int], Any]:
    return lambda id: db.session.execute(SELECT.with_only_columns(Article.title)).one_or_none()


def load_text(db: Database) -> Callable[[int], Any]:
    def load(id: int) -> Any:
        lock = "" if db.engine.dialect.name == "sqlite" else " FOR UPDATE"
        return db.session.execute(sa.text(f"SELECT title FROM articles{lock}")).one_or_none()

    return load


def load_rows(db: Database) -> Any:
    return rows(lambda id: SELECT.where(Article.id == id))


@pytest.mark.parametrize("load", [load_core, load_text, load_rows], ids=lambda load: load.__name__)
def test_what_was_read_under_the_lock_is_not_written_late(load: Any, db: Database) -> None:
    app = make_app(db.session)

    def view(id: int) -> str:
        if request.method == "PATCH":
            db.session.execute(sa.update(Article).values(title="mine"))
            is_done.append(True)
        return "saved"

    is_done: list[bool] = []
    by_after_request(app, lambda: rename(db) if is_done else None)
    options = {} if load is load_rows else {"etag": "title"}
    with pytest.raises(SetupError, match="written after the guard's commit"):
        patch(app, view, load(db), guard=locked(db.session), **options)
    assert db.article[0] == "mine"


def test_what_the_thread_writes_when_the_request_is_over_is_let_through(db: Database) -> None:
    app = make_app(db.session)
    with app.app_context():
        assert patch(app, lambda id: "saved").status_code == 200
        rename(db)
    assert db.article[0] == "late"
    rename(db)
    with app.app_context(), app.test_request_context():
        rename(db)


def test_the_next_request_of_the_thread_may_write(db: Database) -> None:
    app = make_app(db.session)

    @app.post("/")
    def free() -> str:
        rename(db)
        return "saved"

    guarded = require_match(Article)(lambda id: "")
    app.add_url_rule("/<int:id>", view_func=guarded, methods=["PATCH"])
    client = app.test_client()
    assert client.patch("/1", headers=CURRENT).status_code == 200
    assert client.post("/").status_code == 200
    assert db.article[0] == "late"


def test_a_test_that_keeps_the_context_of_its_client_may_write(db: Database) -> None:
    app = make_app(db.session)

    @app.patch("/articles/<int:id>")
    @require_match(Article)
    def save(id: int, article: Article) -> str:
        article.title = "mine"
        return "saved"

    with app.test_client() as client:
        assert client.patch("/articles/1", headers=CURRENT).status_code == 200
        assert request.method == "PATCH"
        article = db.session.get(Article, 1)
        assert article is not None
        article.title = "the test's"
        db.session.commit()
        assert client.patch("/articles/1", headers={"If-Match": '"2"'}).status_code == 412


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("change", ["assigns", "adds", "deletes"])
def test_another_row_of_the_table_may_be_written_late(
    change: str, place: Any, db: Database
) -> None:
    """Such as the last visit of the one who asks, where it is a user that is guarded."""
    db.rival("INSERT INTO articles (id, title, version) VALUES (2, 'other', 1)")
    app = make_app(db.session)

    def write() -> None:
        other = db.session.get(Article, 2)
        assert other is not None
        if change == "assigns":
            other.title = "late"
        elif change == "deletes":
            db.session.delete(other)
        else:
            db.session.add(Article(id=3, title="late"))
        db.session.commit()

    def save(id: int, article: Article) -> str:
        if request.method == "PATCH":
            article.title = "mine"
        return "saved"

    def write_once() -> None:
        if request.method == "PATCH" if has_request_context() else db.article[1] == 2:
            write()

    place(app, write_once)
    answer = patch(app, save)
    assert answer.headers["ETag"] == '"2"'
    titles = {"assigns": ["mine", "late"], "adds": ["mine", "other", "late"], "deletes": ["mine"]}
    stored = db.rows("SELECT title FROM articles ORDER BY id")
    assert stored == [(title,) for title in titles[change]]
