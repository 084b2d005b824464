"""``locked``: compare again under a lock, and hold it until the write is done."""

import hashlib
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from flask_preconditions import SetupError
from flask_preconditions import etag_for
from flask_preconditions.sqlalchemy import cas
from flask_preconditions.sqlalchemy import locked

from .conftest import Database
from .conftest import Overtaking
from .conftest import Send
from .conftest import impatient_rival
from .conftest import on
from .models import Article
from .models import BlogPage
from .models import Comment

only_on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def hashed(page: BlogPage) -> str:
    return hashlib.sha256(page.body.encode()).hexdigest()[:16]


FIRST = {"If-Match": f'"{hashlib.sha256(b"first").hexdigest()[:16]}"'}
PAGE: dict[str, Any] = {
    "load": BlogPage,
    "etag": hashed,
    "rule": "/pages/<int:id>",
    "path": "/pages/1",
    "headers": FIRST,
}


@pytest.fixture(autouse=True)
def page(db: Database) -> None:
    db.rival("INSERT INTO blog_pages (id, body) VALUES (1, 'first')")


def save(id: int, blog_page: BlogPage) -> str:
    blog_page.body = "mine"
    return "saved"


def test_a_model_with_a_hash_is_locked_without_being_told(db: Database, send: Send) -> None:
    response = send(save, **PAGE)
    assert response.status_code == 200
    assert response.headers["ETag"] == f'"{hashlib.sha256(b"mine").hexdigest()[:16]}"'
    assert db.rows("SELECT body FROM blog_pages") == [("mine",)]


def test_a_write_between_check_and_lock_is_412(db: Database, send: Send) -> None:
    with Overtaking(db, "UPDATE blog_pages SET body = 'theirs'"):
        response = send(save, **PAGE)
    assert (response.status_code, response.json["reason"]) == (412, "lost-race")
    assert response.headers["ETag"] == f'"{hashlib.sha256(b"theirs").hexdigest()[:16]}"'
    assert db.rows("SELECT body FROM blog_pages") == [("theirs",)]


def test_a_deletion_between_check_and_lock_is_412(db: Database, send: Send) -> None:
    with Overtaking(db, "DELETE FROM blog_pages"):
        response = send(save, **PAGE)
    assert (response.status_code, response.json["reason"]) == (412, "lost-race")
    assert "ETag" not in response.headers


def test_nobody_else_writes_while_the_view_runs(db: Database, send: Send) -> None:
    def view(id: int, blog_page: BlogPage) -> str:
        with pytest.raises(sa.exc.OperationalError):
            impatient_rival(db, "UPDATE blog_pages SET body = 'theirs'")
        blog_page.body = "mine"
        return "saved"

    assert send(view, **PAGE).status_code == 200
    assert db.rows("SELECT body FROM blog_pages") == [("mine",)]


@pytest.mark.parametrize(
    "load",
    [
        lambda db: lambda id: db.session.get(BlogPage, id),
        lambda db: lambda id: db.session.scalars(sa.select(BlogPage).filter_by(id=id)).first(),
        lambda db: lambda id: db.session.query(BlogPage).filter_by(id=id).first(),
        lambda db: lambda id: db.session.execute(sa.select(BlogPage.__table__)).first(),
    ],
    ids=["get", "select", "query", "table"],
)
def test_the_selects_of_a_loader_function_lock(load: Any, db: Database, send: Send) -> None:
    def view(id: int, it: Any) -> str:
        with pytest.raises(sa.exc.OperationalError):
            impatient_rival(db, "UPDATE blog_pages SET body = 'theirs'")
        db.session.execute(sa.update(BlogPage).values(body="mine"))
        return "saved"

    options = PAGE | {"load": load(db), "into": "it", "guard": locked(db.session)}
    response = send(view, **options)
    assert response.headers["ETag"] == f'"{hashlib.sha256(b"mine").hexdigest()[:16]}"'
    with Overtaking(db, "UPDATE blog_pages SET body = 'theirs'"):
        options["headers"] = {"If-Match": response.headers["ETag"]}
        assert send(view, **options).status_code == 412


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_loader_that_selects_nothing_the_session_sees_is_an_error(
    db: Database, send: Send
) -> None:
    def load(id: int) -> Any:
        return db.session.execute(sa.text("SELECT * FROM blog_pages")).first()

    with pytest.raises(
        SetupError, match=r"cannot lock what the loader reads with .* end the text with FOR UPDATE"
    ):
        send(save, **(PAGE | {"load": load, "into": "blog_page", "guard": locked(db.session)}))


