"""What a view catches and goes on: a success of it is sent only where something is stored."""

import threading
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import composite
from sqlalchemy.orm import make_transient
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm.attributes import flag_modified

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


class Base(DeclarativeBase):
    pass


@dataclass
class Look:
    theme: str


class LookType(sa.TypeDecorator[Look]):
    impl = sa.String(80)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: object) -> str:
        return str(value.theme)

    def process_result_value(self, value: Any, dialect: object) -> Look:
        return Look(value)


@dataclass
class Place:
    x: int
    y: int


class Form(Base):
    __tablename__ = "forms"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str | None] = mapped_column(sa.String(80))
    answers: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    tracked: Mapped[dict[str, Any]] = mapped_column(MutableDict.as_mutable(sa.JSON()))
    look: Mapped[Look] = mapped_column(LookType)
    x: Mapped[int] = mapped_column(default=1)
    y: Mapped[int] = mapped_column(default=1)
    place: Mapped[Place] = composite(Place, "x", "y")
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


@pytest.fixture
def forms(db: Database) -> Iterator[dict[str, Any]]:
    Base.metadata.drop_all(db.engine)
    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add(Form(id=1, answers={"a": [1]}, tracked={"a": [1]}, look=Look("light")))
        session.commit()
    yield {"load": Form, "rule": "/<int:id>", "path": "/1"}
    db.session.remove()
    Base.metadata.drop_all(db.engine)


def stored_forms(db: Database) -> tuple[Any, ...]:
    with Session(db.engine) as session:
        form = session.get(Form, 1)
        assert form is not None
        return form.answers, form.tracked, form.version


def item(form: Form) -> None:
    form.answers["a"] = [2]


def nested(form: Form) -> None:
    form.title = "mine"
    form.answers["a"].append(2)


def nested_below_what_tracks(form: Form) -> None:
    form.tracked["a"].append(2)


def member(form: Form) -> None:
    form.look.theme = "dark"


def part(form: Form) -> None:
    form.place.x = 2


@guards
@methods
@pytest.mark.parametrize("change", [item, nested, nested_below_what_tracks, member, part])
def test_what_is_changed_in_place_and_not_stored_is_no_success(
    change: Callable[[Form], None],
    method: str,
    guard: str,
    forms: dict[str, Any],
    db: Database,
    send: Send,
) -> None:
    def view(id: int, form: Form) -> Any:
        change(form)
        return "", 204

    with pytest.raises(SetupError, match=r"in place, which SQLAlchemy.*(flag_mod|MutableC)"):
        send(view, method, **forms, **GUARDS[guard])
    assert stored_forms(db) == ({"a": [1]}, {"a": [1]}, 1)
    assert db.rows("SELECT look, x FROM forms") == [("light", 1)]


def assigned(form: Form) -> None:
    form.answers = {**form.answers, "a": [2]}
    form.tracked["a"] = [2]


def flagged(form: Form) -> None:
    form.answers["a"].append(2)
    form.tracked["a"].append(2)
    flag_modified(form, "answers")
    form.tracked.changed()  # type: ignore[attr-defined]


def flagged_by_number(form: Form) -> None:
    form.answers[1] = 2  # type: ignore[index]
    flag_modified(form, "answers")


def put_back(form: Form) -> None:
    form.answers["a"].append(2)
    form.answers["a"].pop()


def beside_what_was_read(form: Form) -> None:
    assert form.place.x == 1
    form.x = 2


def put_in_place(form: Form) -> None:
    form.look, form.place = Look("dark"), Place(2, 1)


@methods
@pytest.mark.parametrize(
    "change", [assigned, flagged, flagged_by_number, put_back, beside_what_was_read, put_in_place]
)
def test_what_is_changed_so_that_it_is_stored_is_a_success(
    change: Callable[[Form], None],
    method: str,
    forms: dict[str, Any],
    db: Database,
    send: Send,
) -> None:
    def view(id: int, form: Form) -> Any:
        change(form)
        return "", 204

    assert send(view, method, **forms).status_code == 204
    stored = {
        assigned: ({"a": [2]}, {"a": [2]}, 2),
        flagged: ({"a": [1, 2]}, {"a": [1, 2]}, 2),
        flagged_by_number: ({"a": [1], "1": 2}, {"a": [1]}, 2),
    }
    unchanged = ({"a": [1]}, {"a": [1]}, 2)
    assert stored_forms(db) == stored.get(change, unchanged)
    assert db.rows("SELECT x FROM forms") == [
        (2 if change in (beside_what_was_read, put_in_place) else 1,)
    ]


def test_what_is_changed_and_then_deleted_is_a_success(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> Any:
        article.title = "mine"
        db.session.delete(article)
        db.session.commit()
        return "", 204

    assert send(view, "DELETE", CURRENT).status_code == 204
    assert db.rows("SELECT title FROM articles") == []
