"""What a trigger of PostgreSQL does at the commit is in the tag that is told."""

from collections.abc import Iterator
from typing import Any

import pytest

from flask_preconditions import etag_for
from flask_preconditions import require_match
from flask_preconditions.sqlalchemy import locked

from .conftest import RIVAL
from .conftest import Database
from .conftest import make_app
from .models import Article
from .models import Comment
from .models import User

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

DEFERRED = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION"
TRIGGERS = [
    "CREATE FUNCTION on_article() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "UPDATE articles SET saved_at = now(), version = version + 10 WHERE articles.id = new.id; "
    "RETURN NULL; END $$",
    f"CREATE CONSTRAINT TRIGGER deferred AFTER UPDATE OF title ON articles {DEFERRED} on_article()",
    "CREATE FUNCTION on_comment() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "UPDATE articles SET version = version + 10 WHERE articles.id = new.article_id; "
    "RETURN NULL; END $$",
    f"CREATE CONSTRAINT TRIGGER deferred AFTER INSERT ON comments {DEFERRED} on_comment()",
    "CREATE FUNCTION on_user() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "UPDATE users SET version = version + 10 WHERE users.id = new.id; RETURN NULL; END $$",
    f"CREATE CONSTRAINT TRIGGER deferred AFTER INSERT ON users {DEFERRED} on_user()",
]


@pytest.fixture(autouse=True)
def triggers(db: Database) -> Iterator[None]:
    db.rival(*TRIGGERS)
    yield
    db.session.remove()
    db.rival("DROP FUNCTION on_article, on_comment, on_user CASCADE")


def assign(db: Database, article: Article) -> None:
    article.title = "mine"


def append(db: Database, article: Article) -> None:
    article.comments.append(Comment(text="mine"))


def assign_and_append(db: Database, article: Article) -> None:
    assign(db, article)
    append(db, article)


def commit_between(db: Database, article: Article) -> None:
    assign(db, article)
    db.session.commit()
    append(db, article)


def tell_and_append(db: Database, article: Article) -> None:
    assign(db, article)
    etag_for(article)
    append(db, article)


CHANGES = [assign, append, assign_and_append, tell_and_append]
CASES = [
    *(("cas", is_raced, c) for is_raced in (False, True) for c in (*CHANGES, commit_between)),
    *(("locked", False, c) for c in CHANGES),
]


@pytest.mark.parametrize(("guard", "is_raced", "change"), CASES)
def test_the_tag_told_is_the_one_that_the_next_get_gives(
    guard: str, is_raced: bool, change: Any, db: Database
) -> None:
    app = make_app(db.session)
    options: dict[str, Any] = {"guard": locked(db.session)} if guard == "locked" else {}

    @app.route("/<int:id>", methods=["GET", "PATCH"])
    @require_match(Article, **options)
    def view(id: int, article: Article) -> str:
        if is_raced:
            db.rival(RIVAL)
        change(db, article)
        return "saved"

    client = app.test_client()
    response = client.patch("/1", headers={"If-Match": '"1"'})
    assert response.status_code == (412 if is_raced else 200)
    assert db.article[2] == (0 if is_raced or change is assign else 1)
    assert response.headers["ETag"] == f'"{db.article[1]}"'


def test_the_view_tells_it_too(db: Database) -> None:
    app = make_app(db.session)

    @app.patch("/<int:id>")
    @require_match(Article)
    def view(id: int, article: Article) -> dict[str, str]:
        article.title = "mine"
        return {"etag": etag_for(article)}

    response = app.test_client().patch("/1", headers={"If-Match": '"1"'})
    assert response.json == {"etag": response.headers["ETag"]} == {"etag": f'"{db.article[1]}"'}


def test_that_of_a_row_that_is_created(db: Database) -> None:
    app = make_app(db.session)

    @app.put("/<name>")
    @require_match(User, create=True, put_etag="always")
    def view(name: str, user: User | None) -> tuple[str, int]:
        db.session.add(User(name=name))
        return "", 201

    response = app.test_client().put("/ann", headers={"If-None-Match": "*"})
    assert response.status_code == 201
    assert response.headers["ETag"] == '"11"'
    assert db.rows("SELECT version FROM users") == [(11,)]
