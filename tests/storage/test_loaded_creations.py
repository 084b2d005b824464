"""Created means inserted, also where a function loads the target."""

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from flask_preconditions import SetupError
from flask_preconditions.sqlalchemy import cas
from flask_preconditions.sqlalchemy import locked

from .conftest import Database
from .conftest import Send
from .models import BlogPage
from .models import User
from .test_creations import CREATE
from .test_creations import RIVAL
from .test_creations import add
from .test_creations import look_again
from .test_creations import merge
from .test_creations import update
from .test_creations import upsert


def core(session: Any) -> None:
    session.execute(sa.insert(User.__table__).values(name="ada", email="mine", version=1))


def sql(session: Any) -> None:
    session.execute(sa.text("INSERT INTO users (name, email, version) VALUES ('ada', 'mine', 1)"))


def by_model(db: Database) -> Callable[[str], Any]:
    return lambda name: db.session.scalar(sa.select(User).where(User.name == name))


def by_columns(db: Database) -> Callable[[str], Any]:
    query = sa.select(User.name, User.version)
    return lambda name: db.session.execute(query.where(User.name == name)).one_or_none()


INSERTS = [add, core, sql]
OVERWRITES = [upsert, look_again, merge, update]
WAYS = [*INSERTS, *OVERWRITES]
by_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
by_load = pytest.mark.parametrize("load", [by_model, by_columns], ids=lambda load: load.__name__)


def put(db: Database, send: Send, load: Any, guard: Any, *steps: Callable[[], object]) -> int:
    def view(name: str) -> tuple[str, int]:
        for step in steps:
            step()
        return "", 201

    path: dict[str, Any] = {"rule": "/users/<name>", "path": "/users/ada"}
    options = {"load": load(db), "etag": "version", "create": True, "guard": guard}
    return send(view, "PUT", CREATE, **path, **options).status_code


@by_load
@by_way
def test_what_is_created_under_a_lock_was_not_there(
    way: Any, load: Any, db: Database, send: Send
) -> None:
    assert put(db, send, load, locked(db.session), lambda: way(db.session())) == 201
    assert db.rows("SELECT email FROM users") == [("mine",)]


@by_load
@by_way
@pytest.mark.parametrize("overtaken", [False, True])
def test_without_a_lock_only_the_insert_of_an_object_proves_it(
    overtaken: bool, way: Any, load: Any, db: Database, send: Send
) -> None:
    steps: list[Callable[[], object]] = [lambda: way(db.session())]
    if overtaken:
        steps.insert(0, lambda: db.rival(RIVAL))
    guard = cas(db.session)
    has_snapshot = db.engine.dialect.name == "mysql"  # in which the rival's row is not seen
    if overtaken and (way in INSERTS or (has_snapshot and way in (look_again, merge))):
        is_proved = True  # by the key, which is taken
    elif load is by_columns or way in (core, sql, upsert):
        is_proved = False
    else:
        is_proved = not (overtaken and way is update)
    if is_proved:
        assert put(db, send, load, guard, *steps) == (412 if overtaken else 201)
    else:
        with pytest.raises(SetupError, match="nothing proves that this request has created"):
            put(db, send, load, guard, *steps)
    stored = ["theirs"] if overtaken else ["mine"] * is_proved
    assert db.rows("SELECT email FROM users") == [(email,) for email in stored]


@by_way
def test_a_commit_of_the_views_own_is_proved_before(way: Any, db: Database, send: Send) -> None:
    def commit() -> None:
        way(db.session())
        db.session.commit()

    steps = [lambda: db.rival(RIVAL), commit]
    if way in (upsert, update):
        with pytest.raises(SetupError, match="nothing proves that this request has created"):
            put(db, send, by_model, cas(db.session), *steps)
    else:
        assert put(db, send, by_model, cas(db.session), *steps) == 412
    assert db.rows("SELECT email FROM users") == [("theirs",)]


@pytest.mark.parametrize("way", OVERWRITES, ids=lambda way: way.__name__)
def test_a_commit_of_another_session_is_refused(way: Any, db: Database, send: Send) -> None:
    def commit() -> None:
        with Session(db.engine) as session:
            way(session)
            session.commit()

    with pytest.raises(SetupError, match="write with the session of the guard"):
        put(db, send, by_model, cas(db.session), lambda: db.rival(RIVAL), commit)
    assert db.rows("SELECT email FROM users") == [("theirs",)]


def test_what_is_written_besides_may_be_committed_before(db: Database, send: Send) -> None:
    def note() -> None:
        db.session.add(BlogPage(body="note"))
        db.session.commit()
        db.session.execute(sa.text("UPDATE blog_pages SET body = 'two'"))
        db.session.commit()

    steps = [note, lambda: add(db.session()), lambda: db.session.commit(), note]
    assert put(db, send, by_model, cas(db.session), *steps) == 201
    assert db.rows("SELECT email FROM users") == [("mine",)]


