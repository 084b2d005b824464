"""What a guarded view may do besides writing: refuse, fail, commit, close, come back."""

import pytest
import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import Session

from flask_preconditions import SetupError
from flask_preconditions import etag_for
from flask_preconditions import precondition
from flask_preconditions.sqlalchemy import cas

from .conftest import RIVAL
from .conftest import Database
from .conftest import Send
from .conftest import on
from .models import Article
from .models import Comment


def test_a_stale_condition_is_412_before_the_view_runs(db: Database, send: Send) -> None:
    response = send(lambda id: pytest.fail("ran"), headers={"If-Match": '"0"'})
    assert response.status_code == 412
    assert response.json["reason"] == "changed"
    assert response.json["current_etag"] == '"1"'


def test_a_write_without_a_condition_is_428(send: Send) -> None:
    assert send(lambda id: pytest.fail("ran"), headers={}).status_code == 428


@pytest.mark.parametrize("flush", [False, True])
def test_a_refusal_by_the_view_writes_nothing(flush: bool, db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> tuple[str, int]:
        article.title = "mine"
        if flush:
            db.session.flush()
        return "no", 422

    response = send(view)
    assert response.status_code == 422
    assert "ETag" not in response.headers
    assert db.article == ("first", 1, 0)


def test_an_abort_in_the_view_writes_nothing(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> None:
        article.title = "mine"
        db.session.flush()
        abort(409)

    assert send(view).status_code == 409
    assert db.article == ("first", 1, 0)


def test_an_exception_in_the_view_writes_nothing(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> None:
        article.title = "mine"
        db.session.flush()
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        send(view)
    assert db.article == ("first", 1, 0)


def test_a_redirect_is_a_success(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> tuple[str, int, dict[str, str]]:
        article.title = "mine"
        return "", 303, {"Location": "/"}

    assert send(view).status_code == 303
    assert db.article == ("mine", 2, 0)


def test_the_tag_is_that_of_the_own_write_even_if_somebody_writes_right_after(
    db: Database, send: Send
) -> None:
    def rival_after_commit(session: Session) -> None:
        db.rival(RIVAL)

    def view(id: int, article: Article) -> str:
        article.title = "mine"
        sa.event.listen(db.session(), "after_commit", rival_after_commit, once=True)
        return "saved"

    response = send(view)
    assert response.headers["ETag"] == '"2"'
    assert db.article == ("theirs", 7, 0)


def test_the_tag_is_known_after_a_flush(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        db.session.flush()
        return etag_for(article)

    response = send(view)
    assert response.text == response.headers["ETag"] == '"2"'


def test_an_orphan_is_deleted_under_the_check(db: Database, send: Send) -> None:
    db.rival("INSERT INTO comments (id, article_id, text, version) VALUES (1, 1, 'old', 1)")

    def view(id: int, comment: Comment) -> tuple[str, int]:
        comment.article.comments.remove(comment)
        return "", 204

    sent = {"load": Comment, "rule": "/comments/<int:id>", "path": "/comments/1"}
    assert send(view, "DELETE", **sent).status_code == 204
    assert db.rows("SELECT * FROM comments") == []


def test_reads_are_not_guarded(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "never saved"
        return str(article.title)

    response = send(view, "GET", {})
    assert (response.status_code, response.headers["ETag"]) == (200, '"1"')
    assert send(view, "GET", {"If-None-Match": '"1"'}).status_code == 304
    assert db.article == ("first", 1, 0)


def test_a_put_tells_its_tag_only_where_it_may(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        article.title = "mine"
        return "saved"

    assert "ETag" not in send(view, "PUT").headers
    told = send(view, "PUT", {"If-Match": '"2"'}, put_etag="always")
    assert told.headers["ETag"] == '"3"'


def test_a_201_to_post_carries_no_tag_of_the_target(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> tuple[str, int]:
        article.comments.append(Comment(text="mine"))
        return "", 201

    assert "ETag" not in send(view, "POST").headers
    assert db.article == ("first", 2, 1)


def test_confirm_is_possible_and_not_needed(db: Database, send: Send) -> None:
    def view(id: int, article: Article) -> str:
        statement = sa.update(Article).where(Article.id == id).values(title="mine")
        precondition.confirm(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]
        return "saved"

    assert send(view).headers["ETag"] == '"2"'


def test_a_loader_function_that_gives_a_model_can_be_guarded(db: Database, send: Send) -> None:
    def load(id: int) -> Article | None:
        return db.session.get(Article, id)

    def view(id: int, it: Article) -> str:
        db.rival(RIVAL)
        it.title = "mine"
        return "saved"

    options = {"load": load, "etag": "version", "into": "it", "guard": cas(db.session)}
    assert send(view, **options).status_code == 412
    assert send(view, headers={"If-Match": '"7"'}, **options).status_code == 200  # 7 again


def test_a_loader_function_that_gives_something_else_cannot(db: Database, send: Send) -> None:
    with pytest.raises(SetupError, match=r"use guard=locked\(session\)"):
        send(lambda id: "", load=lambda id: {"v": 1}, etag="v", guard=cas(db.session))


def test_a_target_of_another_session_cannot_be_guarded(db: Database, send: Send) -> None:
    with Session(db.engine) as other, pytest.raises(SetupError, match="another session"):
        send(
            lambda id: "",
            load=lambda id: other.get(Article, id),
            etag="version",
            guard=cas(db.session),
        )


def test_an_application_that_writes_during_a_flush_is_not_disturbed(
    db: Database, send: Send
) -> None:
    def audit(session: Session, *_: object) -> None:
        session.execute(sa.insert(Comment), [{"text": "audit", "article_id": 1}])

    def view(id: int, article: Article) -> str:
        article.title = "mine"
        sa.event.listen(db.session(), "before_flush", audit, once=True)
        return "saved"

    assert send(view).headers["ETag"] == '"2"'
    assert db.article == ("mine", 2, 1)


def test_a_driver_that_cannot_count_is_refused(db: Database, send: Send) -> None:
    engine = sa.create_engine(db.engine.url)
    engine.dialect.supports_sane_rowcount = False
    on(db, engine)
    with pytest.raises(SetupError, match="does not count updated rows"):
        send(lambda id: "")
    engine.dispose()
