"""Every kind of version: counted, random, inherited, and PostgreSQL's own."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from flask_preconditions import SetupError
from flask_preconditions import etag_for

from .conftest import Database
from .conftest import Send
from .models import Article
from .models import Author
from .models import Entry
from .models import Ledger
from .models import Person
from .models import SystemBase
from .models import Translation

FIRST = UUID(int=1)
RANDOM: dict[str, Any] = {
    "load": Translation,
    "rule": "/<word>/<language>",
    "path": "/cat/fr",
    "headers": {"If-Match": f'"{FIRST}"'},
}


@pytest.fixture
def cat(db: Database) -> None:
    with Session(db.engine) as session:
        session.add(Translation(word="cat", language="fr", text="chat"))
        session.flush()
        session.execute(sa.update(Translation).values(version=FIRST))
        session.commit()


@pytest.mark.usefixtures("cat")
@pytest.mark.parametrize("text", ["matou", "chat"])
def test_a_random_version_is_moved_on(text: str, db: Database, send: Send) -> None:
    def view(word: str, language: str, translation: Translation) -> str:
        translation.text = text
        return "saved"

    told = send(view, **RANDOM).headers["ETag"]
    with Session(db.engine) as session:
        assert told == etag_for(session.scalars(sa.select(Translation)).one()) != f'"{FIRST}"'


@pytest.mark.usefixtures("cat")
def test_a_random_version_that_was_overtaken_is_412(db: Database, send: Send) -> None:
    def view(word: str, language: str, translation: Translation) -> str:
        with Session(db.rivals) as rival:
            rival.scalars(sa.select(Translation)).one().text = "theirs"
            rival.commit()
        return "saved"

    assert send(view, **RANDOM).status_code == 412
    assert db.rows("SELECT text FROM translations") == [("theirs",)]


@pytest.mark.parametrize("overtaken", [False, True])
@pytest.mark.parametrize("load", [Person, Author])
def test_a_version_may_be_in_the_table_of_the_base_class(
    load: type[Person], overtaken: bool, db: Database, send: Send
) -> None:
    with Session(db.engine) as session:
        session.add(Author(id=1, pen_name="first"))
        session.commit()

    def view(id: int, it: Author) -> str:
        if overtaken:
            db.rival("UPDATE people SET rev = 7")
        it.pen_name = "mine"
        return "saved"

    where = {"load": load, "rule": "/people/<int:id>", "path": "/people/1", "into": "it"}
    response = send(view, **where)
    assert response.headers["ETag"] == ('"7"' if overtaken else '"2"')
    assert db.rows("SELECT pen_name FROM authors") == [("first" if overtaken else "mine",)]


def test_a_row_without_a_version_is_refused_before_it_is_written(
    engine: sa.Engine, send: Send, db: Database
) -> None:
    class Base(DeclarativeBase):
        pass

    class Memo(Base):
        __tablename__ = "memos"
        id: Mapped[int] = mapped_column(primary_key=True)
        version: Mapped[int | None] = mapped_column()
        __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    db.rival("INSERT INTO memos (id) VALUES (1)")
    with pytest.raises(SetupError, match="UPDATE memos SET version = 1 WHERE version IS NULL"):
        send(lambda id: "", headers={"If-Match": "*"}, load=Memo, rule="/<int:id>", path="/1")
    stale = send(lambda id: "", load=Memo, rule="/<int:id>", path="/1")
    read = send(lambda id: "text", "GET", {}, load=Memo, rule="/<int:id>", path="/1")
    assert (stale.status_code, read.status_code) == (412, 200)
    assert "ETag" not in read.headers
    Base.metadata.drop_all(engine)


@pytest.fixture
def ledger(db: Database) -> Iterator[str]:
    """A ledger whose version is PostgreSQL's, and its tag."""
    SystemBase.metadata.drop_all(db.engine)
    SystemBase.metadata.create_all(db.engine)
    db.rival("INSERT INTO ledgers (id, title) VALUES (1, 'first')")
    yield db.rows("SELECT xmin::text FROM ledgers")[0][0]
    SystemBase.metadata.drop_all(db.engine)


def assign(session: Session, ledger: Ledger) -> None:
    ledger.title = "mine"


def append(session: Session, ledger: Ledger) -> None:
    ledger.entries.append(Entry(amount=1))


def statement(session: Session, ledger: Ledger) -> None:
    session.execute(sa.update(Ledger).values(title="mine"))


def expire(session: Session, ledger: Ledger) -> None:
    session.expire_all()


