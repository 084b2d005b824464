"""A success is sent with evidence only, whoever commits and however the view writes."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask import abort
from flask import request
from sqlalchemy.orm import Session

from flask_preconditions import Preconditions
from flask_preconditions import SetupError
from flask_preconditions import require_match

from .conftest import CURRENT
from .conftest import RIVAL
from .conftest import Database
from .conftest import Send
from .conftest import make_app
from .conftest import on
from .models import Article
from .models import Comment
from .models import User

only_on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
only_on_servers = pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)


def rename(session: Any) -> None:
    session.get(Article, 1).title = "mine"


def removes(db: Database, app: Flask) -> None:
    db.session.remove()
    rename(db.session)
    db.session.commit()


def expunges(db: Database, app: Flask) -> None:
    db.session.expunge_all()
    rename(db.session)


def opens_a_session(db: Database, app: Flask) -> None:
    with Session(db.engine) as session:
        rename(session)
        session.commit()


def opens_a_connection(db: Database, app: Flask) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE articles SET title = 'mine'")


def opens_an_option_engine(db: Database, app: Flask) -> None:
    with db.engine.execution_options(note=1).begin() as connection:
        connection.exec_driver_sql("UPDATE articles SET title = 'mine'")


def adds_a_listener(db: Database, app: Flask) -> None:
    def write(session: Session) -> None:
        session.execute(sa.text("UPDATE articles SET title = 'mine'"))

    sa.event.listen(db.session(), "before_commit", write, once=True)


def joins_a_connection(db: Database, app: Flask) -> None:
    with (
        db.engine.begin() as connection,
        Session(connection, join_transaction_mode="create_savepoint") as session,
    ):
        rename(session)
        session.commit()


COMMITTERS: list[Callable[[Database, Flask], None]] = [
    removes,
    expunges,
    opens_a_session,
    opens_a_connection,
    opens_an_option_engine,
    adds_a_listener,
    joins_a_connection,
]


@pytest.mark.parametrize("commits", COMMITTERS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("autoflush", [True, False])
@pytest.mark.parametrize("overtaken", [True, False])
def test_whoever_commits_carries_the_claim(
    commits: Any, autoflush: bool, overtaken: bool, db: Database, send: Send
) -> None:
    db.session.remove()
    db.session.configure(autoflush=autoflush)

    def view(id: int, article: Article) -> str:
        if overtaken:
            db.rival(RIVAL)
        commits(db, None)
        return "saved"

    response = send(view)
    assert response.status_code == (412 if overtaken else 200)
    assert db.article[0] == ("theirs" if overtaken else "mine")
    assert response.headers["ETag"] == f'"{db.article[1]}"' != '"1"'


def test_a_second_transaction_beside_an_open_one_is_refused_and_does_not_wait(
    db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        db.session.flush()
        opens_a_connection(db, None)  # type: ignore[arg-type]
        return "saved"

    with pytest.raises(SetupError, match="writes in a second transaction"):
        send(view)
    assert db.article == ("first", 1, 0)


@pytest.mark.parametrize("statement", ["COMMIT", "ROLLBACK", "END"])
def test_a_commit_in_sql_is_refused(statement: str, db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        db.session.flush()
        db.session.execute(sa.text(statement))
        return "saved"

    with pytest.raises(SetupError, match="ends the transaction unseen"):
        send(view)
    assert db.article == ("first", 1, 0)


@only_on_servers
@pytest.mark.parametrize(
    "commits", [rename, lambda s: s.execute(sa.delete(Article))], ids=["assigns", "deletes"]
)
def test_autocommit_is_refused(commits: Any, db: Database, send: Send) -> None:
    on(db, db.engine.execution_options(isolation_level="AUTOCOMMIT"))

    def view(id: int, article: Article) -> str:
        commits(db.session)
        return "saved"

    with pytest.raises(SetupError, match="AUTOCOMMIT"):
        send(view)
    assert db.article == ("first", 1, 0)


def test_a_create_under_autocommit_is_refused(db: Database, send: Send) -> None:
    on(db, db.engine.execution_options(isolation_level="AUTOCOMMIT"))

    def view(name: str, user: User | None) -> None:
        db.session.add(User(name=name))
        db.session.flush()
        abort(409)

    with pytest.raises(SetupError, match="AUTOCOMMIT"):
        send(
            view, "PUT", {"If-None-Match": "*"}, load=User, rule="/<name>", path="/ann", create=True
        )
    assert db.rows("SELECT name FROM users") == []


@only_on_sqlite
def test_a_session_that_two_threads_use_is_refused(db: Database) -> None:
    engine = sa.create_engine(db.engine.url, connect_args={"check_same_thread": False})
    session = Session(engine)
    app = Flask(__name__)
    app.testing = True
    Preconditions(app, session=session)
    inside, done = threading.Event(), threading.Event()
    answers = []

    @app.patch("/<int:id>")
    @require_match(Article)
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        inside.set()
        done.wait(30)
        return "saved"

    def patch() -> None:
        answers.append(app.test_client().patch("/1", headers=CURRENT).status_code)

    thread = threading.Thread(target=patch)
    thread.start()
    inside.wait(30)
    with pytest.raises(SetupError, match="used by two threads"):
        app.test_client().patch("/1", headers=CURRENT)
    done.set()
    thread.join()
    session.close()
    engine.dispose()
    assert answers == [200]
    assert db.article == ("mine", 2, 0)


def count_statements(engine: sa.Engine) -> list[str]:
    sent: list[str] = []
    sa.event.listen(
        engine, "before_cursor_execute", lambda _c, _k, sql, *_: sent.append(sql.split()[0])
    )
    return sent


def test_a_get_is_one_select_and_a_put_one_select_and_one_update(db: Database) -> None:
    app = make_app(db.session)

    @app.route("/<int:id>", methods=["GET", "PUT"])
    @require_match(Article)
    def view(id: int, article: Article) -> tuple[str, int]:
        if request.method == "PUT":
            article.title = "mine"
        return "", 200

    client = app.test_client()
    client.put("/1", headers=CURRENT)  # the first write asks PostgreSQL once what writes the table
    sent = count_statements(db.engine)
    tag = client.get("/1").headers["ETag"]
    assert sent == ["SELECT"]
    sent.clear()
    assert client.put("/1", headers={"If-Match": tag}).status_code == 200
    assert sent == ["SELECT", "UPDATE"]


def test_an_object_that_was_loaded_before_fits_the_tag(db: Database) -> None:
    db.rival("INSERT INTO comments (id, article_id, text, version) VALUES (1, 1, 'old', 1)")
    app = make_app(db.session)

    @app.before_request
    def look() -> None:
        request.seen = [list(a.comments) for a in db.session.scalars(sa.select(Article))]  # type: ignore[attr-defined]
        if request.args:
            db.rival("UPDATE comments SET text = 'new'", RIVAL)

    @app.get("/<int:id>")
    @require_match(Article)
    def view(id: int, article: Article) -> str:
        return article.comments[0].text

    response = app.test_client().get("/1?rival")
    # MariaDB's transaction goes on with the state that it read first, tag and text.
    is_old = db.engine.dialect.name == "mysql"
    told = (response.headers["ETag"], response.text)
    assert told == (('"1"', "old") if is_old else ('"7"', "new"))


def test_a_guarded_view_may_call_a_guarded_view(db: Database, send: Send) -> None:
    db.rival("INSERT INTO comments (id, article_id, text, version) VALUES (1, 1, 'old', 1)")

    @require_match(Article)
    def inner(id: int, article: Article) -> str:
        db.session.add(Comment(id=2, article_id=1, text="more"))
        return "inner"

    def view(id: int, article: Article) -> str:
        answer: Any = inner(id=id)
        article.title = "mine"
        return str(answer.get_data(as_text=True))

    response = send(view)
    assert (response.status_code, response.text) == (200, "inner")
    assert db.article[0] == "mine"
    assert response.headers["ETag"] == f'"{db.article[1]}"'
