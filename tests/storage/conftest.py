"""Databases, and an application on each of them."""

import sqlite3
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker
from werkzeug.test import TestResponse

from flask_preconditions import Preconditions
from flask_preconditions import precondition_passed
from flask_preconditions import require_match
from tests.needs import need

from . import mariadb
from .models import Article
from .models import Base
from .postgres import running_server

CURRENT = {"If-Match": '"1"'}
RIVAL = "UPDATE articles SET title = 'theirs', version = 7 WHERE id = 1"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    need("initdb")
    with running_server() as url:
        yield url


@pytest.fixture(scope="session")
def own_postgres_url(postgres_url: str) -> str:
    return own_database(postgres_url)


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    need("mariadbd")
    with mariadb.running_server() as url:
        yield url


@pytest.fixture(scope="session")
def own_mariadb_url(mariadb_url: str) -> str:
    return own_database(mariadb_url)


def own_database(server: str) -> str:
    """Make a database besides the one that the servers of other tests write to."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE in_process")
    own = engine.url.set(database="in_process")
    engine.dispose()
    return own.render_as_string(hide_password=False)


@sa.event.listens_for(sa.Engine, "connect")
def leave_the_disk_alone(driver: object, _: object) -> None:
    """Let no commit wait for the disk: what a test stores does not outlive it."""
    if isinstance(driver, sqlite3.Connection):
        driver.execute("PRAGMA synchronous = OFF")


SERVERS = {"postgresql": "own_postgres_url", "mariadb": "own_mariadb_url"}


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.sqlite3'}"
    url: str = request.getfixturevalue(SERVERS[request.param])
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(database_url)
    Base.metadata.create_all(engine)
    empty(engine)
    with Session(engine) as session:
        # Only MariaDB goes on counting where the test before left off.
        session.add(Article(id=1 if engine.dialect.name == "mysql" else None, title="first"))
        session.commit()
    yield engine
    engine.dispose()


def empty(engine: sa.Engine) -> None:
    """Take what the tests before have left on a server."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            tables = ", ".join(Base.metadata.tables)
            connection.exec_driver_sql(f"TRUNCATE {tables} RESTART IDENTITY")
        elif engine.dialect.name == "mysql":
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(sa.delete(table))


@dataclass
class Database:
    """A database as the application and its rivals see it.

    :param engine: that of the application.
    :param rivals: somebody else's connections to it.
    """

    engine: sa.Engine
    session: scoped_session[Session]
    rivals: sa.Engine

    def rival(self, *statements: str) -> None:
        """Let somebody else write and commit, now."""
        with self.rivals.begin() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.rivals.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    @property
    def article(self) -> tuple[Any, ...]:
        """The title and the version of the article, and the count of its comments."""
        [row] = self.rows(
            "SELECT title, version, (SELECT count(*) FROM comments) FROM articles WHERE id = 1"
        )
        return row


@pytest.fixture
def db(engine: sa.Engine) -> Iterator[Database]:
    session = scoped_session(sessionmaker(engine))
    rivals = sa.create_engine(engine.url)
    yield Database(engine, session, rivals)
    session.remove()
    rivals.dispose()


def on(db: Database, engine: sa.Engine) -> None:
    """Let the application work on another engine than its rivals."""
    db.session.remove()
    db.session.configure(bind=engine)


@pytest.fixture
def begins(db: Database) -> Any:
    """Let the driver begin a transaction with the first read, as SQLAlchemy advises."""
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode=WAL").scalar() == "wal"
    engine = sa.create_engine(db.engine.url)

    @sa.event.listens_for(engine, "connect")
    def leave_transactions_alone(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout = 0")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    on(db, engine)
    yield
    db.session.remove()
    engine.dispose()


def impatient_rival(db: Database, statement: str) -> None:
    """Write, and give up at once where a lock is in the way."""
    with db.rivals.connect() as connection:
        connection.exec_driver_sql(
            {
                "sqlite": "PRAGMA busy_timeout = 0",
                "postgresql": "SET lock_timeout = '1ms'",
                "mysql": "SET innodb_lock_wait_timeout = 0",
            }[db.rivals.dialect.name]
        )
        try:
            connection.exec_driver_sql(statement)
        finally:
            connection.invalidate()


class Overtaking:
    """Lets a rival write after the check and before the lock."""

    def __init__(self, db: Database, statement: str) -> None:
        self.db, self.statement = db, statement

    def __enter__(self) -> None:
        precondition_passed.connect(self._write)

    def __exit__(self, *_: object) -> None:
        precondition_passed.disconnect(self._write)

    def _write(self, sender: object, **_: object) -> None:
        self.db.rival(self.statement)


def make_app(session: scoped_session[Session]) -> Flask:
    app = Flask(__name__)
    app.testing = True
    Preconditions(app, session=session)

    @app.teardown_appcontext
    def remove(error: BaseException | None) -> None:
        session.remove()

    return app


Send = Callable[..., TestResponse]


@pytest.fixture
def send(db: Database) -> Send:
    """Send one request to an application with one view."""

    def send(
        view: Callable[..., Any],
        method: str = "PATCH",
        headers: dict[str, str] = CURRENT,
        *,
        load: Any = Article,
        rule: str = "/articles/<int:id>",
        path: str = "/articles/1",
        config: dict[str, Any] | None = None,
        **options: Any,
    ) -> TestResponse:
        app = make_app(db.session)
        app.config.update(config or {})
        app.add_url_rule(
            rule,
            "view",
            require_match(load, **options)(view),
            methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        )
        return app.test_client().open(path, method=method, headers=headers)

    return send