XMIN_WRITES = {
    "assigns": assign,
    "appends a child": append,
    "does nothing": lambda session, ledger: None,
    "updates in bulk": statement,
    "expires": expire,
    "commits": lambda session, ledger: session.commit(),
}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("name", XMIN_WRITES)
@pytest.mark.parametrize("overtaken", [False, True])
def test_the_system_column_is_a_version(
    overtaken: bool, name: str, db: Database, ledger: str, send: Send
) -> None:
    def view(id: int, it: Ledger) -> str:
        if overtaken:
            db.rival("UPDATE ledgers SET title = 'theirs'")
        XMIN_WRITES[name](db.session(), it)
        return "saved"

    where = {"load": Ledger, "rule": "/<int:id>", "path": "/1", "into": "it"}
    response = send(view, headers={"If-Match": f'"{ledger}"'}, **where)
    [(title, now)] = db.rows("SELECT title, xmin::text FROM ledgers")
    assert response.status_code == (412 if overtaken else 200)
    assert response.headers["ETag"] == f'"{now}"' != f'"{ledger}"'
    assert (title == "theirs") is overtaken


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_system_column_guards_a_deletion(db: Database, ledger: str, send: Send) -> None:
    def view(id: int, it: Ledger) -> tuple[str, int]:
        db.rival("UPDATE ledgers SET title = 'theirs'")
        db.session.delete(it)
        return "", 204

    where = {"load": Ledger, "rule": "/<int:id>", "path": "/1", "into": "it"}
    assert send(view, "DELETE", {"If-Match": f'"{ledger}"'}, **where).status_code == 412
    assert db.rows("SELECT title FROM ledgers") == [("theirs",)]


def test_a_version_of_the_database_needs_a_column_that_can_be_written(db: Database) -> None:
    from flask_preconditions import require_match
    from flask_preconditions.sqlalchemy import xmin

    class Base(DeclarativeBase):
        pass

    class Mark(Base):
        __tablename__ = "marks"
        id: Mapped[int] = mapped_column(primary_key=True)
        row_version = xmin()
        __mapper_args__ = {"version_id_col": row_version, "version_id_generator": False}  # noqa: RUF012

    with pytest.raises(SetupError, match="no column besides its keys"):
        require_match(Mark)


def test_a_date_of_the_model_is_sent_beside_the_version(db: Database, send: Send) -> None:
    db.rival("UPDATE articles SET saved_at = '1994-11-15 12:45:26'")

    def view(id: int, article: Article) -> str:
        return "saved"

    response = send(view, last_modified="saved_at")
    assert response.headers["ETag"] == '"2"'
    assert response.headers["Last-Modified"] == "Tue, 15 Nov 1994 12:45:26 GMT"
    fields = {"If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"}
    assert send(view, headers=fields, last_modified="saved_at").status_code == 412


def test_a_write_by_a_date_that_was_not_told_yet_is_refused(db: Database, send: Send) -> None:
    db.rival("UPDATE articles SET saved_at = '2100-12-31 23:59:59'")  # its second is not over

    def view(id: int, article: Article) -> str:
        article.title = "mine"
        return "saved"

    read = send(lambda id, article: article.title, "GET", {}, last_modified="saved_at")
    assert "Last-Modified" not in read.headers
    fields = {"If-Unmodified-Since": "Fri, 31 Dec 2100 23:59:59 GMT"}
    assert send(view, headers=fields, last_modified="saved_at").status_code == 412
    assert db.article == ("first", 1, 0)


@pytest.fixture
def gadgets(db: Database) -> Iterator[type[Any]]:
    """A model whose version is bytes, whose key has no Python type, and that is read back."""

    class Base(DeclarativeBase):
        pass

    class Gadget(Base):
        __tablename__ = "gadgets"
        code = sa.Column(sa.types.NullType(), primary_key=True)
        changed_at: Mapped[datetime | None] = mapped_column(onupdate=sa.func.current_timestamp())
        version: Mapped[bytes] = mapped_column()
        __mapper_args__ = {  # noqa: RUF012
            "version_id_col": version,
            "version_id_generator": lambda version: (version or b"") + b"\x0a",
            "eager_defaults": True,
        }

    kind = "BYTEA" if db.engine.dialect.name == "postgresql" else "BLOB"
    db.rival(
        "DROP TABLE IF EXISTS gadgets",
        f"CREATE TABLE gadgets (code VARCHAR(9), changed_at TIMESTAMP, version {kind})",
    )
    with Session(db.engine) as session:
        session.add(Gadget(code="g1"))
        session.commit()
    yield Gadget
    db.rival("DROP TABLE gadgets")


@pytest.mark.parametrize("overtaken", [False, True])
def test_a_version_may_be_bytes_and_be_read_back_with_returning(
    overtaken: bool, db: Database, gadgets: type[Any], send: Send
) -> None:
    def view(code: str, gadget: Any) -> str:
        if overtaken:
            with Session(db.rivals) as rival:
                rival.scalars(sa.select(gadgets)).one().changed_at = None
                rival.execute(sa.update(gadgets).values(version=b"\x0b"))
                rival.commit()
        return "saved"

    where = {"load": gadgets, "rule": "/<code>", "path": "/g1", "headers": {"If-Match": '"0a"'}}
    response = send(view, **where)
    assert response.status_code == (412 if overtaken else 200)
    assert response.headers["ETag"] == ('"0b"' if overtaken else '"0a0a"')
