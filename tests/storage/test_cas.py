"""Whatever a view writes, and however: checked and moved on, or 412 and nothing written."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from .conftest import RIVAL
from .conftest import Database
from .conftest import Send
from .models import Article
from .models import Comment

Write = Callable[[Session, Article], object]


def write(name: str) -> Callable[[Write], Write]:
    def register(write: Write) -> Write:
        WRITES[name] = write
        return write

    return register


WRITES: dict[str, Write] = {}


@write("assigns")
def assign(session: Session, article: Article) -> None:
    article.title = "mine"


@write("assigns the same value")
def assign_the_same(session: Session, article: Article) -> None:
    article.title = str(article.title)


@write("does nothing")
def do_nothing(session: Session, article: Article) -> None:
    pass


@write("appends a child")
def append(session: Session, article: Article) -> None:
    article.comments.append(Comment(text="mine"))


@write("adds a child by its foreign key")
def add_by_key(session: Session, article: Article) -> None:
    session.add(Comment(text="mine", article_id=article.id))


@write("inserts children in bulk")
def insert_in_bulk(session: Session, article: Article) -> None:
    session.execute(sa.insert(Comment), [{"text": "mine", "article_id": 1}])


@write("updates in bulk")
def update_in_bulk(session: Session, article: Article) -> None:
    session.execute(sa.update(Article).where(Article.id == 1).values(title="mine"))


@write("updates in bulk and moves the version itself")
def update_version_in_bulk(session: Session, article: Article) -> None:
    moved = {"title": "mine", "version": Article.version + 1}
    session.execute(sa.update(Article).where(Article.id == 1).values(moved))


@write("updates in bulk, moves the version, and assigns then")
def update_and_assign(session: Session, article: Article) -> None:
    session.execute(sa.update(Article).values(version=Article.version + 1))
    article.title = "mine"


@write("updates with SQL")
def update_with_sql(session: Session, article: Article) -> None:
    session.execute(sa.text("UPDATE articles SET title = 'mine' WHERE id = 1"))


@write("updates with SQL on the connection")
def update_on_connection(session: Session, article: Article) -> None:
    session.connection().execute(sa.text("UPDATE articles SET title = 'mine' WHERE id = 1"))


@write("assigns and reads, so that the session flushes by itself")
def autoflush(session: Session, article: Article) -> None:
    article.title = "mine"
    session.scalars(sa.select(Comment)).all()


@write("flushes twice")
def flush_twice(session: Session, article: Article) -> None:
    article.title = "not yet"
    session.flush()
    article.title = "mine"
    session.flush()


@write("refreshes the target before it writes")
def refresh(session: Session, article: Article) -> None:
    session.refresh(article)
    article.title = "mine"


@write("expires everything before it writes")
def expire(session: Session, article: Article) -> None:
    session.expire_all()
    article.title = "mine"


@write("ends the transaction of the load before it writes")
def roll_back(session: Session, article: Article) -> None:
    session.rollback()
    article.title = "mine"


@write("expunges the target")
def expunge(session: Session, article: Article) -> None:
    session.expunge(article)
    session.add(Comment(text="mine", article_id=1))


@write("assigns a version of its own, as from a body")
def assign_version(session: Session, article: Article) -> None:
    article.title = "mine"
    article.version = 99


@write("writes in a savepoint")
def savepoint(session: Session, article: Article) -> None:
    with session.begin_nested():
        article.title = "mine"


@write("gives up a savepoint and writes then")
def give_up_savepoint(session: Session, article: Article) -> None:
    nested = session.begin_nested()
    article.title = "given up"
    session.flush()
    nested.rollback()
    article.title = "mine"


@write("writes before a savepoint that it gives up")
def write_before_savepoint(session: Session, article: Article) -> None:
    article.title = "mine"
    nested = session.begin_nested()
    article.title = "given up"
    session.flush()
    nested.rollback()


@write("commits itself")
def commit(session: Session, article: Article) -> None:
    article.title = "mine"
    session.commit()


@write("commits itself with SQL")
def commit_sql(session: Session, article: Article) -> None:
    session.execute(sa.text("UPDATE articles SET title = 'mine' WHERE id = 1"))
    session.commit()


@pytest.mark.parametrize("name", WRITES)
def test_a_write_moves_the_version_and_tells_it(name: str, db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        WRITES[name](db.session(), article)
        return "saved"

    response = send(view)
    assert response.status_code == 200
    title, version, comments = db.article
    assert version > 1
    assert response.headers["ETag"] == f'"{version}"'
    is_written = {"assigns the same value": False, "does nothing": False}.get(name, True)
    assert (title == "mine" or comments == 1) is is_written


@pytest.mark.parametrize("name", WRITES)
def test_a_write_that_was_overtaken_is_412_and_writes_nothing(
    name: str, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        db.rival(RIVAL)
        WRITES[name](db.session(), article)
        return "saved"

    response = send(view)
    assert response.status_code == 412
    assert response.json["reason"] == "lost-race"
    assert response.json["detail"].startswith("Another write to the article came first")
    assert response.headers["ETag"] == response.json["current_etag"] == '"7"'
    assert db.article == ("theirs", 7, 0)


@pytest.mark.parametrize("name", WRITES)
def test_a_write_to_what_was_deleted_meanwhile_is_412_without_a_tag(
    name: str, db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        db.rival("DELETE FROM articles")
        WRITES[name](db.session(), article)
        return "saved"

    response = send(view)
    assert response.status_code == 412
    assert response.json["reason"] == "lost-race"
    assert "ETag" not in response.headers
    assert db.rows("SELECT * FROM articles") == db.rows("SELECT * FROM comments") == []


DELETES: dict[str, Write] = {
    "through the session": lambda session, article: session.delete(article),
    "and flushes": lambda session, article: (session.delete(article), session.flush()),
    "in bulk": lambda session, article: session.execute(sa.delete(Article)),
    "with SQL": lambda session, article: session.execute(sa.text("DELETE FROM articles")),
    "and commits": lambda session, article: (session.delete(article), session.commit()),
}


@pytest.mark.parametrize("name", DELETES)
@pytest.mark.parametrize("method", ["DELETE", "POST"])
def test_a_target_can_be_deleted(name: str, method: str, db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> tuple[str, int]:
        DELETES[name](db.session(), article)
        return "", 204

    response = send(view, method)
    assert response.status_code == 204
    assert "ETag" not in response.headers
    assert db.rows("SELECT * FROM articles") == []


@pytest.mark.parametrize("name", DELETES)
def test_a_delete_that_was_overtaken_is_412(name: str, db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> tuple[str, int]:
        db.rival(RIVAL)
        DELETES[name](db.session(), article)
        return "", 204

    response = send(view, "DELETE")
    assert response.status_code == 412
    assert response.headers["ETag"] == '"7"'
    assert db.article == ("theirs", 7, 0)
