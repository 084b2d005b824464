"""The answer to a write tells the tag that the write left, in its body as in its header."""

import re
from typing import Any

import pytest
from flask import Flask

from flask_preconditions import SetupError
from flask_preconditions import etag_for
from flask_preconditions import precondition
from flask_preconditions import require_match

from .conftest import CURRENT
from .conftest import Database
from .conftest import Send
from .models import Article


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

    value = {"version": 1, "etag": '"1"'}[key]
    text = (
        f"the answer of view tells {key}={value!r}, the tag before its write, which left "
        f'"2"; write the changes first: session.flush(), and read {key} after it'
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
