"""Locks on rows that have a version, children or neither."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from flask_preconditions.sqlalchemy import locked

from .conftest import RIVAL
from .conftest import Database
from .conftest import Overtaking
from .conftest import Send
from .conftest import impatient_rival
from .models import Article
from .models import Comment
from .models import User


def test_outer_joins_of_eager_loading_can_be_locked(db: Database, send: Send) -> None:
    def load(id: int) -> Article | None:
        query = sa.select(Article).options(joinedload(Article.comments)).filter_by(id=id)
        return db.session.scalars(query).unique().first()

    def view(id: int, it: Article) -> str:
        it.title = "mine"
        return "saved"

    options = {"load": load, "etag": "version", "into": "it", "guard": locked(db.session)}
    assert send(view, **options).headers["ETag"] == '"2"'


def test_a_tag_may_span_children(db: Database, send: Send) -> None:
    def with_comments(article: Article) -> str:
        return f"{article.title}-{len(article.comments)}"

    def view(id: int, article: Article) -> str:
        with pytest.raises(sa.exc.OperationalError):
            impatient_rival(
                db, "INSERT INTO comments (article_id, text, version) VALUES (1, 'theirs', 1)"
            )
        article.comments.append(Comment(text="mine"))
        return "saved"

    headers = {"If-Match": '"first-0"'}
    response = send(view, headers=headers, etag=with_comments)
    assert response.headers["ETag"] == '"first-1"'
    assert send(view, headers=headers, etag=with_comments).status_code == 412


def test_a_version_can_be_locked_too(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        with pytest.raises(sa.exc.OperationalError):
            impatient_rival(db, RIVAL)
        article.comments.append(Comment(text="mine"))
        return "saved"

    assert send(view, guard=locked(db.session)).headers["ETag"] == '"2"'
    with Overtaking(db, RIVAL):
        stale = send(view, headers={"If-Match": '"2"'}, guard=locked())
    assert (stale.status_code, stale.headers["ETag"]) == (412, '"7"')


def test_a_locked_create_has_one_winner(db: Database, send: Send) -> None:
    def view(name: str, user: User | None) -> tuple[str, int]:
        assert user is None
        db.session.add(User(name=name))
        return "", 201

    options: dict[str, Any] = {
        "load": User,
        "rule": "/users/<name>",
        "path": "/users/ada",
        "create": True,
        "guard": locked(),
    }
    with Overtaking(db, "INSERT INTO users (name, version) VALUES ('ada', 3)"):
        lost = send(view, "PUT", {"If-None-Match": "*"}, **options)
    assert (lost.status_code, lost.headers["ETag"]) == (412, '"3"')
    options["path"] = "/users/grace"
    assert send(view, "PUT", {"If-None-Match": "*"}, **options).status_code == 201
