"""A 412 is told only where somebody else has written: what the view does unseen is an error."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from flask_preconditions import SetupError

from .conftest import RIVAL
from .conftest import Database
from .conftest import Send
from .models import Article
from .models import Comment

only_on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
only_on_servers = pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)

BY_SELECT = {
    "postgresql": (
        "CREATE FUNCTION moves_it() RETURNS int LANGUAGE sql AS "
        "$$ UPDATE articles SET title = 'moved', version = version + 1 WHERE id = 1; SELECT 1 $$"
    ),
    "mysql": (
        "CREATE FUNCTION moves_it() RETURNS int MODIFIES SQL DATA BEGIN "
        "UPDATE articles SET title = 'moved', version = version + 1 WHERE id = 1; RETURN 1; END"
    ),
}
BY_TRIGGER = {
    "sqlite": [
        "CREATE TRIGGER hiding BEFORE UPDATE ON articles WHEN new.title = 'mine' BEGIN "
        "SELECT RAISE(IGNORE); END"
    ],
    "postgresql": [
        "CREATE FUNCTION hiding() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF new.title = 'mine' THEN RETURN NULL; END IF; RETURN new; END $$",
        "CREATE TRIGGER hiding BEFORE UPDATE ON articles FOR EACH ROW EXECUTE FUNCTION hiding()",
    ],
}


raced = pytest.mark.parametrize("is_raced", [False, True])


@pytest.fixture
def moving(db: Database) -> Iterator[None]:
    db.rival(BY_SELECT[db.engine.dialect.name])
    yield
    db.session.remove()
    db.rival("DROP FUNCTION moves_it" + ("()" if db.engine.dialect.name == "postgresql" else ""))


@pytest.fixture
def hiding(db: Database) -> Iterator[None]:
    db.rival(*BY_TRIGGER[db.engine.dialect.name])
    yield
    db.session.remove()
    if db.engine.dialect.name == "postgresql":
        db.rival("DROP FUNCTION hiding() CASCADE")


def see_what_is_told(view: Any, is_raced: bool, db: Database, send: Send) -> None:
    """See that only a write of somebody else's is told as one."""

    def racing(id: int, article: Article) -> str:
        if is_raced:
            db.rival(RIVAL)
        view(article)
        return "saved"

    if is_raced:
        response = send(racing)
        assert (response.status_code, response.headers["ETag"]) == (412, '"7"')
        assert db.article[:2] == ("theirs", 7)
    else:
        with pytest.raises(SetupError, match="nobody else has changed it"):
            send(racing)
        assert db.article[:2] == ("first", 1)


@only_on_servers
@raced
@pytest.mark.parametrize("renames", [False, True])
def test_a_select_of_a_function_that_moves_the_version(
    renames: bool, is_raced: bool, moving: None, db: Database, send: Send
) -> None:
    def view(article: Article) -> None:
        db.session.execute(sa.text("SELECT moves_it()"))
        if renames:
            article.title = "mine"

    see_what_is_told(view, is_raced, db, send)


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
@raced
def test_a_trigger_that_leaves_the_update_out(
    is_raced: bool, hiding: None, db: Database, send: Send
) -> None:
    see_what_is_told(lambda article: setattr(article, "title", "mine"), is_raced, db, send)


@only_on_postgresql
@raced
def test_a_pipeline_of_the_driver(is_raced: bool, db: Database, send: Send) -> None:
    def view(article: Article) -> None:
        driver: Any = db.session.connection().connection.driver_connection
        with driver.pipeline():
            article.title = "mine"
            db.session.flush()

    see_what_is_told(view, is_raced, db, send)


def test_another_row_that_somebody_else_has_changed_is_a_lost_race(
    db: Database, send: Send
) -> None:
    """Nobody has changed the target, whose tag the client finds again."""
    db.rival("INSERT INTO articles (id, title, version) VALUES (2, 'other', 1)")

    def view(id: int, article: Article) -> str:
        other = db.session.get(Article, 2)
        assert other is not None
        other.title = article.title = "mine"
        db.rival("UPDATE articles SET title = 'theirs', version = 7 WHERE id = 2")
        return "saved"

    assert send(view).headers["ETag"] == '"1"'
    assert db.article[:2] == ("first", 1)


def test_a_child_that_somebody_else_has_changed_is_a_lost_race(db: Database, send: Send) -> None:
    db.rival("INSERT INTO comments (id, article_id, text, version) VALUES (1, 1, 'first', 1)")

    def view(id: int, article: Article) -> str:
        [comment] = article.comments
        comment.text = article.title = "mine"
        db.rival("UPDATE comments SET text = 'theirs', version = 7 WHERE id = 1")
        return "saved"

    assert send(view).headers["ETag"] == '"1"'
    assert db.rows(str(sa.select(Comment.text))) == [("theirs",)]
