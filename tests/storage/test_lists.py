"""Lists of rows: a tag over all of them."""

from collections.abc import Iterator
from datetime import UTC
from datetime import date
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask import request

from flask_preconditions import SetupError
from flask_preconditions import conditional
from flask_preconditions import precondition_passed
from flask_preconditions.sqlalchemy import cas
from flask_preconditions.sqlalchemy import locked
from flask_preconditions.sqlalchemy import rows
from flask_preconditions.sqlalchemy.lists import digest

from .conftest import Database
from .conftest import Overtaking
from .conftest import Send
from .conftest import impatient_rival
from .conftest import make_app
from .conftest import on
from .models import Article
from .models import Comment
from .models import User

IN_ORDER = sa.select(Article.id, Article.version).order_by(Article.id)


def app_on(db: Database, load: Any = None, **options: Any) -> Flask:
    app = make_app(db.session)

    @app.route("/articles", methods=["GET", "POST"])
    @conditional(load or rows(IN_ORDER), vary=["Accept"], **options)
    def articles(collection: list[Any]) -> Any:
        if request.method == "POST":
            db.session.add(Article(title="mine"))
            return "", 200
        return [row.id for row in collection]

    return app


def test_a_list_is_answered_304_until_something_in_it_changes(db: Database) -> None:
    client = app_on(db).test_client()
    response = client.get("/articles")
    assert response.json == [1]
    assert response.headers["Vary"] == "Accept"
    fields = {"If-None-Match": response.headers["ETag"]}
    assert client.get("/articles", headers=fields).status_code == 304
    db.rival("UPDATE articles SET version = 2")
    assert client.get("/articles", headers=fields).status_code == 200


def test_a_deletion_and_an_insertion_do_not_cancel_out(db: Database) -> None:
    client = app_on(db).test_client()
    fields = {"If-None-Match": client.get("/articles").headers["ETag"]}
    db.rival(
        "DELETE FROM articles", "INSERT INTO articles (id, title, version) VALUES (2, 'new', 1)"
    )
    assert client.get("/articles", headers=fields).status_code == 200


def test_a_list_that_is_empty_exists(db: Database) -> None:
    db.rival("DELETE FROM articles")
    response = app_on(db).test_client().get("/articles")
    assert response.json == []
    assert "ETag" in response.headers


def test_an_addition_to_an_unchanged_list_tells_the_new_tag(db: Database) -> None:
    client = app_on(db).test_client()
    before = client.get("/articles").headers["ETag"]
    told = client.post("/articles", headers={"If-Match": before}).headers["ETag"]
    assert told == client.get("/articles").headers["ETag"] != before
    again = client.post("/articles", headers={"If-Match": before})
    assert again.status_code == 412
    assert again.json["detail"] == "The collection changed after you read it."


def test_an_addition_between_check_and_lock_is_412(db: Database) -> None:
    client = app_on(db).test_client()
    before = client.get("/articles").headers["ETag"]

    def overtake(sender: object, **_: object) -> None:
        db.rival("INSERT INTO articles (id, title, version) VALUES (9, 'theirs', 1)")

    with precondition_passed.connected_to(overtake):
        response = client.post("/articles", headers={"If-Match": before})
    assert (response.status_code, response.json["reason"]) == (412, "lost-race")
    assert response.headers["ETag"] == client.get("/articles").headers["ETag"]
    assert db.rows("SELECT title FROM articles ORDER BY id") == [("first",), ("theirs",)]


def test_nobody_else_adds_a_row_while_the_view_runs(db: Database) -> None:
    app = make_app(db.session)

    @app.route("/articles", methods=["GET", "POST"])
    @conditional(rows(IN_ORDER, session=db.session))
    def articles() -> str:
        if request.method == "POST":
            with pytest.raises(sa.exc.OperationalError):
                impatient_rival(db, "INSERT INTO articles (title, version) VALUES ('theirs', 1)")
            db.session.add(Article(title="mine"))
        return "done"

    client = app.test_client()
    tag = client.get("/articles").headers["ETag"]
    assert client.post("/articles", headers={"If-Match": tag}).status_code == 200


