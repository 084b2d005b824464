"""What a client is told where a write did not simply succeed."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import abort
from flask import request

from flask_preconditions import SetupError
from flask_preconditions import require_match
from flask_preconditions.sqlalchemy import locked

from .conftest import CURRENT
from .conftest import RIVAL
from .conftest import Database
from .conftest import Send
from .conftest import make_app
from .conftest import on
from .models import Article

only_on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.mark.parametrize("deletes", [True, False])
def test_a_loader_that_aborts_is_one_that_finds_nothing(
    deletes: bool, db: Database, send: Send
) -> None:
    def load(id: int) -> Article:
        query = sa.select(Article).where(Article.id == id, Article.slug.is_(None))
        return db.session.scalar(query) or abort(404)

    def view(id: int, it: Article) -> str:
        if deletes:
            it.slug = "in the bin"
        return "saved"

    options: dict[str, Any] = {"load": load, "etag": "title", "into": "it"}
    headers = {"If-Match": '"first"'}
    assert send(view, "POST", headers, guard=locked(db.session), **options).status_code == 200
    assert db.rows("SELECT slug FROM articles") == [("in the bin" if deletes else None,)]


def test_a_rivals_deletion_is_412_where_the_loader_aborts(db: Database, send: Send) -> None:
    from flask_preconditions.sqlalchemy import cas

    def load(id: int) -> Article:
        return db.session.get(Article, id, populate_existing=True) or abort(404)

    def view(id: int, it: Article) -> str:
        db.rival("DELETE FROM articles")
        it.title = "mine"
        return "saved"

    options: dict[str, Any] = {"load": load, "etag": "version", "into": "it"}
    assert send(view, guard=cas(db.session), **options).status_code == 412


@only_on_postgresql
def test_a_statement_timeout_is_503(db: Database, send: Send) -> None:
    engine = sa.create_engine(db.engine.url, connect_args={"options": "-c statement_timeout=50"})
    on(db, engine)

    def view(id: int, article: Article) -> str:
        article.title = "mine"
        return "saved"

    with db.rivals.begin() as rival:
        rival.execute(sa.text("UPDATE articles SET slug = 'theirs'"))
        assert send(view).status_code == 503
    engine.dispose()


def test_a_session_that_begins_nothing_by_itself_is_begun(db: Database) -> None:
    db.session.remove()
    db.session.configure(autobegin=False)
    app = make_app(db.session)
    app.before_request(lambda: db.session.begin() and None)

    @app.patch("/<int:id>")
    @require_match(Article)
    def view(id: int, article: Article) -> str:
        db.rival(RIVAL)
        article.title = "mine"
        return "saved"

    assert app.test_client().patch("/1", headers=CURRENT).status_code == 412


class Dripping:
    """A body that tells when it is read, and is not there at once."""

    def __init__(self, db: Database) -> None:
        self.db, self.parts, self.freely = db, [b'{"title"', b': "mine"}'], []

    def read(self, size: int = -1) -> bytes:
        # Nobody's lock is in the way while the body is still coming.
        self.db.rival("UPDATE articles SET slug = 'theirs'")
        self.freely.append(True)
        return self.parts.pop(0) if self.parts else b""


@pytest.mark.parametrize("reads", ["json", "stream", "data"])
def test_the_body_is_read_before_the_lock(reads: str, db: Database) -> None:
    app = make_app(db.session)

    @app.patch("/<int:id>")
    @require_match(Article, guard=locked())
    def view(id: int, article: Article) -> str:
        got: Any = {
            "json": lambda: str(request.get_json()["title"]),
            "stream": lambda: request.stream.read().decode(),
            "data": lambda: request.get_data(as_text=True),
        }[reads]()
        article.title = "mine"
        return str(got)

    body = Dripping(db)
    response = app.test_client().patch(
        "/1",
        headers=CURRENT,
        content_type="application/json",
        environ_overrides={"wsgi.input": body, "CONTENT_LENGTH": "17"},
    )
    assert "mine" in response.text
    assert len(body.freely) >= 2
    assert db.article[0] == "mine"


def test_a_body_that_is_too_long_is_413_and_locks_nothing(db: Database) -> None:
    app = make_app(db.session)
    app.config["MAX_CONTENT_LENGTH"] = 10
    app.patch("/<int:id>")(require_match(Article, guard=locked())(lambda id: ""))
    assert app.test_client().patch("/1", headers=CURRENT, data="x" * 11).status_code == 413


@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_what_is_written_after_the_lock_has_ended_is_refused(
    ends: str, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        getattr(db.session, ends)()
        db.rival(RIVAL)
        article.title = "mine"
        return "saved"

    with pytest.raises(SetupError, match="ended with a commit or rollback"):
        send(view, headers={"If-Match": '"first"'}, etag="title")
    assert db.article[0] == "theirs"


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
def test_a_lock_under_autocommit_is_refused(db: Database, send: Send) -> None:
    on(db, db.engine.execution_options(isolation_level="AUTOCOMMIT"))
    with pytest.raises(SetupError, match="AUTOCOMMIT"):
        send(lambda id: "", headers={"If-Match": '"first"'}, etag="title")
