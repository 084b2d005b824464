"""What applications do by habit, beside what the guide shows."""

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Response
from flask import abort
from flask import g
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship

from flask_preconditions import PreconditionFailed
from flask_preconditions import check
from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions.sqlalchemy import cas
from flask_preconditions.sqlalchemy import locked

from .conftest import CURRENT
from .conftest import RIVAL
from .conftest import Database
from .conftest import Overtaking
from .conftest import Send
from .conftest import make_app
from .models import Article
from .models import Comment
from .models import User

MOVING = sa.text(
    "UPDATE articles SET title = 'mine', version = version + 1 WHERE id = 1 AND version = 1"
)


class Base(DeclarativeBase):
    type_annotation_map = {str: sa.String(80)}  # noqa: RUF012


class Client(Base):
    """A row with an attribute of the name that mappings have a method by."""

    __tablename__ = "clients"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    keys: Mapped[list["Key"]] = relationship(order_by="Key.id")
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Key(Base):
    __tablename__ = "client_keys"
    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(sa.ForeignKey("clients.id"))


@pytest.fixture
def clients(db: Database) -> Iterator[None]:
    Base.metadata.create_all(db.rivals)
    db.rival("INSERT INTO clients (id, name, version) VALUES (1, 'first', 1)")
    yield
    db.session.remove()
    Base.metadata.drop_all(db.rivals)


@pytest.mark.usefixtures("clients")
def test_a_row_may_have_an_attribute_of_the_name_keys(db: Database, send: Send) -> None:
    def view(id: int, client: Client) -> dict[str, Any]:
        client.name = "mine"
        client.keys.append(Key(id=1))
        return {"name": client.name}

    def load(id: int) -> Client | None:
        return db.session.get(Client, id)

    options = {"load": load, "etag": "version", "into": "client", "guard": cas(db.session)}
    assert send(view, **options).headers["ETag"] == '"2"'
    assert db.rows("SELECT name, version FROM clients") == [("mine", 2)]


@pytest.mark.parametrize("is_caught", [False, True], ids=["raised", "caught"])
@pytest.mark.parametrize("is_checked", [False, True], ids=["guarded", "checked"])
def test_a_lost_race_without_a_guard_leaves_nothing_to_be_committed_later(
    db: Database, is_checked: bool, is_caught: bool
) -> None:
    app = make_app(db.session)

    @app.after_request
    def commit(response: Response) -> Response:
        db.session.commit()
        return response

    def load(id: int) -> Article | None:
        return db.session.get(Article, id)

    def save(id: int) -> str:
        if is_checked:
            check(load(id), etag="version", reload=lambda: load(id))
        db.session.add(User(name="grace"))
        db.rival(RIVAL)
        try:
            precondition.confirm(db.session.execute(MOVING).rowcount)
        except PreconditionFailed:
            if is_caught:
                abort(409)
            raise
        return "saved"

    guarded = save if is_checked else require_match(load, etag="version")(save)
    app.add_url_rule("/articles/<int:id>", "save", guarded, methods=["GET", "PUT"])
    response = app.test_client().put("/articles/1", headers=CURRENT)
    lost = (409, None) if is_caught else (412, '"7"')
    assert (response.status_code, response.headers.get("ETag")) == lost
    assert db.rows("SELECT name FROM users") == []
    assert db.article[:2] == ("theirs", 7)


CHANGES: dict[str, Callable[[Article], None]] = {
    "a child": lambda article: article.comments.append(Comment(text="first")),
    "nothing": lambda article: setattr(article, "title", "first"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("expires", [True, False], ids=["expires", "keeps"])
def test_what_a_view_tells_after_its_own_commit_is_the_new_version(
    db: Database, send: Send, change: str, expires: bool
) -> None:
    db.session.configure(expire_on_commit=expires)

    def view(id: int, article: Article) -> dict[str, Any]:
        CHANGES[change](article)
        db.session.commit()
        return {"version": article.version}

    response = send(view)
    assert (response.json, response.headers["ETag"]) == ({"version": 2}, '"2"')
    assert db.article[1] == 2


def test_another_session_may_write_what_was_assigned_as_it_was(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "first"
        db.session.flush()
        with Session(db.engine) as session:
            session.scalars(sa.select(Article)).one().title = "mine"
            session.commit()
        return "saved"

    response = send(view)
    assert (response.status_code, response.headers["ETag"]) == (200, '"2"')
    assert db.article[:2] == ("mine", 2)


def test_a_target_of_before_request_that_goes_before_its_lock_is_a_lost_race(db: Database) -> None:
    app = make_app(db.session)

    @app.before_request
    def load_first() -> None:
        g.article = db.session.get(Article, 1)

    @app.put("/articles/<int:id>")
    @require_match(lambda: g.article, etag="version", into="article", guard=locked(db.session))
    def save(id: int, article: Article) -> str:
        article.title = "mine"
        return "saved"

    with Overtaking(db, "DELETE FROM articles WHERE id = 1"):
        response = app.test_client().put("/articles/1", headers=CURRENT)
    assert response.status_code == 412
