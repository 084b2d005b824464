"""A commit that was sent and never answered: the write is there or it is not."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import abort

from flask_preconditions.sqlalchemy import locked

from .conftest import CURRENT
from .conftest import Database
from .conftest import Send
from .conftest import on
from .models import Article
from .models import BlogPage
from .models import User
from .relay import CutAtCommit

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

BROKEN = sa.exc.OperationalError


@pytest.fixture
def relay(db: Database) -> Iterator[CutAtCommit]:
    relay = CutAtCommit(f"{db.engine.url.query['host']}/.s.PGSQL.5432")
    url = sa.make_url(
        f"postgresql+psycopg://tester@127.0.0.1:{relay.port}/in_process?sslmode=disable"
    )
    engine = sa.create_engine(url)
    on(db, engine)
    yield relay
    db.session.remove()
    engine.dispose()
    relay.close()


def test_a_connection_that_breaks_while_it_commits_leaves_the_outcome_unknown(
    relay: CutAtCommit, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        relay.is_armed.set()
        return "saved"

    response = send(view)
    assert response.status_code == 503
    assert response.json["title"] == "Outcome Unknown"
    assert response.json["next"] == {"action": "refetch", "method": "GET", "href": "/articles/1"}
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers


def commit_and_break(db: Database, relay: CutAtCommit) -> None:
    """Commit, lose the connection, and go on as if nothing were."""
    relay.is_armed.set()
    with pytest.raises(BROKEN):
        db.session.commit()
    db.session.rollback()


def says_so(db: Database) -> str:
    return "saved"


def refuses(db: Database) -> str:
    abort(409)


def fails(db: Database) -> str:
    raise sa.exc.InvalidRequestError("nothing of the kind")


def reads_and_fails(db: Database) -> str:
    db.session.execute(sa.select(BlogPage)).all()
    raise sa.exc.InvalidRequestError("nothing of the kind")


def writes_again(db: Database) -> str:
    db.session.get(Article, 1).title = "again"  # type: ignore[union-attr]
    return "saved"


def commits_again(db: Database) -> str:
    writes_again(db)
    db.session.commit()
    return "saved"


GOING_ON = [says_so, refuses, fails, reads_and_fails, writes_again, commits_again]


@pytest.mark.parametrize("goes_on", GOING_ON, ids=lambda goes_on: goes_on.__name__)
@pytest.mark.parametrize("locks", [False, True])
def test_a_view_that_goes_on_after_a_broken_commit_does_not_know_either(
    locks: bool, goes_on: Any, relay: CutAtCommit, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        commit_and_break(db, relay)
        return str(goes_on(db))

    options = {"guard": locked(db.session)} if locks else {}
    response = send(view, **options)
    assert (response.status_code, response.json["title"]) == (503, "Outcome Unknown")
    assert db.article == ("mine", 2, 0)


def test_what_was_tried_again_and_compared_is_known(
    relay: CutAtCommit, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        relay.drops = True
        commit_and_break(db, relay)
        return commits_again(db)

    assert send(view).status_code == 200
    assert db.article == ("again", 2, 0)


def test_a_create_whose_commit_broke_is_unknown(
    relay: CutAtCommit, db: Database, send: Send
) -> None:
    def view(name: str, user: User | None) -> tuple[str, int]:
        db.session.add(User(name=name))
        commit_and_break(db, relay)
        db.session.add(User(name=name))
        return "", 201

    options: dict[str, Any] = {"load": User, "rule": "/users/<name>", "path": "/users/ada"}
    response = send(view, "PUT", {"If-None-Match": "*"}, create=True, **options)
    assert (response.status_code, response.json["title"]) == (503, "Outcome Unknown")
    assert db.rows("SELECT name FROM users") == [("ada",)]


def test_a_connection_that_breaks_after_the_commit_is_no_unknown_outcome(
    relay: CutAtCommit, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        db.session.commit()
        relay.hang_up()
        return article.title

    with pytest.raises(BROKEN):
        send(view)
    assert db.article == ("mine", 2, 0)


def flushes(db: Database, article: Article) -> None:
    article.title = "mine"
    db.session.flush()


def changes(db: Database, article: Article) -> None:
    article.title = "mine"


def reads(db: Database, article: Article) -> None:
    db.session.execute(sa.select(BlogPage)).all()


@pytest.mark.parametrize("step", [flushes, changes, reads], ids=lambda f: f.__name__)
@pytest.mark.parametrize("guard", [None, locked()], ids=["cas", "locked"])
def test_a_connection_that_breaks_before_the_commit_has_stored_nothing(
    guard: Any, step: Any, relay: CutAtCommit, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        if is_cut:
            relay.hang_up()
        step(db, article)
        return "saved"

    options = {} if guard is None else {"guard": guard}
    is_cut = [True]
    response = send(view, **options)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert db.article == ("first", 1, 0)
    is_cut.clear()
    assert send(view, **options).status_code == 200


def test_a_database_that_is_gone_before_the_commit_is_503(
    relay: CutAtCommit, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        relay.listener.close()
        relay.hang_up()
        db.session.rollback()
        article.title = "mine"
        return "saved"

    assert send(view).status_code == 503
    assert db.article == ("first", 1, 0)


def test_the_log_names_the_occurrence(
    relay: CutAtCommit, db: Database, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        relay.is_armed.set()
        return "saved"

    response = send(view)
    assert response.json["instance"] in caplog.text


def test_a_head_of_the_answer_is_as_for_every_503(
    relay: CutAtCommit, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        relay.is_armed.set()
        return "saved"

    headers = send(view, headers=CURRENT).headers
    assert (headers["Retry-After"], headers["Content-Type"]) == ("1", "application/problem+json")