def test_the_view_gets_the_target_as_it_is_under_the_lock(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        return str(article.slug)

    headers = {"If-Match": "*"}
    with Overtaking(db, "UPDATE articles SET slug = 'theirs'"):
        assert send(view, headers=headers, guard=locked()).text == "theirs"


def test_without_a_condition_nothing_is_locked(db: Database, send: Send) -> None:
    def view(id: int, blog_page: BlogPage) -> str:
        impatient_rival(db, "UPDATE blog_pages SET body = 'theirs'")
        blog_page.body = "mine"
        return "saved"

    assert send(view, **(PAGE | {"headers": {}, "require": "none"})).status_code == 200
    assert db.rows("SELECT body FROM blog_pages") == [("mine",)]


@pytest.mark.parametrize("status", [422, 500])
def test_a_refusal_by_the_view_writes_nothing_and_frees_the_lock(
    status: int, db: Database, send: Send
) -> None:
    def view(id: int, blog_page: BlogPage) -> tuple[str, int]:
        blog_page.body = "mine"
        db.session.flush()
        return "no", status

    assert send(view, **PAGE).status_code == status
    impatient_rival(db, "UPDATE blog_pages SET body = 'theirs'")
    assert db.rows("SELECT body FROM blog_pages") == [("first",)]


def test_cas_cannot_guard_a_hash(db: Database) -> None:
    from flask_preconditions import require_match

    with pytest.raises(SetupError, match=r"not the version of the row; use guard=locked"):
        require_match(Article, etag=hashed, guard=cas(db.session))


def test_the_tag_of_a_hash_is_told_how_to_find(db: Database) -> None:
    page = db.session.scalars(sa.select(BlogPage)).one()
    assert etag_for(page, hashed) == FIRST["If-Match"]
    with pytest.raises(SetupError, match="no version"):
        etag_for(page)


@only_on_sqlite
@pytest.mark.usefixtures("begins")
def test_sqlites_lock_is_taken_anew_where_the_read_began_a_transaction(
    db: Database, send: Send
) -> None:
    def view(id: int, blog_page: BlogPage) -> str:
        with pytest.raises(sa.exc.OperationalError):
            impatient_rival(db, "UPDATE blog_pages SET body = 'theirs'")
        blog_page.body = "mine"
        return "saved"

    assert send(view, **PAGE).status_code == 200
    with Overtaking(db, "UPDATE blog_pages SET body = 'theirs'"):
        options = PAGE | {"headers": {"If-Match": f'"{hashlib.sha256(b"mine").hexdigest()[:16]}"'}}
        assert send(save, **options).status_code == 412
    assert db.rows("SELECT body FROM blog_pages") == [("theirs",)]


@only_on_sqlite
def test_sqlites_lock_is_kept_where_the_request_has_written_already(
    db: Database, send: Send
) -> None:
    def load(id: int) -> BlogPage | None:
        db.session.execute(sa.text("UPDATE articles SET slug = 'seen'"))
        return db.session.get(BlogPage, id)

    options = PAGE | {"load": load, "into": "blog_page", "guard": locked(db.session)}
    assert send(save, **options).status_code == 200
    assert db.rows("SELECT slug FROM articles") == [("seen",)]


@only_on_sqlite
def test_a_lock_that_is_not_free_is_503(db: Database, send: Send) -> None:
    engine = sa.create_engine(db.engine.url, connect_args={"timeout": 0})
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    db.session.remove()
    db.session.configure(bind=engine)
    with db.rivals.begin() as rival:
        rival.execute(sa.text("UPDATE articles SET slug = 'theirs'"))
        response = send(save, **PAGE)
    engine.dispose()
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")


def test_a_database_without_a_known_lock_is_refused(db: Database, send: Send) -> None:
    engine = sa.create_engine(db.engine.url)
    engine.dialect.name = "mssql"
    on(db, engine)
    with pytest.raises(SetupError, match=r"knows no lock for mssql; use a version and cas\(\)"):
        send(save, **PAGE)
    engine.dispose()


@pytest.mark.parametrize("by", ["model", "loader"])
def test_what_an_object_has_computed_is_computed_again_under_the_lock(
    by: str, db: Database, send: Send
) -> None:
    db.rival("UPDATE blog_pages SET body = 'first'")
    pages: dict[str, Any] = {
        "load": BlogPage if by == "model" else lambda id: db.session.get(BlogPage, id),
        "etag": "digest",
        "guard": locked(),
        "into": "page",
    }

    def view(id: int, page: BlogPage) -> str:
        page.body = "mine"
        return "saved"

    with Overtaking(db, "UPDATE blog_pages SET body = 'theirs'"):
        lost = send(view, headers={"If-Match": '"first"'}, **pages)
    assert (lost.status_code, lost.headers["ETag"]) == (412, '"theirs"')
    saved = send(view, headers={"If-Match": '"theirs"'}, **pages)
    assert (saved.status_code, saved.headers["ETag"]) == (200, '"mine"')


@pytest.mark.parametrize("opens", [Session, sa.Engine.connect], ids=["session", "connection"])
def test_a_lock_of_a_session_that_is_closed_again_is_none(
    opens: Any, db: Database, send: Send
) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("its one lock is taken already")

    def with_comments(article: Article) -> str:
        with opens(db.engine) as other:
            comment = other.scalar(sa.select(Comment.id).with_for_update())
        return f"{article.version}-{comment or 0}"

    def view(id: int, article: Article) -> str:
        article.title = "mine"
        return "saved"

    with pytest.raises(SetupError, match="the lock ended when that was closed"):
        send(view, headers={"If-Match": '"1-0"'}, etag=with_comments)
    assert db.article == ("first", 1, 0)
