"""A version moves with every write, and the tag that is told is the one that GET gives."""

from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import request
from flask.testing import FlaskClient
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from flask_preconditions import SetupError
from flask_preconditions import require_match

from .conftest import Database
from .conftest import make_app


class Base(DeclarativeBase):
    type_annotation_map = {str: sa.String(80)}  # noqa: RUF012


class ByHand(Base):
    __tablename__ = "by_hand"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    version: Mapped[str] = mapped_column()
    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012


class Timed(Base):
    """A version in whole seconds on MariaDB, with a zone that SQLite forgets."""

    __tablename__ = "timed"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    version: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    __mapper_args__ = {  # noqa: RUF012
        "version_id_col": version,
        "version_id_generator": lambda _: datetime.now(UTC),
    }


class Ticking(Base):
    """A version in ticks of a clock that is slow: the same one twice in a tick."""

    __tablename__ = "ticking"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version, "version_id_generator": lambda _: 1_764_000_000}  # noqa: RUF012


class Deletable(Base):
    __tablename__ = "deletable"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version, "confirm_deleted_rows": False}  # noqa: RUF012


@pytest.fixture
def client(db: Database) -> Iterator[FlaskClient]:
    Base.metadata.drop_all(db.engine)
    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add_all(
            [
                ByHand(id=1, title="first", version="v1"),
                Timed(id=1, title="first"),
                Deletable(id=1, title="first"),
                Ticking(id=1, title="first"),
            ]
        )
        session.commit()
    app = make_app(db.session)
    for model in (ByHand, Timed, Deletable, Ticking):

        def view(id: int, it: Any) -> tuple[str, int]:
            if request.method == "PATCH":
                it.title = request.args["title"]
                if "version" in request.args:
                    it.version = uuid4().hex
            if request.method == "DELETE":
                db.rival(f"UPDATE {it.__tablename__} SET title = 'theirs', version = 7")
                db.session.delete(it)
            return "", 200

        guarded = require_match(model, into="it")(view)
        methods = ["GET", "PATCH", "DELETE"]
        app.add_url_rule(
            f"/{model.__tablename__}/<int:id>", model.__name__, guarded, methods=methods
        )
    yield app.test_client()
    db.session.remove()
    Base.metadata.drop_all(db.engine)


def test_a_version_that_the_view_sets_is_kept(client: FlaskClient, db: Database) -> None:
    answer = client.patch("/by_hand/1?title=mine&version", headers={"If-Match": '"v1"'})
    assert answer.status_code == 200
    assert answer.headers["ETag"] == client.get("/by_hand/1").headers["ETag"] != '"v1"'
    stale = client.patch("/by_hand/1?title=theirs&version", headers={"If-Match": '"v1"'})
    assert stale.status_code == 412


def test_a_version_that_nobody_sets_is_told_so(client: FlaskClient, db: Database) -> None:
    with pytest.raises(SetupError, match="set it in the view"):
        client.patch("/by_hand/1?title=mine", headers={"If-Match": '"v1"'})
    assert db.rows("SELECT title FROM by_hand") == [("first",)]


def test_a_version_that_is_made_twice_alike_is_told_so(client: FlaskClient, db: Database) -> None:
    tag = client.get("/ticking/1").headers["ETag"]
    for title in ("first", "mine"):  # the guard moves the version, or the unit of work
        with pytest.raises(SetupError, match=r"Ticking\.version is 1764000000 before and after"):
            client.patch(f"/ticking/1?title={title}", headers={"If-Match": tag})
    assert db.rows("SELECT title FROM ticking") == [("first",)]


def test_a_time_moves_with_every_write_of_one_second(client: FlaskClient) -> None:
    tags = [client.get("/timed/1").headers["ETag"]]
    for number in range(5):
        answer = client.patch(f"/timed/1?title={number}", headers={"If-Match": tags[-1]})
        assert answer.status_code == 200
        assert answer.headers["ETag"] == client.get("/timed/1").headers["ETag"]
        for stale in tags:
            refused = client.patch("/timed/1?title=no", headers={"If-Match": stale})
            assert refused.status_code == 412
        tags.append(answer.headers["ETag"])


def test_a_delete_that_sqlalchemy_does_not_count_is_compared(
    client: FlaskClient, db: Database
) -> None:
    answer = client.delete("/deletable/1", headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["ETag"]) == (412, '"7"')
    assert db.rows("SELECT title FROM deletable") == [("theirs",)]


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_a_column_that_the_database_updates_moves_for_equal_values(db: Database) -> None:
    class Own(DeclarativeBase):
        pass

    class Stamped(Own):
        __tablename__ = "stamped"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str] = mapped_column(sa.String(80))
        version: Mapped[datetime] = mapped_column(
            server_default=sa.FetchedValue(), server_onupdate=sa.FetchedValue()
        )
        __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012

    stamp = "TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"
    db.rival(
        "DROP TABLE IF EXISTS stamped",
        f"CREATE TABLE stamped (id INT PRIMARY KEY, title VARCHAR(80), version {stamp})",
        "INSERT INTO stamped (id, title) VALUES (1, 'first')",
    )
    app = make_app(db.session)

    @app.route("/<int:id>", methods=["GET", "PATCH"])
    @require_match(Stamped)
    def view(id: int, stamped: Stamped) -> str:
        if request.method == "PATCH":
            stamped.title = "first"
        return stamped.title

    client = app.test_client()
    tag = client.get("/1").headers["ETag"]
    for _ in range(3):
        answer = client.patch("/1", headers={"If-Match": tag})
        assert answer.status_code == 200
        assert answer.headers["ETag"] == client.get("/1").headers["ETag"] != tag
        tag = answer.headers["ETag"]
    db.session.remove()
    db.rival("DROP TABLE stamped")


