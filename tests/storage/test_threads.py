"""A thread that the view starts carries the check, or does not write to the target."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest
import sqlalchemy as sa
from flask import copy_current_request_context
from flask import request

from flask_preconditions import SetupError

from .conftest import RIVAL
from .conftest import Database
from .conftest import Send
from .models import Article
from .models import BlogPage


def in_thread(work: Callable[[], None]) -> None:
    """Run it in another thread, and raise here what it raises there."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


def write(db: Database, model: Any = Article) -> None:
    """Write with the session of the thread, which is not that of the guard."""
    assert request.method == "PATCH"
    values = {"title": "mine"} if model is Article else {"body": "mine"}
    try:
        db.session.execute(sa.update(model).values(**values))
        db.session.commit()
    finally:
        db.session.remove()


@pytest.mark.parametrize("overtaken", [True, False])
def test_a_thread_that_only_has_the_request_does_not_write(
    overtaken: bool, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        if overtaken:
            db.rival(RIVAL)
        in_thread(copy_current_request_context(lambda: write(db)))
        return "saved"

    with pytest.raises(SetupError, match=r"another thread.*copy_context\(\)\.run"):
        send(view)
    assert db.article[0] == ("theirs" if overtaken else "first")


@pytest.mark.parametrize("overtaken", [True, False])
def test_a_thread_that_carries_the_check_writes(overtaken: bool, db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        if overtaken:
            db.rival(RIVAL)
        context = copy_context()
        in_thread(lambda: context.run(write, db))
        return "saved"

    response = send(view)
    assert response.status_code == (412 if overtaken else 200)
    assert db.article[0] == ("theirs" if overtaken else "mine")


def test_a_thread_may_write_to_something_else(db: Database, send: Send) -> None:
    db.rival("INSERT INTO blog_pages (id, body) VALUES (1, 'first')")

    def view(id: int, article: Article) -> str:
        in_thread(copy_current_request_context(lambda: write(db, BlogPage)))
        article.title = "mine"
        return "saved"

    assert send(view).headers["ETag"] == '"2"'
    assert db.rows("SELECT body FROM blog_pages") == [("mine",)]


def test_a_thread_may_write_when_the_request_is_over(db: Database, send: Send) -> None:
    later = []

    def view(id: int, article: Article) -> str:
        later.append(copy_current_request_context(lambda: write(db)))
        return "saved"

    assert send(view).status_code == 200
    thread = threading.Thread(target=later[0])
    thread.start()
    thread.join()
    assert db.article[0] == "mine"
