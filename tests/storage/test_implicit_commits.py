"""MariaDB and MySQL commit by more than COMMIT, and a routine may commit on any word."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa
from flask import abort

from flask_preconditions import SetupError

from .conftest import RIVAL
from .conftest import Database
from .conftest import Send
from .models import Article
from .models import BlogPage

pytestmark = pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)

OPTIONS: dict[str, dict[str, Any]] = {
    "cas": {},
    "locked": {"etag": lambda article: str(article.version)},
}


@pytest.mark.parametrize("guard", OPTIONS)
@pytest.mark.parametrize(
    "sql",
    [
        "START TRANSACTION",
        "SET autocommit = 1",
        "CREATE TABLE IF NOT EXISTS made_by_a_view (id int)",
        "TRUNCATE TABLE blog_pages",
        "LOCK TABLES articles WRITE",
        "EXECUTE IMMEDIATE 'COMMIT'",
        "PREPARE ending FROM 'COMMIT'",
    ],
)
def test_what_commits_unseen_is_refused(sql: str, guard: str, db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> None:
        article.title = "mine"
        db.session.flush()
        db.session.execute(sa.text(sql))
        abort(409)

    with pytest.raises(SetupError, match="ends the transaction unseen"):
        send(view, **OPTIONS[guard])
    assert db.article[:2] == ("first", 1)


@pytest.fixture
def routine(db: Database) -> Callable[[str], None]:
    def routine(body: str) -> None:
        db.rival("DROP PROCEDURE IF EXISTS routine", f"CREATE PROCEDURE routine() {body}")

    return routine


@pytest.mark.parametrize("guard", OPTIONS)
@pytest.mark.parametrize("call", ["CALL routine()", "EXECUTE IMMEDIATE 'CALL routine()'"])
def test_nothing_is_written_over_a_rival_after_a_routine_has_committed(
    call: str, guard: str, db: Database, send: Send, routine: Any
) -> None:
    routine("BEGIN DELETE FROM blog_pages; COMMIT; END")

    def view(id: int, article: Article) -> str:
        db.session.execute(sa.text(call))
        db.rival(RIVAL)
        db.session.execute(sa.text("UPDATE articles SET title = 'mine'"))
        return "saved"

    with pytest.raises(SetupError, match="has ended the transaction"):
        send(view, **OPTIONS[guard])
    assert db.article[:2] == ("theirs", 7)


@pytest.mark.parametrize("guard", OPTIONS)
def test_a_routine_that_leaves_the_commit_to_the_guard_is_called(
    guard: str, db: Database, send: Send, routine: Any
) -> None:
    routine("BEGIN UPDATE articles SET title = 'mine'; SELECT 1; END")

    def view(id: int, article: Article) -> str:
        with db.session.begin_nested():
            db.session.add(BlogPage(body="mine"))
            db.session.flush()
            db.session.execute(sa.text("CALL routine()"))
        return "saved"

    assert send(view, **OPTIONS[guard]).status_code == 200
    assert db.article[0] == "mine"
    assert db.rows("SELECT body FROM blog_pages") == [("mine",)]


@pytest.mark.parametrize("guard", OPTIONS)
@pytest.mark.parametrize("body", ["COMMIT", "BEGIN COMMIT; SIGNAL SQLSTATE '45000'; END"])
@pytest.mark.parametrize("refuses", ["aborts", "answers"])
def test_no_refusal_is_told_of_what_a_routine_has_committed(
    refuses: str, body: str, guard: str, db: Database, send: Send, routine: Any
) -> None:
    routine(body)

    def view(id: int, article: Article) -> tuple[str, int]:
        article.title = "mine"
        db.session.flush()
        with suppress(sa.exc.DBAPIError):
            db.session.execute(sa.text("CALL routine()"))
        if refuses == "aborts":
            abort(409)
        return "no", 409

    with pytest.raises(SetupError, match="has ended the transaction"):
        send(view, **OPTIONS[guard])
    assert db.article[0] == "mine"


@pytest.mark.parametrize("guard", OPTIONS)
def test_a_refusal_after_a_routine_that_commits_nothing_stays(
    guard: str, db: Database, send: Send, routine: Any
) -> None:
    routine("UPDATE blog_pages SET body = ''")

    def view(id: int, article: Article) -> None:
        article.title = "mine"
        db.session.flush()
        db.session.execute(sa.text("CALL routine()"))
        abort(409)

    assert send(view, **OPTIONS[guard]).status_code == 409
    assert db.article[:2] == ("first", 1)