def test_an_addition_without_a_condition_is_performed(db: Database) -> None:
    assert app_on(db).test_client().post("/articles").status_code == 200
    assert len(db.rows("SELECT * FROM articles")) == 2


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_repeatable_read_is_refused_for_lists(db: Database) -> None:
    db.session.configure(bind=db.engine.execution_options(isolation_level="REPEATABLE READ"))
    client = app_on(db).test_client()
    tag = client.get("/articles").headers["ETag"]
    with pytest.raises(SetupError, match="READ COMMITTED"):
        client.post("/articles", headers={"If-Match": tag})


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_every_table_of_the_select_is_locked(db: Database) -> None:
    app = make_app(db.session)
    counts = sa.select(sa.func.count(Comment.id)).where(Comment.article_id == Article.id)
    listed = sa.select(Article.id, counts.scalar_subquery()).order_by(Article.id)

    @app.route("/", methods=["GET", "POST"])
    @conditional(rows(listed))
    def articles() -> str:
        held = sa.text(
            "SELECT relation::regclass::text FROM pg_locks "
            "WHERE mode = 'ShareRowExclusiveLock' ORDER BY 1"
        )
        return " ".join(row[0] for row in db.session.execute(held))

    client = app.test_client()
    tag = client.get("/").headers["ETag"]
    assert client.post("/", headers={"If-Match": tag}).text == "articles comments"


def test_a_function_gives_the_select_for_the_url(db: Database) -> None:
    app = make_app(db.session)

    def of(article_id: int) -> sa.Select[Any]:
        return sa.select(Comment.id).where(Comment.article_id == article_id).order_by(Comment.id)

    @app.get("/articles/<int:article_id>/comments")
    @conditional(rows(of), into="comments")
    def comments(article_id: int, comments: list[Any]) -> list[int]:
        return [row.id for row in comments]

    db.rival("INSERT INTO comments (id, article_id, text, version) VALUES (3, 1, 'c', 1)")
    client = app.test_client()
    assert client.get("/articles/1/comments").json == [3]
    assert client.get("/articles/2/comments").json == []


@pytest.mark.parametrize(
    ("load", "words"),
    [
        (lambda: rows(sa.select(Article.id)), r"add it: rows\(select\(…\)\.order_by"),
        (lambda: rows("SELECT id FROM articles"), "takes a select or a function"),
        (lambda: conditional(rows(IN_ORDER), etag="version"), "remove etag="),
        (lambda: conditional(rows(IN_ORDER), guard=cas()), r"spans rows; use guard=locked"),
    ],
)
def test_a_list_that_is_set_up_wrongly_says_what_to_change(load: Any, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        load()


def test_a_function_that_gives_no_order_is_told_so(db: Database) -> None:
    client = app_on(db, rows(lambda: sa.select(Article.id))).test_client()
    with pytest.raises(SetupError, match="without an order"):
        client.get("/articles")


def test_whole_objects_are_refused(db: Database) -> None:
    client = app_on(db, rows(sa.select(Article).order_by(Article.id))).test_client()
    with pytest.raises(SetupError, match="cannot digest a Article; select columns"):
        client.get("/articles")


def test_a_list_takes_its_session_from_its_guard(db: Database) -> None:
    app = Flask(__name__)
    app.testing = True
    app.get("/")(conditional(rows(IN_ORDER), guard=locked(db.session))(lambda: "list"))
    assert app.test_client().get("/").status_code == 200


class Colour(Enum):
    RED = 1


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
VALUES: list[Any] = [
    *(None, True, 1, 1.0, Decimal(1), "1", b"1", "null", "", b""),
    *(Colour.RED, UUID(int=1), NOON, NOON.replace(tzinfo=None), date(2026, 1, 1)),
    *(timedelta(1), [1], ["1"], {"a": 1}, {"a": "1"}, [b"1"], 10**30),
]


def test_values_of_other_types_give_other_digests() -> None:
    digests = [digest([[value]]) for value in VALUES]
    assert len(set(digests)) == len(VALUES)
    assert {len(one) for one in digests} == {64}


def test_borders_between_values_and_rows_count() -> None:
    tables: list[Any] = [[], [[]], [[1, 2]], [[1], [2]], [[2], [1]], [["ab", "c"]], [["a", "bc"]]]
    assert len({digest(table) for table in tables}) == len(tables)


def test_the_same_value_in_another_form_gives_the_same_digest() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5)))
    assert digest([[NOON]]) == digest([[elsewhere]])
    assert digest([[memoryview(b"x")]]) == digest([[b"x"]])
    assert digest([[{"a": 1, "b": 2}]]) == digest([[{"b": 2, "a": 1}]])


