"""A tag over a row and its children, as the guide has it: compared once more, and held."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from flask_preconditions import precondition_passed
from flask_preconditions.sqlalchemy import locked

from .conftest import Database
from .conftest import Send
from .conftest import impatient_rival
from .models import Article
from .models import Comment

CURRENT = {"If-Match": '"1.1-1.2-1"'}
RIVALS = {
    "changed": "UPDATE comments SET text = 'theirs', version = 2 WHERE id = 1",
    "made": "INSERT INTO comments (id, article_id, text, version) VALUES (9, 1, 'theirs', 1)",
    "deleted": "DELETE FROM comments WHERE id = 2",
}


@pytest.fixture(autouse=True)
def comments(db: Database) -> None:
    for key in (1, 2):
        values = f"({key}, 1, 'first', 1)"
        db.rival(f"INSERT INTO comments (id, article_id, text, version) VALUES {values}")


@pytest.fixture
def save(db: Database, send: Send) -> Callable[..., Any]:
    """Send a write whose tag is made of the article and its comments."""

    def with_comments(article: Article) -> str:
        query = sa.select(Comment).where(Comment.article_id == article.id).order_by(Comment.id)
        comments = db.session.scalars(query)
        return ".".join([str(article.version), *(f"{c.id}-{c.version}" for c in comments)])

    def save(meanwhile: Callable[[], object] = lambda: None) -> Any:
        def view(id: int, article: Article) -> str:
            meanwhile()
            article.title = "mine"
            return "saved"

        return send(view, headers=CURRENT, etag=with_comments, guard=locked(db.session))

    return save


def test_the_tag_of_what_was_written_is_told(save: Callable[..., Any]) -> None:
    assert save().headers["ETag"] == '"2.1-1.2-1"'


@pytest.mark.parametrize("rival", RIVALS.values(), ids=RIVALS)
def test_a_child_that_moves_between_check_and_lock_is_a_lost_race(
    db: Database, save: Callable[..., Any], rival: str
) -> None:
    def come_between(sender: object, **_: object) -> None:
        db.rival(rival)

    with precondition_passed.connected_to(come_between):
        response = save()
    assert (response.status_code, response.json["reason"]) == (412, "lost-race")
    assert db.article[0] == "first"


@pytest.mark.parametrize("rival", RIVALS.values(), ids=RIVALS)
def test_a_child_cannot_move_between_lock_and_commit(
    db: Database, save: Callable[..., Any], rival: str
) -> None:
    def try_to_come_between() -> None:
        with pytest.raises(sa.exc.OperationalError):
            impatient_rival(db, rival)

    assert save(try_to_come_between).status_code == 200
    assert db.article == ("mine", 2, 2)
