"""Every row that is compared under a lock is locked, wherever in the select it is read."""

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import request

from flask_preconditions import SetupError
from flask_preconditions import conditional
from flask_preconditions.sqlalchemy import locked
from flask_preconditions.sqlalchemy import rows

from .conftest import Database
from .conftest import Send
from .conftest import impatient_rival
from .conftest import make_app
from .models import BlogPage

PAGES = sa.table("blog_pages", sa.column("id"), sa.column("body"))
OTHER_NAME = PAGES.alias("p")
BODY = sa.select(PAGES.c.body)
only_on_servers = pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)

WHOLE: dict[str, sa.Select[Any]] = {
    "table": sa.select(PAGES.c.id, PAGES.c.body),
    "aggregate": sa.select(sa.func.max(PAGES.c.body).label("body")),
    "cast": sa.select(sa.cast(sa.func.max(BlogPage.body), sa.String(80)).label("body")),
    "window": sa.select(BlogPage.body, sa.func.row_number().over().label("n")),
    "alias": sa.select(OTHER_NAME.c.body),
    "function": sa.select(BlogPage.body).where(sa.func.lower(BlogPage.body) == BlogPage.body),
}
NESTED: dict[str, sa.Select[Any]] = {
    "scalar": sa.select(BODY.scalar_subquery().label("body")),
    "subquery": sa.select(BODY.subquery().c.body),
    "cte": sa.select(BODY.cte().c.body),
    "exists": sa.select(sa.literal("first").label("body")).where(BODY.exists()),
}
IN_TEXT = {
    "FROM": sa.select(sa.text("body")).select_from(sa.text("blog_pages")),
    "column": sa.select(sa.literal_column("(SELECT body FROM blog_pages)").label("body")),
    "subquery": sa.select(sa.text("SELECT body FROM blog_pages").columns(PAGES.c.body).subquery()),
}
TEXT = {
    "comment": "SELECT body FROM blog_pages -- FOR UPDATE",
    "string": "SELECT body, 'FOR UPDATE' FROM blog_pages",
    "other table": "SELECT b.body FROM blog_pages b, articles a FOR UPDATE OF a",
    "subquery": "SELECT body FROM blog_pages WHERE EXISTS (SELECT 1 FROM articles FOR UPDATE)",
}


@pytest.fixture(autouse=True)
def page(db: Database) -> None:
    db.rival("INSERT INTO blog_pages (id, body) VALUES (1, 'first')")


def view_of(db: Database) -> Callable[..., str]:
    def view(id: int, page: Any) -> str:
        with pytest.raises(sa.exc.OperationalError):
            impatient_rival(db, "UPDATE blog_pages SET body = 'theirs'")
        db.session.execute(sa.update(BlogPage).values(body="mine"))
        return "saved"

    return view


def save(db: Database, send: Send, query: Any) -> Any:
    return send(
        view_of(db),
        headers={"If-Match": '"first"'},
        load=lambda id: db.session.execute(query).mappings().first(),
        etag="body",
        into="page",
        guard=locked(db.session),
    )


def saved(db: Database) -> str:
    [(body,)] = db.rows("SELECT body FROM blog_pages")
    return str(body)


@pytest.mark.parametrize("name", WHOLE)
def test_a_select_of_tables_locks_them(name: str, db: Database, send: Send) -> None:
    response = save(db, send, WHOLE[name])
    assert (response.status_code, saved(db)) == (200, "mine")


@pytest.mark.parametrize("name", NESTED)
def test_a_select_inside_another_is_locked_or_refused(name: str, db: Database, send: Send) -> None:
    if db.engine.dialect.name == "mysql":
        with pytest.raises(SetupError, match="on MariaDB and MySQL without a subquery"):
            save(db, send, NESTED[name])
        assert saved(db) == "first"
    else:
        assert save(db, send, NESTED[name]).status_code == 200
        assert saved(db) == "mine"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("name", IN_TEXT)
def test_tables_that_text_names_are_not_locked_whole(name: str, db: Database) -> None:
    app = make_app(db.session)
    listed = rows(IN_TEXT[name].order_by(sa.text("1")))
    app.add_url_rule("/", "list", conditional(listed)(lambda: "saved"), methods=["GET", "POST"])
    client = app.test_client()
    tag = client.get("/").headers["ETag"]
    with pytest.raises(SetupError, match="names in text"):
        client.post("/", headers={"If-Match": tag})


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("name", TEXT)
def test_text_that_locks_less_than_it_reads_is_refused(name: str, db: Database, send: Send) -> None:
    with pytest.raises(SetupError, match="cannot lock what the loader reads"):
        save(db, send, sa.text(TEXT[name]))
    assert saved(db) == "first"


