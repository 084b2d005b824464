"""A row that its own request has changed before the guard, and not committed."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask import abort
from flask import g
from flask import request

from flask_preconditions import SetupError
from flask_preconditions import conditional
from flask_preconditions import etag_for
from flask_preconditions import require_match
from flask_preconditions.sqlalchemy import cas
from flask_preconditions.sqlalchemy import rows

from .conftest import CURRENT
from .conftest import Database
from .conftest import make_app
from .models import Article
from .models import User

REFUSED = "article has been changed before its guard reads it, and that is not committed"


def app_with(db: Database, before: Callable[[], object]) -> Flask:
    app = make_app(db.session)

    @app.before_request
    def change() -> None:
        if "change" in request.args:
            before()

    @app.route("/<int:id>", methods=["GET", "PATCH"])
    @require_match(Article)
    def view(id: int, article: Article) -> str:
        if request.method == "PATCH":
            article.title = "mine"
        return article.title

    return app


def rename(db: Database, *, flush: bool = False, forget: bool = False) -> Any:
    def change() -> None:
        article = db.session.get(Article, 1)
        assert article is not None
        article.title = "changed"
        if flush:
            db.session.flush()
        if not forget:
            g.article = article

    return change


CHANGES = [{}, {"flush": True}, {"flush": True, "forget": True}]


@pytest.mark.parametrize("method", ["GET", "PATCH"])
@pytest.mark.parametrize("change", CHANGES, ids=["dirty", "flushed", "forgotten"])
def test_what_is_changed_and_not_committed_has_no_tag(
    change: dict[str, bool], method: str, db: Database
) -> None:
    client = app_with(db, rename(db, **change)).test_client()
    with pytest.raises(SetupError, match=REFUSED):
        client.open("/1?change", method=method, headers=CURRENT if method == "PATCH" else {})
    assert db.article == ("first", 1, 0)
    assert client.get("/1").headers["ETag"] == '"1"'


def find_or_add(db: Database, id: int) -> Article:
    article = db.session.get(Article, id)
    if article is None:
        article = Article(id=id, title="default")
        db.session.add(article)
        db.session.flush()
    return article


def test_what_is_inserted_and_not_committed_has_no_tag(db: Database) -> None:
    client = app_with(db, lambda: find_or_add(db, 2)).test_client()
    with pytest.raises(SetupError, match=REFUSED):
        client.get("/2?change")
    assert client.get("/2").status_code == 404


def test_a_loader_gives_no_tag_of_what_it_has_not_committed(db: Database) -> None:
    app = make_app(db.session)

    @app.route("/<int:id>", methods=["GET", "PUT"])
    @require_match(
        lambda id: find_or_add(db, id), etag="version", into="article", guard=cas(db.session)
    )
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        return "saved"

    client = app.test_client()
    with pytest.raises(SetupError, match="is a read, and it has changed the article"):
        client.get("/2")
    with pytest.raises(SetupError, match=REFUSED):
        client.put("/2", headers=CURRENT)
    assert client.put("/1", headers=CURRENT).status_code == 200
    assert db.rows("SELECT id, version FROM articles") == [(1, 2)]


@pytest.mark.parametrize("is_added", [True, False])
def test_a_target_that_the_loader_makes_is_refused(is_added: bool, db: Database) -> None:
    def load(id: int) -> Article:
        article = db.session.get(Article, id)
        if article is None:
            article = Article(id=id, title="default", version=1)
            if is_added:
                db.session.add(article)
        return article

    app = make_app(db.session)

    @app.put("/<int:id>")
    @require_match(load, etag="version", into="article", guard=cas(db.session))
    def view(id: int, article: Article) -> str:
        return "saved"

    with pytest.raises(SetupError, match="give None and create it"):
        app.test_client().put("/2", headers=CURRENT)


def test_a_tag_of_what_is_never_stored_overwrites_nothing(db: Database) -> None:
    client = app_with(db, rename(db)).test_client()
    with pytest.raises(SetupError, match=REFUSED):
        client.get("/1?change")
    db.rival("UPDATE articles SET title = 'theirs', version = 2")
    assert client.patch("/1", headers={"If-Match": '"1"'}).status_code == 412
    assert db.article == ("theirs", 2, 0)


def test_what_is_committed_before_the_guard_has_its_tag(db: Database) -> None:
    def change() -> None:
        rename(db)()
        db.session.commit()

    client = app_with(db, change).test_client()
    assert client.get("/1?change").headers["ETag"] == '"2"'
    assert client.patch("/1", headers={"If-Match": '"2"'}).status_code == 200


def test_what_is_taken_back_or_given_its_own_value_is_no_change(db: Database) -> None:
    def change() -> None:
        rename(db)()
        db.session.rollback()
        article = db.session.get(Article, 1)
        assert article is not None
        article.title = "first"

    assert app_with(db, change).test_client().get("/1?change").headers["ETag"] == '"1"'


def test_other_rows_may_wait_for_the_commit_of_the_guard(db: Database) -> None:
    db.rival("INSERT INTO users (id, name, version) VALUES (1, 'first', 1)")

    def change() -> None:
        g.user = db.session.get(User, 1)
        g.user.email = "seen@example.com"

    client = app_with(db, change).test_client()
    assert client.patch("/1?change", headers=CURRENT).headers["ETag"] == '"2"'
    assert db.rows("SELECT email FROM users") == [("seen@example.com",)]


def test_a_write_to_what_a_function_loads_is_refused_too(db: Database) -> None:
    app = make_app(db.session)
    app.before_request(rename(db))

    @app.patch("/<int:id>")
    @require_match(
        lambda id: db.session.scalars(sa.select(Article).filter_by(id=id)).first(),
        etag="version",
        guard=cas(db.session),
    )
    def view(id: int) -> str:
        return "saved"

    with pytest.raises(SetupError, match="has been changed before its guard"):
        app.test_client().patch("/1", headers={"If-Match": '"2"'})
    assert db.article == ("first", 1, 0)


def test_a_view_may_read_again_what_it_has_written(db: Database) -> None:
    app = make_app(db.session)

    @app.route("/<int:id>", methods=["GET", "PATCH"])
    @require_match(Article)
    def view(id: int, article: Article) -> Any:
        if request.method == "GET":
            return article.title
        article.title = "mine"
        db.session.flush()
        request.environ["REQUEST_METHOD"] = request.method = "GET"
        return view(id=id)

    response = app.test_client().patch("/1", headers=CURRENT)
    assert (response.status_code, response.text) == (200, "mine")


def reading(db: Database, view: Callable[[Article], str], load: Any = Article) -> Flask:
    app = make_app(db.session)

    @app.route("/articles", methods=["GET"])
    @conditional(rows(sa.select(Article.id, Article.version).order_by(Article.id)))
    def index() -> str:
        return view(db.session.scalars(sa.select(Article)).one())

    @app.route("/<int:id>", methods=["GET", "PATCH"])
    @require_match(load, etag="version", into="article")
    def show(id: int, article: Article) -> str:
        return view(article)

    return app


LOADERS = {"model": None, "function": lambda db: lambda id: db.session.get(Article, id)}


def flushing(article: Article) -> str:
    article.title = "shown"
    sa.orm.object_session(article).flush()  # type: ignore[union-attr]
    return article.title


def querying(article: Article) -> str:
    article.title = "shown"
    return f"{article.title} {len(article.comments)} {etag_for(article)}"  # flushes by itself


@pytest.mark.parametrize("view", [flushing, querying])
@pytest.mark.parametrize("loader", LOADERS)
def test_a_read_shows_nothing_that_it_changes_and_never_stores(
    loader: str, view: Callable[[Article], str], db: Database
) -> None:
    make = LOADERS[loader]
    client = reading(db, view, make(db) if make else Article).test_client()
    for method, path in (("GET", "/1"), ("HEAD", "/1"), ("GET", "/articles")):
        with pytest.raises(SetupError, match="is a read, and it has changed the"):
            client.open(path, method=method)
    assert db.article == ("first", 1, 0)


def test_a_read_in_production_shows_no_state_that_is_never_stored(db: Database) -> None:
    app = reading(db, flushing)
    app.testing = False
    response = app.test_client().get("/1")
    assert response.status_code == 500
    assert "ETag" not in response.headers
    assert "shown" not in response.text


def rolled_back(db: Database) -> Callable[[Article], str]:
    def view(article: Article) -> str:
        flushing(article)
        db.session.rollback()
        return article.title

    return view


def refused(db: Database) -> Callable[[Article], str]:
    def view(article: Article) -> str:
        flushing(article)
        abort(409)

    return view


def beside(db: Database) -> Callable[[Article], str]:
    def view(article: Article) -> str:
        user = db.session.get(User, 1)
        assert user is not None
        user.email = "seen@example.com"
        db.session.flush()
        return article.title

    return view


@pytest.mark.parametrize("view", [rolled_back, refused, beside])
def test_a_read_may_undo_what_it_changes_or_change_other_rows(
    view: Callable[[Database], Callable[[Article], str]], db: Database
) -> None:
    db.rival("INSERT INTO users (id, name, version) VALUES (1, 'first', 1)")
    client = reading(db, view(db)).test_client()
    for path in ("/1", "/articles"):
        assert client.get(path).status_code == (409 if view is refused else 200)
