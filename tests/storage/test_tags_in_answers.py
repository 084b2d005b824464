"""The answer to a write tells the tag that the write left, in its body as in its header."""

import re
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import load_only

from flask_preconditions import SetupError
from flask_preconditions import conditional
from flask_preconditions import etag_for
from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions.sqlalchemy import cas
from flask_preconditions.sqlalchemy import rows

from .conftest import CURRENT
from .conftest import Database
from .conftest import Send
from .conftest import make_app
from .models import Article
from .models import Comment
from .models import Price


def test_etag_for_tells_the_new_tag_in_the_answer_to_a_write(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> dict[str, str]:
        article.title = "mine"
        return {"etag": etag_for(article)}

    response = send(view)
    assert response.json["etag"] == response.headers["ETag"] == '"2"'
    assert db.article == ("mine", 2, 0)


@pytest.mark.parametrize("key", ["version", "etag"])
def test_the_version_of_before_the_write_is_refused_in_its_answer(send: Send, key: str) -> None:
    def view(id: int, article: Article) -> dict[str, object]:
        body = {"version": article.version} if key == "version" else {"etag": etag_for(article)}
        article.title = "mine"
        return body

    # What is asked for before the last change has moved the version once already.
    value, left = {"version": (1, '"2"'), "etag": ('"2"', '"3"')}[key]
    text = (
        f"the answer of view tells {key}={value!r}, the tag before its write, which left "
        f"{left}; write the changes first: etag_for(…) does, and {key} is the new one after it"
    )
    with pytest.raises(SetupError, match=rf"^tests/storage/\w+\.py:\d+: {re.escape(text)}$"):
        send(view)


def test_after_a_flush_the_version_is_the_new_one(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> dict[str, object]:
        article.title = "mine"
        db.session.flush()
        return {"id": article.id, "version": article.version}

    assert send(view).json == {"id": 1, "version": 2}


def test_the_id_may_be_the_old_version(send: Send) -> None:
    def view(id: int, article: Article) -> dict[str, object]:
        article.title = "mine"
        return {"id": article.id, "versions": [1, 2]}

    assert send(view).json["id"] == 1


@pytest.mark.parametrize("is_testing", [True, False])
def test_without_a_guard_the_tag_is_that_of_the_row_that_was_written(is_testing: bool) -> None:
    app = Flask(__name__)
    app.testing = is_testing

    @app.patch("/doc")
    @require_match(lambda: {"rev": 1}, etag="rev", into="doc")
    def edit(doc: dict[str, int]) -> dict[str, Any]:
        precondition.confirm([{"rev": 2}])
        return {"rev": doc["rev"]}

    text = (
        'the answer of edit tells rev=1, the tag before its write, which left "2"; take it from '
        "the row that was written: row = precondition.confirm(cursor.fetchall()) of a statement "
        "with RETURNING *"
    )
    client = app.test_client()
    if not is_testing:
        assert client.patch("/doc", headers=CURRENT).headers["ETag"] == '"2"'
        return
    with pytest.raises(SetupError, match=rf"^tests/storage/\w+\.py:\d+: {re.escape(text)}$"):
        client.patch("/doc", headers=CURRENT)


def adds_a_child(db: Database, article: Article) -> None:
    article.comments.append(Comment(text="mine"))


def sends_sql(db: Database, article: Article) -> None:
    db.session.execute(sa.text("UPDATE articles SET title = 'mine' WHERE id = 1"))


def commits(db: Database, article: Article) -> None:
    article.title = "mine"
    db.session.commit()


def assigns_the_same(db: Database, article: Article) -> None:
    article.title = "first"


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("change", [adds_a_child, sends_sql, commits, assigns_the_same])
def test_the_new_tag_is_told_whatever_moves_the_version(
    change: Any, method: str, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> dict[str, object]:
        change(db, article)
        return {"etag": etag_for(article), "version": article.version}

    response = send(view, method, put_etag="always")
    left = db.article[1]
    assert left > 1
    assert response.headers["ETag"] == f'"{left}"'
    assert response.json == {"etag": f'"{left}"', "version": left}


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_tag_of_the_content_is_that_of_what_is_stored(
    method: str, db: Database, send: Send
) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.insert(Price), [{"id": 1, "amount": Decimal(1)}])

    def amount(price: Price) -> str:
        return str(price.amount)

    def view(id: int, price: Price) -> dict[str, str]:
        price.amount = Decimal("2.349")
        return {"etag": etag_for(price, etag=amount)}

    path: dict[str, Any] = {"load": Price, "rule": "/prices/<int:id>", "path": "/prices/1"}
    options = {"etag": amount, "put_etag": "always"}
    response = send(view, method, {"If-Match": '"1.00"'}, **path, **options)
    assert response.headers["ETag"] == response.json["etag"] == '"2.35"'


def test_a_tag_that_nothing_was_compared_for_is_not_told(db: Database) -> None:
    """It would be of a title that the client has not seen."""
    with db.engine.begin() as connection:
        connection.execute(sa.insert(Price), [{"id": 1, "amount": Decimal(1)}])
    app = make_app(db.session)

    @app.patch("/prices/<int:id>")
    @conditional(Price, etag=lambda price: str(price.amount))
    def save(id: int, price: Price) -> str:
        db.rival("UPDATE prices SET amount = 7")
        return str(price.amount)

    @app.post("/prices")
    @conditional(rows(sa.select(Price.id, Price.amount).order_by(Price.id)))
    def add() -> str:
        db.rival("INSERT INTO prices (id, amount) VALUES (7, 7)")
        db.session.add(Price(id=9, amount=Decimal(2)))
        return "added"

    client = app.test_client()
    for answer in (client.patch("/prices/1"), client.post("/prices")):
        assert answer.status_code == 200
        assert "ETag" not in answer.headers


def by_a_function(article: Article) -> str:
    return f"{article.version}-{len(article.comments)}"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"etag": by_a_function}, "etag is a function"),
        ({"last_modified": lambda article: article.saved_at}, "last_modified is a function"),
    ],
)
def test_a_tag_of_more_than_the_row_is_not_compared_by_its_version(
    options: Any, words: str, db: Database, send: Send
) -> None:
    def load(id: int) -> Article | None:
        return db.session.get(Article, id)

    def view(id: int, article: Article) -> str:
        article.title = "mine"
        return "saved"

    db.rival("UPDATE articles SET saved_at = '2026-01-01 12:00:00'")
    headers = {"If-Match": '"1-0"', "If-Unmodified-Since": "Thu, 01 Jan 2026 12:00:00 GMT"}
    if "last_modified" in options:
        del headers["If-Match"]
    with pytest.raises(
        SetupError, match=rf"^tests/\S+: cas\(\) compares .*{words}.*use guard=locked"
    ):
        send(view, headers=headers, load=load, into="article", guard=cas(), **options)
    assert db.article == ("first", 1, 0)