TRIGGERS = {
    "sqlite": [
        "CREATE TRIGGER moving AFTER UPDATE ON triggered WHEN NEW.version = OLD.version "
        "BEGIN UPDATE triggered SET version = version + 1 WHERE id = NEW.id; END"
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION moving() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.version = OLD.version + 1; RETURN NEW; END $$",
        "CREATE TRIGGER moving BEFORE UPDATE ON triggered FOR EACH ROW EXECUTE FUNCTION moving()",
    ],
    "mysql": [
        "CREATE TRIGGER moving BEFORE UPDATE ON triggered FOR EACH ROW "
        "SET NEW.version = OLD.version + 1"
    ],
}


@pytest.mark.parametrize("is_declared", [True, False], ids=["declared", "undeclared"])
@pytest.mark.parametrize("lines", ["title", "lines", "both", "twice"])
def test_a_trigger_may_move_the_version(lines: str, is_declared: bool, db: Database) -> None:
    class Own(DeclarativeBase):
        pass

    fetched = {"server_onupdate": sa.FetchedValue()} if is_declared else {}

    class Triggered(Own):
        __tablename__ = "triggered"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str] = mapped_column(sa.String(80))
        version: Mapped[int] = mapped_column(server_default="1", **fetched)  # type: ignore[arg-type]
        __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012
        parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("triggered.id"))

    Own.metadata.drop_all(db.engine)
    Own.metadata.create_all(db.engine)
    insert = "INSERT INTO triggered (id, title, version) VALUES"
    db.rival(f"{insert} (1, 'first', 1)", f"{insert} (2, 'other', 1)")
    db.rival(*TRIGGERS[db.engine.dialect.name])
    app = make_app(db.session)
    theirs = "UPDATE triggered SET title = 'theirs' WHERE id = 1"

    @app.route("/<int:id>", methods=["GET", "PATCH"])
    @require_match(Triggered)
    def view(id: int, triggered: Triggered) -> str:
        if request.method == "PATCH":
            if "overtaken" in request.args:
                db.rival(theirs)
            if lines in ("title", "both", "twice"):
                triggered.title = "mine"
            if lines in ("lines", "both"):  # another row of the same table
                other = db.session.get(Triggered, 2)
                assert other is not None
                other.title = "mine too" if other.title == "other" else "other"
                other.parent_id = id
            if lines == "twice":
                db.session.flush()
                triggered.title = "mine at last"
        return triggered.title

    client = app.test_client()
    tag = client.get("/1").headers["ETag"]
    answer = client.patch("/1?overtaken", headers={"If-Match": tag})
    assert answer.status_code == 412
    assert db.rows("SELECT title FROM triggered ORDER BY id") == [("theirs",), ("other",)]
    for _ in range(2):
        old, tag = tag, answer.headers["ETag"]
        answer = client.patch("/1", headers={"If-Match": tag})
        assert answer.status_code == 200
        assert answer.headers["ETag"] == client.get("/1").headers["ETag"] not in (tag, old)
        assert client.patch("/1", headers={"If-Match": old}).status_code == 412
    db.session.remove()
    Own.metadata.drop_all(db.engine)


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)


MOVES = "UPDATE shelves SET version = version + 1"
ON_BOOKS = {
    "sqlite": [f"CREATE TRIGGER counting AFTER INSERT ON books BEGIN {MOVES}; END"],
    "mysql": [f"CREATE TRIGGER counting AFTER INSERT ON books FOR EACH ROW {MOVES}"],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION counting() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {MOVES}; RETURN NULL; END $$",
        "CREATE TRIGGER counting AFTER INSERT ON books FOR EACH ROW EXECUTE FUNCTION counting()",
    ],
}


@pytest.mark.parametrize("flushes", [True, False])
def test_a_trigger_on_something_else_is_no_lost_race(flushes: bool, db: Database) -> None:
    tables = [Base.metadata.tables[name] for name in ("shelves", "books")]
    Base.metadata.create_all(db.rivals, tables)
    db.rival("INSERT INTO shelves VALUES (1, 'first', 1)", *ON_BOOKS[db.engine.dialect.name])
    app = make_app(db.session)

    @app.patch("/<int:id>")
    @require_match(Shelf)
    def view(id: int, shelf: Shelf) -> str:
        db.session.add(Book())
        if flushes:
            db.session.flush()
        shelf.title = "mine"
        return "saved"

    client = app.test_client()
    try:
        if flushes:
            assert client.patch("/1", headers={"If-Match": '"1"'}).headers["ETag"] == '"3"'
            assert db.rows("SELECT title, version FROM shelves") == [("mine", 3)]
        else:  # SQLAlchemy inserts the book first
            with pytest.raises(SetupError, match="has moved version to 2, as a trigger does"):
                client.patch("/1", headers={"If-Match": '"1"'})
            assert db.rows("SELECT title, version FROM shelves") == [("first", 1)]
    finally:
        Base.metadata.drop_all(db.rivals, tables)
