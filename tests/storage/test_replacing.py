"""Tables where a write does something else than it says: it replaces, or is left to a trigger."""

# ruff: noqa: RUF012 - mapper arguments are written like this in SQLAlchemy's own pages

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from flask_preconditions import SetupError
from flask_preconditions.sqlalchemy import cas
from flask_preconditions.sqlalchemy import locked

from .conftest import RIVAL
from .conftest import Database
from .conftest import Overtaking
from .conftest import Send
from .models import User

ABSENT = {"If-None-Match": "*"}
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def word_that(conflict: str, engine: sa.Engine) -> Any:
    class Base(DeclarativeBase):
        pass

    class Word(Base):
        __tablename__ = "words"
        name: Mapped[str] = mapped_column(primary_key=True, sqlite_on_conflict_primary_key=conflict)
        text: Mapped[str]
        version: Mapped[int] = mapped_column()
        __mapper_args__ = {"version_id_col": version}

    Base.metadata.create_all(engine)
    return Word


@pytest.mark.parametrize("conflict", ["REPLACE", "IGNORE"])
@on_sqlite
def test_a_key_that_replaces_or_ignores_creates_once(
    conflict: str, db: Database, send: Send
) -> None:
    word = word_that(conflict, db.engine)

    def view(name: str, word: None) -> tuple[str, int]:
        db.rival("INSERT INTO words VALUES ('a', 'theirs', 1)")
        db.session.add(made(name=name, text="mine"))
        return "", 201

    made = word
    where = {"method": "PUT", "headers": ABSENT, "rule": "/<name>", "path": "/a"}
    assert send(view, load=word, create=True, **where).status_code == 412
    assert db.rows("SELECT text FROM words") == [("theirs",)]

    def load(name: str) -> Any:
        return db.session.get(made, name)

    def again(name: str) -> tuple[str, int]:
        db.session.add(made(name=name, text="mine"))
        return "", 201

    where["path"] = "/b"
    options: dict[str, Any] = {"load": load, "etag": "version", "create": True}
    with pytest.raises(SetupError, match="nothing proves"):
        send(again, guard=cas(db.session), **options, **where)
    assert send(again, guard=locked(db.session), **options, **where).status_code == 201


LEAVES_OUT = {
    "sqlite": (
        "CREATE TRIGGER leaves_out BEFORE INSERT ON users "
        "WHEN EXISTS (SELECT 1 FROM users WHERE name = NEW.name) BEGIN SELECT RAISE(IGNORE); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION leave_out() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF EXISTS (SELECT FROM users WHERE name = NEW.name) THEN RETURN NULL; END IF; "
        "RETURN NEW; END $$",
        "CREATE TRIGGER leaves_out BEFORE INSERT ON users "
        "FOR EACH ROW EXECUTE FUNCTION leave_out()",
    ),
}


@pytest.fixture
def _leaves_out(db: Database) -> Iterator[None]:
    dialect = db.engine.dialect.name
    db.rival(*LEAVES_OUT[dialect])
    yield
    db.session.remove()
    db.rival(f"DROP TRIGGER leaves_out{' ON users' if dialect == 'postgresql' else ''}")


@pytest.mark.usefixtures("_leaves_out")
@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("is_overtaken", [True, False])
def test_an_insert_that_a_trigger_leaves_out_creates_nothing(
    is_overtaken: bool, db: Database, send: Send
) -> None:
    def view(name: str, user: None) -> tuple[str, int]:
        if is_overtaken:
            db.rival("INSERT INTO users (id, name, email, version) VALUES (7, 'a', 'theirs', 1)")
        db.session.add_all([User(id=1, name="a"), User(id=2, name="b")])
        return "", 201

    def put() -> Any:
        where = {"method": "PUT", "headers": ABSENT, "rule": "/<name>", "path": "/a"}
        return send(view, load=User, create=True, **where)

    if not is_overtaken:
        assert put().status_code == 201
        return
    with pytest.raises(SetupError, match="the INSERT into users and not inserted all"):
        put()
    assert db.rows("SELECT email FROM users") == [("theirs",)]


class ViewBase(DeclarativeBase):
    pass


class Shown(ViewBase):
    __tablename__ = "shown"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


UPDATE = "UPDATE articles SET title = NEW.title, version = NEW.version WHERE id = OLD.id"
INSTEAD = {
    "trigger": (
        "CREATE FUNCTION write_shown() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{UPDATE}; RETURN NEW; END $$",
        "CREATE TRIGGER instead INSTEAD OF UPDATE ON shown "
        "FOR EACH ROW EXECUTE FUNCTION write_shown()",
    ),
    "upsert": (
        "CREATE FUNCTION write_shown() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO articles (id, title, version) VALUES (NEW.id, NEW.title, 1) "
        "ON CONFLICT (id) DO UPDATE SET title = NEW.title; RETURN NEW; END $$",
        "CREATE TRIGGER instead INSTEAD OF INSERT ON shown "
        "FOR EACH ROW EXECUTE FUNCTION write_shown()",
    ),
    "rule": (f"CREATE RULE instead AS ON UPDATE TO shown DO INSTEAD {UPDATE}",),
}


@pytest.fixture
def view_with(db: Database) -> Iterator[Callable[[str], None]]:
    def make(instead: str) -> None:
        db.rival("CREATE VIEW shown AS SELECT id, title, version FROM articles", *INSTEAD[instead])

    yield make
    db.session.remove()
    db.rival("DROP VIEW shown", "DROP FUNCTION IF EXISTS write_shown")


def change(id: int, shown: Shown) -> str:
    shown.title = "mine"
    return "saved"


@on_postgresql
@pytest.mark.parametrize("instead", ["trigger", "rule"])
def test_what_a_trigger_or_rule_writes_is_locked_or_refused(
    instead: str, view_with: Callable[[str], None], db: Database, send: Send
) -> None:
    view_with(instead)
    with pytest.raises(SetupError, match="shown has an INSTEAD OF trigger or rule"):
        send(change, load=Shown)
    assert db.article[:2] == ("first", 1)
    assert send(change, load=Shown, guard=locked(db.session)).status_code == 200
    assert db.article[:2] == ("mine", 2)


@on_postgresql
def test_a_view_that_postgresql_writes_itself_is_compared(
    view_with: Callable[[str], None], db: Database, send: Send
) -> None:
    view_with("upsert")
    assert send(change, load=Shown).headers["ETag"] == '"2"'
    with Overtaking(db, RIVAL):
        assert send(change, load=Shown, headers={"If-Match": '"2"'}).status_code == 412
    assert db.article[:2] == ("theirs", 7)


@on_postgresql
def test_what_a_trigger_inserts_is_created_once(
    view_with: Callable[[str], None], db: Database, send: Send
) -> None:
    view_with("upsert")

    def view(id: int, shown: None) -> tuple[str, int]:
        if id == 2:
            db.rival("INSERT INTO articles (id, title, version) VALUES (2, 'theirs', 1)")
        db.session.add(Shown(id=id, title="mine"))
        return "", 201

    def put(path: str) -> int:
        where = {"method": "PUT", "headers": ABSENT, "path": path}
        return send(view, load=Shown, create=True, **where).status_code

    assert put("/articles/2") == 412
    assert put("/articles/3") == 201
    assert db.rows("SELECT title FROM articles ORDER BY id") == [
        ("first",),
        ("theirs",),
        ("mine",),
    ]
