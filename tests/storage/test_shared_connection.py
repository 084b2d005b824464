"""One connection for all threads: what one of them rolls back, nobody is told was stored.

One statement at a time: where two threads meet in a connection of sqlite3, the process may end.
"""

import threading
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

from flask_preconditions import SetupError
from flask_preconditions import require_match
from flask_preconditions.sqlalchemy import locked

from .conftest import CURRENT
from .conftest import make_app
from .models import Article
from .models import Base
from .models import BlogPage
from .models import User

CLIENTS, ROUNDS = 8, 10


@pytest.fixture
def memory() -> Iterator[sa.Engine]:
    engine = sa.create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Article(title=""))
        session.commit()
    yield engine
    engine.dispose()


@pytest.fixture
def session(memory: sa.Engine) -> Iterator[scoped_session[Session]]:
    session = scoped_session(sessionmaker(memory))
    yield session
    session.remove()


def other_thread(work: Callable[[], object]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()


def titled(article: Article) -> str:
    return article.title.strip().replace(" ", "+") or "empty"


GUARDS: dict[str, dict[str, Any]] = {
    "cas": {},
    "locked": {"guard": locked()},
    "hashed": {"etag": titled},
}


@pytest.mark.parametrize("commits", [False, True], ids=["the guard commits", "the view commits"])
@pytest.mark.parametrize("guard", GUARDS)
def test_a_write_that_another_thread_rolls_back_is_no_success(
    guard: str, commits: bool, session: scoped_session[Session], memory: sa.Engine
) -> None:
    app = make_app(session)
    connection: Any = memory.raw_connection().driver_connection

    @app.patch("/<int:id>")
    @require_match(Article, **GUARDS[guard])
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        session.flush()
        other_thread(connection.rollback)
        if commits:
            session.commit()
        return "saved"

    tag = CURRENT if guard != "hashed" else {"If-Match": '"empty"'}
    with pytest.raises(SetupError, match="share one connection"):
        app.test_client().patch("/1", headers=tag)


def test_a_creation_that_another_thread_rolls_back_is_no_success(
    session: scoped_session[Session], memory: sa.Engine
) -> None:
    app: Flask = make_app(session)
    connection: Any = memory.raw_connection().driver_connection

    @app.put("/<name>")
    @require_match(User, create=True)
    def view(name: str, user: User | None) -> tuple[str, int]:
        session.add(User(name=name))
        session.flush()
        other_thread(connection.rollback)
        return "", 201

    with pytest.raises(SetupError):
        app.test_client().put("/ada", headers={"If-None-Match": "*"})


def test_a_row_without_a_version_that_another_thread_rolls_back_is_no_success(
    session: scoped_session[Session], memory: sa.Engine
) -> None:
    app = make_app(session)
    connection: Any = memory.raw_connection().driver_connection
    session.add(BlogPage(id=1, body="first"))
    session.commit()

    @app.patch("/<int:id>")
    @require_match(BlogPage, etag="body")
    def view(id: int, blog_page: BlogPage) -> str:
        blog_page.body = "mine"
        session.flush()
        other_thread(connection.rollback)
        return "saved"

    with pytest.raises(SetupError, match="share one connection"):
        app.test_client().patch("/1", headers={"If-Match": '"first"'})


@pytest.mark.parametrize("guard", GUARDS)
def test_one_thread_alone_may_commit_in_the_view(
    guard: str, session: scoped_session[Session]
) -> None:
    app = make_app(session)

    @app.patch("/<int:id>")
    @require_match(Article, **GUARDS[guard])
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        session.commit()
        return article.title

    tag = CURRENT if guard != "hashed" else {"If-Match": '"empty"'}
    assert app.test_client().patch("/1", headers=tag).status_code == 200


def test_one_thread_alone_has_nothing_to_fear(session: scoped_session[Session]) -> None:
    app = make_app(session)

    @app.patch("/<int:id>")
    @require_match(Article)
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        session.add(BlogPage(body="note"))
        return "saved"

    assert app.test_client().patch("/1", headers=CURRENT).status_code == 200
