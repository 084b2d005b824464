"""Where the session comes from."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask import request
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy_lite import SQLAlchemy as Lite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker
from werkzeug.local import LocalProxy

from flask_preconditions import Preconditions
from flask_preconditions import SetupError
from flask_preconditions import require_match
from flask_preconditions.sqlalchemy import cas
from flask_preconditions.sqlalchemy import locked
from flask_preconditions.sqlalchemy import rows

from .conftest import CURRENT
from .conftest import Database
from .conftest import make_app
from .models import Article


class Base(DeclarativeBase):
    type_annotation_map = {str: sa.String(80)}  # noqa: RUF012


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


def note_app(db: Any, model: type[Any]) -> Flask:
    """An application of Flask-SQLAlchemy or Flask-SQLAlchemy-Lite, with nothing set up."""
    app = Flask(__name__)
    app.testing = True

    @app.route("/notes/<int:id>", methods=["GET", "PATCH"])
    @require_match(model)
    def view(id: int, note: Any) -> str:
        if "X-Overtaken" in request.headers:
            rivals = sa.create_engine(db.engine.url)
            with rivals.begin() as connection:
                connection.execute(sa.text("UPDATE notes SET text = 'theirs', version = 7"))
            rivals.dispose()
        note.text = "mine"
        return "saved"

    return app


def plays_by_the_rules(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/notes/1").headers["ETag"] == '"1"'
    assert client.patch("/notes/1").status_code == 428
    assert client.patch("/notes/1", headers={"If-Match": '"1"'}).headers["ETag"] == '"2"'
    lost = client.patch("/notes/1", headers={"If-Match": '"2"', "X-Overtaken": "yes"})
    assert (lost.status_code, lost.headers["ETag"]) == (412, '"7"')


def test_flask_sqlalchemy_needs_no_setting_up(database_url: str) -> None:
    db = SQLAlchemy()

    class Note(db.Model):  # type: ignore[name-defined,misc]
        __tablename__ = "notes"
        id = db.Column(db.Integer, primary_key=True)
        text = db.Column(db.String(80), nullable=False)
        version = db.Column(db.Integer, nullable=False)
        __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    app = note_app(db, Note)
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    db.init_app(app)
    with app.app_context():
        db.drop_all()
        db.create_all()
        db.session.add(Note(text="first"))
        db.session.commit()
    plays_by_the_rules(app)
    with app.app_context():
        db.drop_all()
        db.engine.dispose()


def test_flask_sqlalchemy_lite_needs_no_setting_up(database_url: str) -> None:
    db = Lite()
    app = note_app(db, Note)
    app.config["SQLALCHEMY_ENGINES"] = {"default": database_url}
    db.init_app(app)
    with app.app_context():
        Base.metadata.drop_all(db.engine)
        Base.metadata.create_all(db.engine)
        db.session.add(Note(text="first"))
        db.session.commit()
    plays_by_the_rules(app)
    with app.app_context():
        Base.metadata.drop_all(db.engine)
        db.engine.dispose()


@pytest.fixture
def plain(db: Database) -> Iterator[Session]:
    with Session(db.engine) as session:
        yield session


KINDS = {
    "scoped_session": lambda db, plain: db.session,
    "Session": lambda db, plain: plain,
    "function": lambda db, plain: lambda: plain,
    "function that gives a scoped_session": lambda db, plain: lambda: db.session,
    "function that gives a scoped_session's": lambda db, plain: lambda: db.session(),
    "LocalProxy": lambda db, plain: LocalProxy(lambda: plain),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", ["app", "cas", "locked"])
def test_a_session_can_be_given_in_three_forms(
    kind: str, where: str, db: Database, plain: Session
) -> None:
    session: Any = KINDS[kind](db, plain)
    app = Flask(__name__)
    app.testing = True
    Preconditions(app, session=session if where == "app" else None)
    guard = {"app": None, "cas": cas(session), "locked": locked(session)}[where]

    @app.patch("/<int:id>")
    @require_match(Article, guard=guard)
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        return "saved"

    assert app.test_client().patch("/1", headers=CURRENT).headers["ETag"] == '"2"'
    assert db.article == ("mine", 2, 0)


@pytest.mark.parametrize("takes", [cas, locked])
@pytest.mark.parametrize("make", [sessionmaker, lambda: Session])
def test_a_maker_of_sessions_is_refused_where_it_is_given(takes: Any, make: Any) -> None:
    with pytest.raises(SetupError, match=r"session=scoped_session\(sessionmaker\(engine\)\)"):
        takes(make())
    with pytest.raises(SetupError, match="a new session at every call"):
        Preconditions(session=make())
    with pytest.raises(SetupError, match="a new session at every call"):
        rows(sa.select(Article.id).order_by(Article.id), session=make())


def test_a_function_that_gives_new_sessions_is_found_out(db: Database) -> None:
    app = Flask(__name__)
    app.testing = True
    made = []

    def make() -> Session:
        made.append(Session(db.engine))
        return made[-1]

    app.patch("/<int:id>")(require_match(Article, guard=cas(make))(lambda id: ""))
    with pytest.raises(SetupError, match="loaded with another session than the guard's"):
        app.test_client().patch("/1", headers=CURRENT)
    for session in made:
        session.close()


@pytest.mark.parametrize(
    ("session", "words"),
    [
        (AsyncSession(), "AsyncSession is not supported"),
        ("sqlite://", "give a Session, a scoped_session, or a function"),
    ],
)
def test_what_is_no_session_is_refused(session: Any, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        Preconditions(session=session)


@pytest.mark.parametrize(
    ("session", "words"),
    [
        (lambda: AsyncSession(), "AsyncSession is not supported"),
        (lambda: "sqlite://", "gave 'sqlite://', which is no Session"),
    ],
)
def test_a_function_that_gives_no_session_is_refused_when_it_is_called(
    session: Any, words: str
) -> None:
    app = Flask(__name__)
    app.testing = True
    Preconditions(app, session=session)
    app.get("/<int:id>")(require_match(Article)(lambda id: ""))
    with pytest.raises(SetupError, match=words):
        app.test_client().get("/1")


def test_without_a_session_the_error_names_the_line() -> None:
    app = Flask(__name__)
    app.testing = True
    app.get("/<int:id>")(require_match(Article)(lambda id: ""))
    with pytest.raises(SetupError, match=r"Preconditions\(app, session=db_session\)"):
        app.test_client().get("/1")


def test_two_apps_use_their_own_databases(db: Database, tmp_path: Any) -> None:
    other = sa.create_engine(f"sqlite:///{tmp_path / 'other.sqlite3'}")
    Article.metadata.create_all(other)
    with Session(other) as session:
        session.add(Article(title="other"))
        session.commit()
    titles = []
    for session in (db.session, scoped_session(sessionmaker(other))):
        app = make_app(session)
        view = require_match(Article)(lambda id, article: article.title)
        app.get("/<int:id>")(view)
        titles.append(app.test_client().get("/1").text)
    assert titles == ["first", "other"]
    other.dispose()