def test_a_digest_does_not_depend_on_the_process() -> None:
    assert digest([[1, "a"]]).startswith("e4f0bb5f80c43f18914bb2e36d29e024")


@pytest.mark.parametrize("level", ["SERIALIZABLE", "REPEATABLE READ"])
def test_a_snapshot_that_is_older_than_the_lock_is_refused(level: str, db: Database) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("the lock reads what is there")
    client = app_on(db).test_client()
    on(db, db.engine.execution_options(isolation_level=level))
    tag = client.get("/articles").headers["ETag"]
    rival = "INSERT INTO articles (title, version) VALUES ('theirs', 1)"
    with (
        Overtaking(db, rival),
        pytest.raises(SetupError, match=f"under {level}.*READ COMMITTED"),
    ):
        client.post("/articles", headers={"If-Match": tag})


@pytest.fixture
def tenant(db: Database) -> Iterator[str]:
    """A schema with tables of its own, which the application's engine translates to."""
    if db.engine.dialect.name != "postgresql":
        pytest.skip("only PostgreSQL locks tables by name")
    db.rival("CREATE SCHEMA tenant", "CREATE TABLE tenant.articles (LIKE articles INCLUDING ALL)")
    db.rival("CREATE TABLE tenant.users (LIKE users INCLUDING ALL)")
    on(db, db.engine.execution_options(schema_translate_map={None: "tenant"}))
    yield "tenant"
    db.session.remove()
    db.rival("DROP SCHEMA tenant CASCADE")


def test_the_tables_of_the_tenant_are_locked(tenant: str, db: Database) -> None:
    app = make_app(db.session)

    @app.route("/articles", methods=["GET", "POST"])
    @conditional(rows(IN_ORDER))
    def articles() -> str:
        if request.method == "POST":
            impatient_rival(db, "INSERT INTO articles (title, version) VALUES ('beside', 1)")
            with pytest.raises(sa.exc.OperationalError):
                impatient_rival(db, f"INSERT INTO {tenant}.articles VALUES (9, 'theirs')")
        return "list"

    client = app.test_client()
    tag = client.get("/articles").headers["ETag"]
    assert client.post("/articles", headers={"If-Match": tag}).status_code == 200


def test_the_tables_of_the_tenant_are_locked_for_a_create(
    tenant: str, db: Database, send: Send
) -> None:
    """An UPDATE of no row takes the lock, and the upsert would overwrite what came after it."""

    def view(name: str, user: None) -> tuple[str, int]:
        db.session.execute(sa.update(User).where(User.name == "bob").values(email="x"))
        with pytest.raises(sa.exc.OperationalError):
            impatient_rival(db, f"INSERT INTO {tenant}.users VALUES (9, 'ada', 'theirs', 4)")
        db.session.add(User(name=name, email="mine"))
        return "", 201

    path: dict[str, Any] = {"load": User, "rule": "/users/<name>", "path": "/users/ada"}
    response = send(view, "PUT", {"If-None-Match": "*"}, create=True, **path)
    assert response.status_code == 201
    assert db.rows(f"SELECT email FROM {tenant}.users") == [("mine",)]
