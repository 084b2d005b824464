"""Tests of applications often run in one transaction, which is rolled back after each of them."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker

from flask_preconditions import require_match
from flask_preconditions.sqlalchemy import locked

from .conftest import Database
from .conftest import make_app
from .models import Article


@pytest.fixture
def joined(db: Database) -> Iterator[scoped_session[Any]]:
    """A session whose commits release a savepoint, as SQLAlchemy's pages advise for tests."""
    engine = sa.create_engine(db.engine.url)
    if engine.dialect.name == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def leave_transactions_alone(driver: sqlite3.Connection, _: object) -> None:
            driver.isolation_level = None

        @sa.event.listens_for(engine, "begin")
        def begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql("BEGIN")

    with engine.connect() as connection:
        transaction = connection.begin()
        session = scoped_session(sessionmaker(connection, join_transaction_mode="create_savepoint"))
        yield session
        session.remove()
        transaction.rollback()
    engine.dispose()
    assert db.article == ("first", 1, 0)


@pytest.mark.parametrize(
    "options",
    [{}, {"etag": lambda article: f"{article.title}-{article.version}", "guard": locked()}],
    ids=["cas", "locked"],
)
def test_requests_in_one_transaction_go_on_from_each_other(
    options: Any, joined: scoped_session[Any]
) -> None:
    app = make_app(joined)

    @app.route("/<int:id>", methods=["GET", "PATCH"])
    @require_match(Article, **options)
    def save(id: int, article: Article) -> tuple[str, int]:
        if request.method == "PATCH":
            article.title = request.args["title"]
        return article.title, int(request.args.get("status", 200))

    client = app.test_client()
    first = client.get("/1").headers["ETag"]
    second = client.patch("/1?title=one", headers={"If-Match": first}).headers["ETag"]
    assert second == client.get("/1").headers["ETag"] != first
    assert client.patch("/1?title=two", headers={"If-Match": first}).status_code == 412
    refused = client.patch("/1?title=two&status=422", headers={"If-Match": second})
    assert refused.status_code == 422
    assert client.get("/1").text == "one"
    assert client.patch("/1?title=three", headers={"If-Match": second}).status_code == 200
    assert client.get("/1").text == "three"