def test_a_tag_that_is_read_after_the_content_is_refused(db: Database, send: Send) -> None:
    def load(id: int) -> Article | None:
        query = sa.select(Article).where(Article.id == id).options(load_only(Article.title))
        return db.session.scalar(query.execution_options(populate_existing=True))

    def view(id: int, article: Article) -> str:
        return article.title

    with pytest.raises(SetupError, match=r"without its version.*load_only\(…, Article.version\)"):
        send(view, "GET", {}, load=load, etag="version", into="article")


def test_a_tag_in_the_answer_tells_what_a_trigger_has_added(db: Database, send: Send) -> None:
    moves = "UPDATE articles SET version = version + 10 WHERE id = 1"
    statements = {
        "sqlite": [
            "CREATE TRIGGER adding AFTER UPDATE OF title ON articles "
            f"WHEN NEW.title <> OLD.title BEGIN {moves}; END"
        ],
        "postgresql": [
            "CREATE OR REPLACE FUNCTION adding() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.version = OLD.version + 11; RETURN NEW; END $$",
            "CREATE TRIGGER adding BEFORE UPDATE ON articles "
            "FOR EACH ROW EXECUTE FUNCTION adding()",
        ],
        "mysql": [
            "CREATE TRIGGER adding BEFORE UPDATE ON articles "
            "FOR EACH ROW SET NEW.version = OLD.version + 11"
        ],
    }
    db.rival(*statements[db.engine.dialect.name])

    def view(id: int, article: Article) -> str:
        article.title = "mine"
        return etag_for(article)

    response = send(view)
    on_table = " ON articles" if db.engine.dialect.name == "postgresql" else ""
    db.session.remove()
    db.rival(f"DROP TRIGGER adding{on_table}")
    assert response.text == '"12"'
    assert response.headers.get("ETag", '"12"') == '"12"'
    assert db.article == ("mine", 12, 0)
