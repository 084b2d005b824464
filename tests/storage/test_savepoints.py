"""Savepoints take back what was compared and locked after them."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from flask_preconditions import SetupError
from flask_preconditions import require_match
from flask_preconditions.sqlalchemy import locked

from .conftest import CURRENT
from .conftest import Database
from .conftest import Send
from .conftest import make_app
from .models import Article


def send_in_savepoint(db: Database, view: Callable[[Any, Article], Any], **options: Any) -> Any:
    """Send a request to a view while a savepoint is open that somebody else began."""
    app: Flask = make_app(db.session)
    opened = []

    @app.before_request
    def begin() -> None:
        opened.append(db.session.begin_nested())

    @app.patch("/<int:id>")
    @require_match(Article, **options)
    def patch(id: int, article: Article) -> Any:
        return view(opened[0], article)

    return app.test_client().patch("/1", headers=CURRENT)


def test_a_savepoint_from_before_the_check_takes_the_comparison_with_it(db: Database) -> None:
    def view(savepoint: Any, article: Article) -> str:
        article.title = "mine"
        db.session.flush()
        savepoint.rollback()
        return "saved"

    response = send_in_savepoint(db, view)
    assert response.status_code == 200
    assert db.article == ("first", 2, 0)
    assert response.headers["ETag"] == '"2"'


def test_a_savepoint_from_before_the_check_takes_the_lock_with_it(db: Database) -> None:
    def view(savepoint: Any, article: Article) -> str:
        savepoint.rollback()
        db.session.execute(sa.text("UPDATE articles SET title = 'mine'"))
        return "saved"

    if db.engine.dialect.name == "sqlite":
        assert send_in_savepoint(db, lambda *_: "saved", guard=locked()).status_code == 200
        return  # the lock begins a transaction of its own there, and ends the savepoint
    with pytest.raises(SetupError, match="ended with a commit or rollback"):
        send_in_savepoint(db, view, guard=locked(db.session))
    assert db.article == ("first", 1, 0)


@pytest.mark.parametrize("release", [False, True])
def test_savepoints_of_one_name_are_told_apart(release: bool, db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        run = db.session.connection().exec_driver_sql
        run("SAVEPOINT a")
        run("UPDATE articles SET title = 'dropped', version = version + 1")
        run("SAVEPOINT a")
        run("UPDATE articles SET title = 'dropped too'")
        if release:
            run("RELEASE SAVEPOINT a")
        if not release or db.engine.dialect.name != "mysql":  # it has forgotten the first one
            run("ROLLBACK TO SAVEPOINT a")
        return "saved"

    response = send(view)
    assert response.status_code == 200
    assert response.headers["ETag"] == f'"{db.article[1]}"' == '"2"'
