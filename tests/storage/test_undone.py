"""A view that has rolled back all that it has changed is no success."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from flask_preconditions import SetupError
from flask_preconditions.sqlalchemy import cas
from flask_preconditions.sqlalchemy import locked

from .conftest import RIVAL
from .conftest import Database
from .conftest import Send
from .models import Article
from .models import User


def rename(session: Any) -> None:
    session.get(Article, 1).title = "mine"


def rolls_back_what_was_flushed(db: Database) -> None:
    rename(db.session)
    db.session.flush()
    db.session.rollback()


def rolls_back_what_was_not_flushed(db: Database) -> None:
    rename(db.session)
    db.session.rollback()


def gives_up_a_new_row(db: Database) -> None:
    db.session.add(User(name="ann"))
    db.session.rollback()


def closes_what_was_flushed(db: Database) -> None:
    rename(db.session)
    db.session.flush()
    db.session.remove()


def forgets_the_commit_of_a_session(db: Database) -> None:
    db.session.rollback()
    with Session(db.engine) as session:
        rename(session)
        session.flush()


def forgets_the_commit_of_a_connection(db: Database) -> None:
    db.session.rollback()
    with db.engine.connect() as connection:
        connection.exec_driver_sql("UPDATE articles SET title = 'mine'")


def catches_a_taken_key(db: Database) -> None:
    rename(db.session)
    db.session.add_all([User(name="ann"), User(name="ann")])
    try:
        db.session.commit()
    except sa.exc.IntegrityError:
        db.session.rollback()


UNDOERS: list[Callable[[Database], None]] = [
    rolls_back_what_was_flushed,
    rolls_back_what_was_not_flushed,
    gives_up_a_new_row,
    closes_what_was_flushed,
    forgets_the_commit_of_a_session,
    forgets_the_commit_of_a_connection,
    catches_a_taken_key,
]


@pytest.mark.parametrize("undo", UNDOERS, ids=lambda undo: undo.__name__)
def test_a_success_after_everything_was_undone_is_refused(
    undo: Callable[[Database], None], db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        undo(db)
        return "saved"

    with pytest.raises(SetupError, match="has rolled back all that it has changed") as refused:
        send(view)
    assert "test_undone.py" in str(refused.value)
    assert db.article == ("first", 1, 0)


@pytest.mark.parametrize("undo", UNDOERS, ids=lambda undo: undo.__name__)
def test_what_is_written_after_the_rollback_is_stored(
    undo: Callable[[Database], None], db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        undo(db)
        rename(db.session)
        return "saved"

    assert send(view).headers["ETag"] == '"2"'
    assert db.article == ("mine", 2, 0)


@pytest.mark.parametrize("undo", UNDOERS, ids=lambda undo: undo.__name__)
def test_an_error_may_undo_what_it_likes(
    undo: Callable[[Database], None], db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> tuple[str, int]:
        undo(db)
        return "no", 422

    assert send(view).status_code == 422
    assert db.article == ("first", 1, 0)


def test_what_was_committed_before_the_rollback_is_a_success(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        db.session.commit()
        db.session.add(User(name="ann"))
        db.session.flush()
        db.session.rollback()
        return "saved"

    assert send(view).status_code == 200
    assert db.article == ("mine", 2, 0)


@pytest.mark.parametrize("guard", [cas, locked])
def test_a_rollback_before_anything_was_changed_is_none_of_the_guards_business(
    guard: Any, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        db.session.rollback()
        return "nothing to do"

    assert send(view, guard=guard(db.session)).status_code == 200


def test_what_is_undone_on_purpose_goes_into_a_savepoint(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        with db.session.begin_nested() as trial:
            article.title = "mine"
            db.session.flush()
            trial.rollback()
        return "it would do"

    assert send(view).status_code == 200
    assert db.article[0] == "first"


def test_under_a_lock_too(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        rolls_back_what_was_flushed(db)
        return "saved"

    with pytest.raises(SetupError, match="has rolled back all that it has changed"):
        send(view, guard=locked(db.session))


def test_a_lost_race_comes_first(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        rolls_back_what_was_flushed(db)
        db.rival(RIVAL)
        return "saved"

    assert send(view).status_code == 412
    assert db.article == ("theirs", 7, 0)


def test_a_create_too(db: Database, send: Send) -> None:
    def view(name: str, user: None) -> tuple[str, int]:
        db.session.add(User(name=name))
        db.session.flush()
        db.session.rollback()
        return "", 201

    users: dict[str, Any] = {"load": User, "rule": "/users/<name>", "path": "/users/ann"}
    with pytest.raises(SetupError, match="there is no User with name='ann'"):
        send(view, "PUT", {"If-None-Match": "*"}, create=True, **users)
    assert db.rows("SELECT * FROM users") == []
