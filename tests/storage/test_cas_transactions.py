"""A view that commits, closes or catches by itself is compared again."""

from sqlalchemy.orm.exc import StaleDataError

from flask_preconditions import precondition_passed
from flask_preconditions.sqlalchemy import cas

from .conftest import RIVAL
from .conftest import Database
from .conftest import Send
from .models import Article
from .models import Comment


def test_a_view_that_answers_a_stale_write_itself_keeps_its_answer(
    db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> tuple[str, int]:
        db.rival(RIVAL)
        article.title = "mine"
        try:
            db.session.commit()
        except StaleDataError:
            db.session.rollback()
            return "mine", 409
        return "saved", 200

    assert send(view).status_code == 409
    assert db.article == ("theirs", 7, 0)


def test_a_view_that_hides_a_stale_write_is_refused_all_the_same(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        db.rival(RIVAL)
        article.title = "mine"
        try:
            db.session.commit()
        except StaleDataError:
            db.session.rollback()
        return "saved"

    assert send(view).status_code == 412
    assert db.article == ("theirs", 7, 0)


def test_a_second_transaction_of_the_view_moves_the_version_again_if_it_writes(
    db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        db.session.commit()
        db.session.add(Comment(text="mine", article_id=1))
        return "saved"

    assert send(view).headers["ETag"] == '"3"'
    assert db.article == ("mine", 3, 1)


def test_a_second_transaction_that_is_overtaken_is_412(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        db.session.commit()
        db.rival(RIVAL)
        db.session.add(Comment(text="mine", article_id=1))
        return "saved"

    assert send(view).status_code == 412
    assert db.article == ("theirs", 7, 0)


def test_a_view_can_delete_and_commit_and_write_something_else(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        db.session.delete(article)
        db.session.commit()
        db.session.add(Article(id=2, title="second"))
        return "deleted"

    assert send(view, "POST").status_code == 200
    assert db.rows("SELECT id FROM articles") == [(2,)]


def test_a_view_may_close_the_session_after_its_commit(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        db.session.commit()
        db.session.close()
        return "saved"

    assert send(view).headers["ETag"] == '"2"'


def test_closing_the_session_instead_of_committing_loses_nothing_of_the_check(
    db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "given up"
        db.session.flush()
        db.session.close()
        db.rival(RIVAL)
        return "saved"

    assert send(view).status_code == 412


def test_without_commit_the_write_is_flushed_and_left_to_the_caller(
    db: Database, send: Send
) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        return "saved"

    response = send(view, guard=cas(db.session, commit=False))
    assert response.headers["ETag"] == '"2"'
    assert db.article == ("first", 1, 0)  # nobody committed


def test_a_listener_that_commits_between_check_and_guard_opens_no_gap(
    db: Database, send: Send
) -> None:
    def audit(sender: object, **_: object) -> None:
        db.session.commit()  # expires the target, which is then read anew
        db.rival(RIVAL)

    with precondition_passed.connected_to(audit):
        response = send(lambda id, article: "saved")
    assert response.status_code == 412
    assert db.article == ("theirs", 7, 0)
