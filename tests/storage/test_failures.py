"""What a view catches and goes on: a success of it is sent only where something is stored."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import make_transient

from flask_preconditions import SetupError
from flask_preconditions.sqlalchemy import locked

from .conftest import CURRENT
from .conftest import Database
from .conftest import Send
from .models import Article
from .models import Comment

GUARDS: dict[str, dict[str, Any]] = {
    "cas": {},
    "locked": {"etag": lambda article: str(article.version), "guard": locked()},
}
guards = pytest.mark.parametrize("guard", GUARDS)
methods = pytest.mark.parametrize("method", ["PATCH", "PUT"])
GIVEN_UP = "caught an error with which the database gave up the transaction"


def failing(db: Database, sql: str, *, then: str = "") -> Callable[..., Any]:
    """Write, let a statement fail, and go on as if nothing were."""

    def view(id: int, article: Article) -> Any:
        article.title = "mine"
        db.session.flush()
        with pytest.raises(sa.exc.DBAPIError):
            db.session.execute(sa.text(sql))
        if then:
            db.session.execute(sa.text(then))
        return "", 204

    return view


@guards
@methods
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_transaction_that_postgresql_has_aborted_stores_nothing(
    method: str, guard: str, db: Database, send: Send
) -> None:
    with pytest.raises(SetupError, match=GIVEN_UP):
        send(failing(db, "SELECT * FROM nowhere"), method, **GUARDS[guard])
    assert db.article == ("first", 1, 0)


@guards
@methods
@pytest.mark.parametrize("database_url", ["sqlite", "mariadb"], indirect=True)
def test_a_statement_that_fails_by_itself_does_no_harm(
    method: str, guard: str, db: Database, send: Send
) -> None:
    response = send(failing(db, "SELECT * FROM nowhere"), method, **GUARDS[guard])
    assert (response.status_code, db.article) == (204, ("mine", 2, 0))


@guards
@methods
def test_a_statement_that_fails_in_its_savepoint_does_no_harm(
    method: str, guard: str, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> Any:
        article.title = "mine"
        db.session.flush()
        with pytest.raises(sa.exc.DBAPIError), db.session.begin_nested():
            db.session.execute(sa.text("SELECT * FROM nowhere"))
        return "", 204

    assert send(view, method, **GUARDS[guard]).status_code == 204
    assert db.article == ("mine", 2, 0)


@methods
def test_a_statement_that_fails_in_a_transaction_of_its_own_does_no_harm(
    method: str, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> Any:
        with db.engine.connect() as own:
            with pytest.raises(sa.exc.DBAPIError):
                own.exec_driver_sql("SELECT * FROM nowhere")
            article.title = "mine"
            db.session.commit()
        return "", 204

    assert send(view, method).status_code == 204
    assert db.article == ("mine", 2, 0)


@guards
@methods
@pytest.mark.parametrize("then", ["", "UPDATE articles SET slug = 'more' WHERE id = 1"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_transaction_that_sqlite_has_rolled_back_stores_nothing(
    then: str, method: str, guard: str, db: Database, send: Send
) -> None:
    db.rival(
        "CREATE TRIGGER refuse BEFORE INSERT ON users "
        "BEGIN SELECT RAISE(ROLLBACK, 'not in this transaction'); END"
    )
    view = failing(db, "INSERT INTO users (name, version) VALUES ('x', 1)", then=then)
    with pytest.raises(SetupError, match=GIVEN_UP):
        send(view, method, **GUARDS[guard])
    assert db.rows("SELECT title, slug, version FROM articles") == [("first", None, 1)]


@pytest.fixture
def heavy(db: Database) -> Any:
    """Somebody else's transaction that a deadlock spares, for it has written more."""
    with db.rivals.begin() as connection:
        for number in range(50):
            connection.execute(
                sa.text("INSERT INTO users (name, version) VALUES (:name, 1)"), {"name": number}
            )
    with db.rivals.connect() as connection:
        connection.exec_driver_sql("UPDATE users SET version = 2")
        yield connection


def wait_for_the_lock(db: Database) -> None:
    waiting = "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
    while db.rows(waiting) == [(0,)]:
        pass


@methods
@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_a_deadlock_that_the_view_catches_is_a_lost_race(
    method: str, heavy: sa.Connection, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> Any:
        article.title = "mine"
        db.session.flush()
        rival = threading.Thread(
            target=heavy.exec_driver_sql, args=["UPDATE articles SET slug = 'theirs'"]
        )
        rival.start()
        wait_for_the_lock(db)
        with pytest.raises(sa.exc.OperationalError, match="1213"):
            db.session.execute(sa.text("UPDATE users SET version = 3"))
        rival.join()
        heavy.commit()
        return "", 204

    assert send(view, method).status_code == 412
    assert db.rows("SELECT title, slug, version FROM articles") == [("first", "theirs", 1)]


@guards
@methods
def test_a_refusal_that_the_view_catches_is_one(
    method: str, guard: str, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> Any:
        article.title = "mine"
        with pytest.raises(SetupError):
            db.session.execute(sa.text("COMMIT"))
        return "", 204

    with pytest.raises(SetupError, match="ends the transaction unseen"):
        send(view, method, **GUARDS[guard])
    assert db.article == ("first", 1, 0)


@pytest.mark.filterwarnings("ignore:transaction already deassociated")
def test_a_transaction_that_is_ended_below_its_session_is_told_so(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> Any:
        article.title = "mine"
        db.session.flush()
        transaction = db.session.connection().get_transaction()
        assert transaction is not None
        transaction.rollback()
        return "", 204

    with pytest.raises(SetupError, match="below its session"):
        send(view)
    assert db.article == ("first", 1, 0)


def removed(db: Database, article: Article) -> None:
    db.session.remove()
    article.title = "mine"


def changed_before(db: Database, article: Article) -> None:
    article.title = "mine"
    db.session.remove()


def beside_others(db: Database, article: Article) -> None:
    db.session.expunge(article)
    article.title = "mine"
    db.session.add(Comment(article_id=1, text="stored"))


def made_transient(db: Database, article: Article) -> None:
    make_transient(article)
    article.title = "mine"


@guards
@methods
@pytest.mark.parametrize("leave", [removed, changed_before, beside_others, made_transient])
def test_what_is_changed_in_no_session_is_no_success(
    leave: Callable[[Database, Article], None],
    method: str,
    guard: str,
    db: Database,
    send: Send,
) -> None:
    def view(id: int, article: Article) -> Any:
        leave(db, article)
        return "", 204

    with pytest.raises(
        SetupError, match="has changed title of the article, which is in no session"
    ):
        send(view, method, **GUARDS[guard])
    assert db.article == ("first", 1, 0)


def merged(db: Database, article: Article) -> None:
    db.session.merge(article)


def saved_in_bulk(db: Database, article: Article) -> None:
    db.session.bulk_save_objects([article])


@methods
@pytest.mark.parametrize("store", [merged, saved_in_bulk])
def test_what_is_stored_from_no_session_is_a_success(
    store: Callable[[Database, Article], None], method: str, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> Any:
        db.session.expunge(article)
        article.title = "mine"
        store(db, article)
        return "", 204

    assert send(view, method).status_code == 204
    assert db.article == ("mine", 2, 0)


def test_what_is_changed_and_then_deleted_is_a_success(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> Any:
        article.title = "mine"
        db.session.delete(article)
        db.session.commit()
        return "", 204

    assert send(view, "DELETE", CURRENT).status_code == 204
    assert db.rows("SELECT title FROM articles") == []
