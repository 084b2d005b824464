"""How a view ends, and what becomes of its write."""

from io import BytesIO
from itertools import chain
from typing import Any
from wsgiref.util import FileWrapper

import pytest
import sqlalchemy as sa
from flask import Response
from flask import abort
from flask import has_request_context
from flask import redirect
from flask import request
from flask import send_file
from flask import stream_with_context

from flask_preconditions import SetupError
from flask_preconditions.sqlalchemy import rows

from .conftest import RIVAL
from .conftest import Database
from .conftest import Send
from .models import Article
from .models import BlogPage


def made_late(_: object) -> bytes:
    raise AssertionError


@pytest.mark.parametrize("passes", [False, True])
@pytest.mark.parametrize(
    "make",
    [
        lambda: stream_with_context(iter(["saved"])),
        lambda: (made_late(one) for one in "saved"),
        lambda: map(made_late, "saved"),
        lambda: chain.from_iterable(map(made_late, "saved")),
        lambda: iter(lambda: made_late(None), b""),
    ],
    ids=["stream_with_context", "generator", "map", "chain", "iter"],
)
def test_a_streamed_body_is_refused_and_closed(
    make: Any, passes: bool, db: Database, send: Send
) -> None:
    closed = []

    def view(id: int, article: Article) -> Response:
        article.title = "mine"
        response = Response(make(), direct_passthrough=passes)
        response.call_on_close(lambda: closed.append(True))
        return response

    with pytest.raises(SetupError, match="give the body whole"):
        send(view)
    assert db.article == ("first", 1, 0)
    assert closed == [True]
    assert not has_request_context()


@pytest.mark.parametrize("wrapper", [None, FileWrapper, lambda file, size: file])
def test_a_file_is_sent(wrapper: Any, db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> Response:
        article.title = "mine"
        if wrapper is not None:
            request.environ["wsgi.file_wrapper"] = wrapper
        return send_file(BytesIO(b"saved"), "text/plain")

    assert send(view).data == b"saved"
    assert db.article == ("mine", 2, 0)


@pytest.mark.parametrize(
    "leave",
    [lambda: abort(Response("", 204)), lambda: abort(redirect("/"))],
    ids=["204", "redirect"],
)
def test_an_abort_with_a_success_commits(leave: Any, db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> None:
        article.title = "mine"
        leave()

    assert send(view).status_code < 400
    assert db.article == ("mine", 2, 0)


def test_a_refusal_after_a_savepoint_writes_nothing(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> tuple[str, int]:
        with db.session.begin_nested():
            article.title = "mine"
        return "no", 422

    assert send(view).status_code == 422
    assert db.article == ("first", 1, 0)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "sql",
    [
        "WITH one AS (SELECT 1) UPDATE articles SET title = 'mine'",
        "CREATE TABLE mine (id INTEGER)",
    ],
)
def test_a_refusal_takes_back_what_pythons_driver_begins_nothing_for(
    sql: str, db: Database, send: Send
) -> None:
    def view(blog_page: None) -> tuple[str, int]:
        db.session.execute(sa.text(sql))
        return "no", 422

    pages: dict[str, Any] = {"load": rows(sa.select(BlogPage.id).order_by(BlogPage.id))}
    where = {"rule": "/blog", "path": "/blog", "headers": {}}
    assert send(view, require="none", into="blog_page", **pages, **where).status_code == 422
    assert db.article == ("first", 1, 0)
    assert db.rows("SELECT * FROM sqlite_master WHERE name = 'mine'") == []


def test_an_error_after_a_commit_of_ones_own_is_no_lost_race(db: Database, send: Send) -> None:
    db.rival("INSERT INTO articles (id, title, slug, version) VALUES (2, 'two', 'taken', 1)")

    def view(id: int, article: Article) -> str:
        article.title = "mine"
        db.session.commit()
        db.session.add(Article(id=3, title="three", slug="taken"))
        return "saved"

    with pytest.raises(sa.exc.IntegrityError):
        send(view)
    assert db.article == ("mine", 2, 0)


def test_the_tag_of_somebody_else_is_not_told_after_a_commit_of_ones_own(
    db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        db.session.commit()
        db.rival(RIVAL)
        return "saved"

    response = send(view)
    assert response.status_code == 200
    assert "ETag" not in response.headers