FUNCTION = {
    "postgresql": "FUNCTION body_of(i int) RETURNS text STABLE LANGUAGE sql AS "
    "'SELECT body FROM blog_pages WHERE blog_pages.id = i'",
    "mysql": "FUNCTION body_of(i int) RETURNS text READS SQL DATA RETURN "
    "(SELECT body FROM blog_pages WHERE blog_pages.id = i)",
}
VIEWS = {
    "plain": "SELECT id, body FROM blog_pages WHERE id = 1",
    "view of a view": "SELECT id, body FROM plain",
    "column": "SELECT id, (SELECT body FROM blog_pages) AS body FROM articles",
    "function": "SELECT id, body_of(id) AS body FROM articles",
    "aggregate": "SELECT max(id) AS id, max(body) AS body FROM blog_pages",
}


@pytest.fixture
def hiding(db: Database) -> Iterator[None]:
    drops = [f'DROP VIEW IF EXISTS "{name}"' for name in reversed(VIEWS)]
    drops.append("DROP FUNCTION IF EXISTS body_of")
    makes = [f'CREATE VIEW "{name}" AS {select}' for name, select in VIEWS.items()]
    quoted = [s.replace('"', "`") if db.engine.dialect.name == "mysql" else s for s in makes]
    drops = [s.replace('"', "`") if db.engine.dialect.name == "mysql" else s for s in drops]
    db.rival(*drops, f"CREATE {FUNCTION[db.engine.dialect.name]}", *quoted)
    yield
    db.session.remove()
    db.rival(*drops)


@only_on_servers
@pytest.mark.parametrize("name", [*VIEWS, "call"])
def test_what_hides_what_it_reads_is_locked_or_refused(
    name: str, hiding: None, db: Database, send: Send
) -> None:
    view = sa.table(name, sa.column("id"), sa.column("body"))
    query = sa.select(sa.func.body_of(1).label("body") if name == "call" else view.c.body)
    if name in ("plain", "view of a view"):
        assert (save(db, send, query).status_code, saved(db)) == (200, "mine")
    else:
        with pytest.raises(SetupError, match="a view or function of the database"):
            save(db, send, query)
        assert saved(db) == "first"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_list_over_a_view_locks_the_tables_of_it(hiding: None, db: Database) -> None:
    app = make_app(db.session)
    pages = sa.table("aggregate", sa.column("id"), sa.column("body"))
    listed = rows(sa.select(pages.c.id, pages.c.body).order_by(pages.c.id))

    def view() -> str:
        if request.method == "POST":
            with pytest.raises(sa.exc.OperationalError):
                impatient_rival(db, "UPDATE blog_pages SET body = 'theirs'")
        return "saved"

    app.add_url_rule("/", "list", conditional(listed)(view), methods=["GET", "POST"])
    client = app.test_client()
    tag = client.get("/").headers["ETag"]
    assert client.post("/", headers={"If-Match": tag}).status_code == 200


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "query",
    [
        sa.select(OTHER_NAME.c.body).where(OTHER_NAME.c.body == "first"),
        BODY.where(sa.func.lower(PAGES.c.body) == "first"),
        BODY.where(sa.text("trim(both from body) = 'first'")),
    ],
    ids=["alias", "function", "text"],
)
def test_a_select_of_one_row_leaves_the_others_free(query: Any, db: Database, send: Send) -> None:
    db.rival("INSERT INTO blog_pages (id, body) VALUES (2, 'Second')")

    def view(id: int, page: Any) -> str:
        impatient_rival(db, "UPDATE blog_pages SET body = 'theirs' WHERE id = 2")
        return "saved"

    response = send(
        view,
        headers={"If-Match": '"first"'},
        load=lambda id: db.session.execute(query).mappings().first(),
        etag="body",
        into="page",
        guard=locked(db.session),
    )
    assert response.status_code == 200


@only_on_servers
def test_a_list_of_a_plain_table_keeps_new_rows_out(db: Database) -> None:
    app = make_app(db.session)

    @app.route("/", methods=["GET", "POST"])
    @conditional(rows(sa.select(PAGES.c.id, PAGES.c.body).order_by(PAGES.c.id)))
    def pages() -> str:
        if request.method == "POST":
            with pytest.raises(sa.exc.OperationalError):
                impatient_rival(db, "INSERT INTO blog_pages (id, body) VALUES (2, 'theirs')")
        return "saved"

    client = app.test_client()
    tag = client.get("/").headers["ETag"]
    assert client.post("/", headers={"If-Match": tag}).status_code == 200


def test_the_tag_is_of_what_sql_has_left(db: Database, send: Send) -> None:
    def view(id: int, page: BlogPage) -> str:
        db.session.connection().exec_driver_sql("UPDATE blog_pages SET body = 'mine'")
        return "saved"

    response = send(
        view,
        headers={"If-Match": '"first"'},
        load=lambda id: db.session.get(BlogPage, id),
        etag="body",
        into="page",
        guard=locked(db.session),
    )
    assert response.headers["ETag"] == '"mine"'
