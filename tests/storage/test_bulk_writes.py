"""Writes in bulk, which the unit of work does not know, are compared alike."""

from typing import Any

import pytest
import sqlalchemy as sa

from flask_preconditions import SetupError

from .conftest import RIVAL
from .conftest import Database
from .conftest import Send
from .models import Article


def test_a_bulk_update_that_names_the_version_is_performed(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> tuple[str, int]:
        where = (Article.id == id, Article.version == article.version)
        values = {"title": "mine", "version": Article.version + 1}
        changed = db.session.execute(sa.update(Article).where(*where).values(values))
        return ("saved", 200) if changed.rowcount == 1 else ("no", 409)  # type: ignore[attr-defined]

    response = send(view)
    assert (response.status_code, response.headers["ETag"]) == (200, '"2"')


def by_mappings(session: Any, article: Article) -> None:
    values = {"id": 1, "title": "mine", "version": article.version}
    session.bulk_update_mappings(Article, [values])


def by_objects(session: Any, article: Article) -> None:
    article.title = "mine"
    session.bulk_save_objects([article])


def by_key(session: Any, article: Article) -> None:
    session.execute(sa.update(Article), [{"id": 1, "title": "mine", "version": article.version}])


@pytest.mark.parametrize("save", [by_mappings, by_objects, by_key], ids=lambda f: f.__name__)
@pytest.mark.parametrize("overtaken", [False, True])
def test_a_bulk_operation_is_no_lost_race(
    save: Any, overtaken: bool, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        if overtaken:
            db.rival(RIVAL)
        save(db.session, article)
        return "saved"

    response = send(view)
    assert response.status_code == (412 if overtaken else 200)
    assert db.article[0] == ("theirs" if overtaken else "mine")
    assert response.headers["ETag"] == f'"{db.article[1]}"'


@pytest.mark.parametrize("commits", [False, True], ids=["flushed", "committed"])
def test_delete_and_insert_under_one_key_moves_the_version(
    commits: bool, db: Database, send: Send
) -> None:
    db.rival("UPDATE articles SET version = 5")

    def view(id: int, article: Article) -> str:
        db.session.delete(article)
        db.session.commit() if commits else db.session.flush()
        db.session.add(Article(id=1, title="mine"))
        return "saved"

    response = send(view, headers={"If-Match": '"5"'})
    assert response.headers["ETag"] == '"6"'
    assert db.article == ("mine", 6, 0)


def test_a_bulk_operation_that_names_another_version_is_no_lost_race(
    db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        db.session.bulk_update_mappings(Article, [{"id": id, "title": "mine", "version": 5}])
        return "saved"

    with pytest.raises(SetupError, match="where its version is 5, and it is 1"):
        send(view)
    assert db.article == ("first", 1, 0)
