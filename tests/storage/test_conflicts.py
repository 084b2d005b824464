"""The databases' own words for a lost race, made to say them by real conflicts."""

import sqlite3
from contextlib import ExitStack
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask import g
from flask import request
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from flask_preconditions import Preconditions
from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions.sqlalchemy.conflicts import is_busy
from flask_preconditions.sqlalchemy.conflicts import is_lost_race

from .conftest import RIVAL
from .conftest import Database
from .conftest import Send
from .conftest import on
from .models import Article
from .models import Comment

only_on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
only_on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@only_on_postgresql
@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("statement", [None, "UPDATE articles SET title = 'mine'"])
def test_a_serialization_failure_is_412(
    level: Any, statement: str | None, db: Database, send: Send
) -> None:
    on(db, db.engine.execution_options(isolation_level=level))

    def view(id: int, article: Article) -> str:
        db.rival(RIVAL)
        if statement:
            db.session.connection().execute(sa.text(statement))
        article.title = "mine"
        return "saved"

    response = send(view)
    assert (response.status_code, response.json["reason"]) == (412, "lost-race")
    assert response.headers["ETag"] == '"7"'
    assert db.article == ("theirs", 7, 0)


@only_on_postgresql
def test_a_serialization_failure_of_psycopg_alone_is_412_where_the_view_says_so(
    db: Database,
) -> None:
    app = Flask(__name__)
    Preconditions(app)
    import psycopg  # not there where the oldest versions are tried, on SQLite alone

    url = str(db.engine.url).replace("+psycopg", "")
    read = "SELECT title FROM articles WHERE id = 1"
    closed = ExitStack()

    def find() -> dict[str, str]:
        g.db = closed.enter_context(psycopg.connect(url))
        g.db.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
        return {"title": g.db.execute(read).fetchone()[0]}

    @app.put("/")
    @require_match(find, etag="title")
    def save() -> str:
        with precondition.lost(psycopg.errors.SerializationFailure):
            if request.args:
                db.rival(RIVAL)
            g.db.execute("UPDATE articles SET title = 'mine' WHERE id = 1")
            g.db.commit()
            precondition.confirm(True)
        return "saved"

    def send(path: str) -> int:
        with closed:  # an open transaction would be in the way of the next
            return app.test_client().put(path, headers={"If-Match": '"first"'}).status_code

    assert send("/?rival") == 412
    assert db.article == ("theirs", 7, 0)
    db.rival("UPDATE articles SET title = 'first'")
    assert send("/") == 200
    assert db.article == ("mine", 7, 0)


@only_on_postgresql
def test_a_deadlock_is_412(db: Database, send: Send) -> None:
    db.rival("INSERT INTO users (id, name, version) VALUES (1, 'ada', 1)")
    with db.rivals.connect() as rival:
        # Both lock one row, and the rival asks for the other without waiting in this thread.
        rival.execute(sa.text("SET deadlock_timeout = '1h'"))
        rival.execute(sa.text("UPDATE users SET email = 'theirs' WHERE id = 1"))
        rival_driver: Any = rival.connection.dbapi_connection

        def view(id: int, article: Article) -> str:
            article.title = "mine"
            db.session.flush()
            rival_driver.pgconn.send_query(b"UPDATE articles SET title = 'theirs' WHERE id = 1")
            wait_until_blocked(db, rival_driver.pgconn.backend_pid)
            db.session.execute(sa.text("SET LOCAL deadlock_timeout = '1ms'"))
            db.session.execute(sa.text("UPDATE users SET email = 'mine' WHERE id = 1"))
            return "saved"

        response = send(view)
        while rival_driver.pgconn.get_result() is not None:
            pass
        rival.rollback()
    assert (response.status_code, response.json["reason"]) == (412, "lost-race")
    assert db.article == ("first", 1, 0)


def wait_until_blocked(db: Database, pid: int) -> None:
    with db.rivals.connect() as connection:
        blocked = sa.text("SELECT cardinality(pg_blocking_pids(:pid))")
        while connection.scalar(blocked, {"pid": pid}) == 0:
            pass


@only_on_postgresql
def test_a_lock_that_is_not_free_in_time_is_503(db: Database, send: Send) -> None:
    engine = sa.create_engine(db.engine.url, connect_args={"options": "-c lock_timeout=1"})
    on(db, engine)

    def view(id: int, article: Article) -> str:
        article.title = "mine"
        return "saved"

    with db.rivals.begin() as rival:
        rival.execute(sa.text("UPDATE articles SET title = 'theirs'"))
        response = send(view)
    engine.dispose()
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"


@only_on_sqlite
@pytest.mark.usefixtures("begins")
def test_a_stale_snapshot_is_412(db: Database, send: Send) -> None:
    codes = []

    def view(id: int, article: Article) -> str:
        db.rival(RIVAL)
        article.title = "mine"
        try:
            db.session.flush()
        except OperationalError as error:
            codes.append(error.orig.sqlite_errorcode)  # type: ignore[union-attr]
            raise
        return "saved"

    response = send(view)
    assert codes == [sqlite3.SQLITE_BUSY_SNAPSHOT]
    assert (response.status_code, response.json["reason"]) == (412, "lost-race")
    assert response.headers["ETag"] == '"7"'
    assert db.article == ("theirs", 7, 0)