def test_a_view_that_creates_nothing_is_told_so(db: Database, send: Send) -> None:
    with pytest.raises(SetupError, match="its loader still finds no"):
        put(db, send, by_model, cas(db.session), lambda: None)


def taken(session: Any) -> User:
    found: User = session.scalars(sa.select(User).with_for_update()).one()
    return found


def removes(session: Any) -> None:
    session.delete(taken(session))
    add(session)


def removes_first(session: Any) -> None:
    session.delete(taken(session))
    session.flush()
    add(session)


def removes_with_sql(session: Any) -> None:
    session.execute(sa.text("DELETE FROM users"))
    add(session)


def renames(session: Any) -> None:
    taken(session).name = "grace"
    session.flush()
    add(session)


def renames_with_sql(session: Any) -> None:
    session.execute(sa.text("UPDATE users SET version = 9, name = 'grace' WHERE name = 'ada'"))
    add(session)


def switches(session: Any) -> None:
    found = taken(session)
    session.delete(found)
    session.add(User(id=found.id, name="ada", email="mine"))


@pytest.mark.parametrize(
    "way", [removes, removes_first, removes_with_sql, renames, renames_with_sql, switches]
)
def test_what_takes_away_another_row_creates_nothing(way: Any, db: Database, send: Send) -> None:
    steps = [lambda: db.rival(RIVAL), lambda: way(db.session())]
    with pytest.raises(SetupError, match="nothing proves that this request has created the"):
        put(db, send, by_model, cas(db.session), *steps)
    assert db.rows("SELECT name, email FROM users") == [("ada", "theirs")]


def corrects(session: Any) -> None:
    user = User(name="grace", email="mine")
    session.add(user)
    session.flush()
    user.name = "ada"


def counts_others(session: Any) -> None:
    session.add(User(name="grace", email="hers"))
    session.commit()
    session.execute(sa.text("UPDATE users SET version = 2 WHERE name = 'grace'"))
    add(session)


@pytest.mark.parametrize("way", [corrects, counts_others])
def test_what_takes_away_nothing_creates(way: Any, db: Database, send: Send) -> None:
    assert put(db, send, by_model, cas(db.session), lambda: way(db.session())) == 201
    assert ("ada", "mine") in db.rows("SELECT name, email FROM users")


class Base(DeclarativeBase):
    type_annotation_map = {str: sa.String(80)}  # noqa: RUF012


class Team(Base):
    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)


class Group(Base):
    __tablename__ = "team_groups"
    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(sa.ForeignKey("teams.id", ondelete="CASCADE"))


class Player(Base):
    __tablename__ = "players"
    name: Mapped[str] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("team_groups.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


def restore(session: Session) -> None:
    for row in (Team(id=1), Group(id=1, team_id=1)):
        session.add(row)
        session.flush()


@pytest.fixture
def teams(db: Database) -> Iterator[None]:
    Base.metadata.create_all(db.rivals)
    with Session(db.rivals) as session:
        restore(session)
        session.commit()
    yield
    db.session.remove()
    Base.metadata.drop_all(db.rivals)


def by_object(session: Any) -> None:
    session.delete(session.get(Team, 1))
    session.flush()


def by_statement(session: Any) -> None:
    session.execute(sa.delete(Team))


def by_text(session: Any) -> None:
    session.execute(sa.text("DELETE FROM teams"))


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
@pytest.mark.parametrize("has_loader", [False, True])
@pytest.mark.parametrize("way", [by_object, by_statement, by_text])
def test_what_takes_the_owner_of_another_row_away_creates_nothing(
    way: Any, has_loader: bool, teams: None, db: Database, send: Send
) -> None:
    def view(**_: Any) -> tuple[str, int]:
        db.rival("INSERT INTO players VALUES ('ada', 1, 7)")
        way(db.session)
        restore(db.session())
        db.session.add(Player(name="ada", group_id=1))
        return "", 201

    def load(name: str) -> Player | None:
        return db.session.get(Player, name, populate_existing=True)

    options: dict[str, Any] = {"load": Player, "rule": "/<name>", "path": "/ada", "create": True}
    if has_loader:
        options |= {"load": load, "etag": "version", "guard": cas(db.session)}
    if has_loader:
        with pytest.raises(SetupError, match="nothing proves that this request has created the"):
            send(view, "PUT", CREATE, **options)
    else:
        assert send(view, "PUT", CREATE, **options).status_code == 412
    db.session.remove()
    assert db.rows("SELECT name, version FROM players") == [("ada", 7)]
