"""What listens to a flush or a commit writes too: with the claim before it, and late after it."""

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from flask_preconditions import SetupError
from flask_preconditions import require_match
from flask_preconditions.sqlalchemy import cas

from .conftest import RIVAL
from .conftest import Database
from .conftest import Send
from .conftest import make_app
from .models import Article
from .models import BlogPage
from .models import Comment
from .models import User

AUDIT = "INSERT INTO blog_pages (id, body) VALUES (9, 'changed')"
SAME_ROW = "UPDATE articles SET slug = 'changed' WHERE id = 1"


@pytest.fixture
def listen() -> Iterator[Callable[..., None]]:
    listeners: list[tuple[Any, ...]] = []

    def listen(target: Any, name: str, function: Any) -> None:
        sa.event.listen(target, name, function)
        listeners.append((target, name, function))

    yield listen
    for listener in listeners:
        sa.event.remove(*listener)


def rename(id: int, article: Article) -> str:
    article.title = "mine"
    return "saved"


@pytest.mark.parametrize("sql", [AUDIT, SAME_ROW], ids=["audit", "same row"])
@pytest.mark.parametrize("name", ["before_update", "after_update", "before_flush", "after_flush"])
@pytest.mark.parametrize("is_overtaken", [False, True])
def test_sql_in_a_flush_is_no_lost_race(
    name: str, sql: str, is_overtaken: bool, db: Database, send: Send, listen: Any
) -> None:
    def write(first: Any, second: Any, *_: Any) -> None:
        (second if "update" in name else first).execute(sa.text(sql))

    def view(id: int, article: Article) -> str:
        listen(Article if "update" in name else db.session(), name, write)
        if is_overtaken:
            db.rival(RIVAL)
        return rename(id, article)

    response = send(view)
    assert response.status_code == (412 if is_overtaken else 200)
    assert db.article[:2] == (("theirs", 7) if is_overtaken else ("mine", 2))
    assert response.headers["ETag"] == f'"{db.article[1]}"'


def test_a_listener_that_changes_the_target_is_no_lost_race(
    db: Database, send: Send, listen: Any
) -> None:
    def touch(session: Any, *_: Any) -> None:
        for comment in session.new:
            session.get(Article, comment.article_id).slug = "touched"

    def view(id: int, article: Article) -> str:
        listen(db.session(), "before_flush", touch)
        db.session.add(Comment(article_id=id, text="new"))
        db.session.flush()
        return rename(id, article)

    response = send(view)
    assert response.status_code == 200
    assert db.article[0] == "mine"
    assert response.headers["ETag"] == f'"{db.article[1]}"' == '"3"'


@pytest.mark.parametrize("name", ["before_insert", "after_insert"])
def test_sql_beside_an_insert_is_no_lost_race(
    name: str, db: Database, send: Send, listen: Any
) -> None:
    def view(name: str, user: User | None) -> tuple[str, int]:
        db.session.add(User(name=name))
        return "", 201

    listen(User, name, lambda _, connection, __: connection.execute(sa.text(AUDIT)))
    response = send(
        view,
        "PUT",
        {"If-None-Match": "*"},
        load=User,
        rule="/users/<name>",
        path="/users/ann",
        create=True,
    )
    assert response.status_code == 201
    assert db.rows("SELECT name FROM users") == [("ann",)]


def test_a_tag_that_the_commit_outdates_is_not_told(db: Database, send: Send, listen: Any) -> None:
    def write(session: Any) -> None:
        session.get(Article, 1).slug = "changed"

    def view(id: int, article: Article) -> str:
        listen(db.session(), "before_commit", write)
        return rename(id, article)

    response = send(view)
    assert response.status_code == 200
    assert db.article[:2] == ("mine", 3)
    assert "ETag" not in response.headers


def write_elsewhere(db: Database, sql: str) -> Callable[[Any], None]:
    def write(session: Any) -> None:
        with db.engine.begin() as connection:
            connection.execute(sa.text(sql))

    return write


def test_what_is_written_after_the_commit_leaves_the_version(
    db: Database, send: Send, listen: Any
) -> None:
    def view(id: int, article: Article) -> str:
        listen(db.session(), "after_commit", write_elsewhere(db, AUDIT))
        return rename(id, article)

    response = send(view)
    assert response.status_code == 200
    assert response.headers["ETag"] == f'"{db.article[1]}"' == '"2"'
    assert db.rows("SELECT body FROM blog_pages") == [("changed",)]


def test_what_a_rival_writes_after_the_commit_is_no_lost_race(
    db: Database, send: Send, listen: Any
) -> None:
    def write(session: Any) -> None:
        db.rival(RIVAL)
        write_elsewhere(db, AUDIT)(session)

    def view(id: int, article: Article) -> str:
        listen(db.session(), "after_commit", write)
        return rename(id, article)

    assert send(view).status_code == 200
    assert db.article[0] == "theirs"


def test_the_target_is_not_written_after_the_commit(db: Database, send: Send, listen: Any) -> None:
    def view(id: int, article: Article) -> str:
        listen(db.session(), "after_commit", write_elsewhere(db, SAME_ROW))
        return rename(id, article)

    with pytest.raises(SetupError, match="an after_commit listener"):
        send(view)
    assert db.article[:2] == ("mine", 2)


def test_an_error_after_the_commit_is_told_as_it_is(db: Database, send: Send, listen: Any) -> None:
    def view(id: int, article: Article) -> str:
        db.session.execute(sa.insert(BlogPage).values(id=9, body="there"))
        listen(db.session(), "after_commit", write_elsewhere(db, AUDIT))
        return rename(id, article)

    with pytest.raises(sa.exc.IntegrityError):
        send(view)
    assert db.article[:2] == ("mine", 2)


def test_a_create_in_another_session_is_one(db: Database) -> None:
    app = make_app(db.session)

    def load(name: str) -> User | None:
        return db.session.scalar(sa.select(User).where(User.name == name))

    @app.put("/users/<name>")
    @require_match(load, etag="version", into="user", create=True, guard=cas(db.session))
    def put(name: str, user: User | None) -> tuple[str, int]:
        with sa.orm.Session(db.engine) as session:
            session.add(User(name=name))
            session.commit()
        return "", 201

    client = app.test_client()
    assert client.put("/users/ann", headers={"If-None-Match": "*"}).status_code == 201