@only_on_sqlite
@pytest.mark.usefixtures("begins")
def test_a_write_in_a_begun_transaction_is_performed(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        return "saved"

    assert send(view).headers["ETag"] == '"2"'
    assert db.article == ("mine", 2, 0)


@only_on_sqlite
@pytest.mark.usefixtures("begins")
def test_a_busy_database_is_503(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        return "saved"

    with db.rivals.begin() as rival:
        rival.execute(sa.text("UPDATE articles SET slug = 'theirs'"))
        response = send(view)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert db.article == ("first", 1, 0)


@only_on_sqlite
def test_a_busy_database_whose_target_has_changed_is_412(db: Database, send: Send) -> None:
    engine = sa.create_engine(db.engine.url, connect_args={"timeout": 0})
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    on(db, engine)
    rival = db.rivals.connect()

    def view(id: int, article: Article) -> str:
        db.rival(RIVAL)
        rival.execute(sa.text("UPDATE articles SET slug = 'theirs'"))
        article.title = "mine"
        return "saved"

    response = send(view)
    rival.close()
    engine.dispose()
    assert (response.status_code, response.headers["ETag"]) == (412, '"7"')


@only_on_sqlite
def test_a_database_too_busy_to_be_read_is_503(db: Database, send: Send) -> None:
    engine = sa.create_engine(db.engine.url, connect_args={"timeout": 0})
    on(db, engine)
    rival = db.rivals.connect()

    def view(id: int, article: Article) -> str:
        rival.exec_driver_sql("BEGIN EXCLUSIVE")
        article.title = "mine"
        return "saved"

    response = send(view)
    rival.close()
    engine.dispose()
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")


def test_a_stale_child_is_412(db: Database, send: Send) -> None:
    db.rival("INSERT INTO comments (id, article_id, text, version) VALUES (1, 1, 'old', 1)")

    def view(id: int, article: Article) -> str:
        comment = article.comments[0]
        db.rival("UPDATE comments SET text = 'theirs', version = 2")
        comment.text = "mine"
        return "saved"

    assert send(view).status_code == 412
    assert db.session.scalars(sa.select(Comment.text)).one() == "theirs"


def test_an_error_that_is_no_conflict_stays_what_it_is(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        db.session.flush()
        db.session.execute(sa.text("UPDATE nowhere SET title = 'mine'"))
        return "saved"

    with pytest.raises(sa.exc.DBAPIError, match="nowhere"):
        send(view)
    assert db.article == ("first", 1, 0)


class DriverError(Exception):
    """The shapes in which drivers that are not installed here raise."""

    def __init__(self, *args: object, **attributes: object) -> None:
        super().__init__(*args)
        self.__dict__.update(attributes)


@pytest.mark.parametrize(
    ("original", "lost", "busy"),
    [
        (DriverError(1213, "Deadlock found when trying to get lock"), True, False),  # PyMySQL
        (DriverError(1020, "Record has changed since last read"), True, False),  # MariaDB 11.6
        (DriverError(1205, "Lock wait timeout exceeded"), False, True),
        (DriverError("could not serialize access", pgcode="40001"), True, False),  # psycopg2
        (DriverError("canceling statement", pgcode="55P03"), False, True),
        (DriverError({"C": "40P01", "M": "deadlock detected"}), True, False),  # pg8000
        (DriverError("Deadlock found", errno=1213, sqlstate="40001"), True, False),  # MariaDB's own
        (DriverError("Lock wait timeout exceeded", errno=1205, sqlstate="HY000"), False, True),
        (DriverError(1062, "Duplicate entry"), False, False),
        (DriverError(), False, False),
    ],
)
def test_other_drivers_are_known_by_their_codes(
    original: DriverError, lost: bool, busy: bool
) -> None:
    error = OperationalError("UPDATE …", {}, original)
    assert (is_lost_race(error), is_busy(error)) == (lost, busy)


def test_a_merged_object_with_a_wrong_version_is_no_lost_race(db: Database, send: Send) -> None:
    """Its version came with the body of the request, perhaps as a text."""

    def view(id: int, article: Article) -> str:
        db.session.merge(Article(id=id, title="mine", version=55))
        return "saved"

    with pytest.raises(StaleDataError, match="Version id '55' on merged state"):
        send(view)
    assert db.article == ("first", 1, 0)


def test_a_merged_object_whose_row_was_written_is_412(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        db.rival(RIVAL)
        db.session.rollback()
        db.session.merge(Article(id=id, title="mine", version=1))
        return "saved"

    response = send(view)
    assert (response.status_code, response.headers["ETag"]) == (412, '"7"')
    assert db.article == ("theirs", 7, 0)
