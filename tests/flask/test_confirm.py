import logging
import sqlite3
from collections.abc import Callable
from dataclasses import make_dataclass
from typing import Any
from typing import NamedTuple

import pytest
from flask import Flask

from flask_preconditions import EntityTag
from flask_preconditions import PreconditionFailed
from flask_preconditions import SetupError
from flask_preconditions import check
from flask_preconditions import precondition
from flask_preconditions import require_match

from .conftest import MakeClient
from .conftest import Store

CURRENT = {"If-Match": '"1"'}


@pytest.fixture
def db() -> Any:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("CREATE TABLE docs (body TEXT, rev INTEGER)")
    connection.execute("INSERT INTO docs VALUES ('first', 1)")
    yield connection
    connection.close()


def app_on(db: sqlite3.Connection, rival: str = "") -> Flask:
    """An app whose view is overtaken by ``rival`` between its check and its write."""
    app = Flask(__name__)
    app.testing = True

    def load() -> sqlite3.Row | None:
        found: sqlite3.Row | None = db.execute("SELECT * FROM docs").fetchone()
        return found

    @app.route("/", methods=["GET", "PATCH"])
    @require_match(load, etag="rev", into="doc")
    def view(doc: sqlite3.Row) -> dict[str, str]:
        if rival:
            db.execute(rival)
        rows = db.execute(
            "UPDATE docs SET body = 'mine', rev = rev + 1 WHERE rev = ? RETURNING *", [doc["rev"]]
        ).fetchall()
        return {"body": precondition.confirm(rows)["body"]}

    return app


def test_a_write_that_nobody_overtook_answers_with_its_own_tag(db: sqlite3.Connection) -> None:
    response = app_on(db).test_client().patch("/", headers=CURRENT)
    assert response.json == {"body": "mine"}
    assert response.headers["ETag"] == '"2"'


def test_a_write_that_was_overtaken_is_412_with_the_winners_tag(db: sqlite3.Connection) -> None:
    rival = "UPDATE docs SET body = 'theirs', rev = 7"
    response = app_on(db, rival).test_client().patch("/", headers=CURRENT)
    assert response.status_code == 412
    assert response.json["reason"] == "lost-race"
    assert response.headers["ETag"] == response.json["current_etag"] == '"7"'
    assert db.execute("SELECT body FROM docs").fetchone()["body"] == "theirs"


def test_a_write_to_what_was_deleted_meanwhile_is_412_without_a_tag(
    db: sqlite3.Connection,
) -> None:
    response = app_on(db, "DELETE FROM docs").test_client().patch("/", headers=CURRENT)
    assert response.status_code == 412
    assert "ETag" not in response.headers


def test_confirm_takes_a_count(store: Store, make_client: MakeClient) -> None:
    client = make_client()
    assert client.put("/article", headers={"If-Match": '"v1"'}).status_code == 200
    store.rows = 0
    assert client.put("/article", headers={"If-Match": '"v1"'}).status_code == 412


def test_confirm_refuses_a_driver_that_cannot_count(store: Store, make_client: MakeClient) -> None:
    store.rows = -1
    with pytest.raises(SetupError, match="RETURNING"):
        make_client().put("/article", headers={"If-Match": '"v1"'})


def confirming(store: Store, *args: Any, **options: Any) -> Any:
    """Send a PATCH to a view that confirms with these arguments."""
    app = Flask(__name__)
    app.testing = True

    @app.patch("/")
    @require_match(store.load, etag="rev")
    def view() -> dict[str, object]:
        return {"given": precondition.confirm(*args, **options)}

    return app.test_client().patch("/", headers={"If-Match": '"v1"'})


@pytest.mark.parametrize(("took_place", "status"), [(True, 200), (False, 412)])
def test_confirm_takes_whether_the_write_took_place(
    store: Store, took_place: bool, status: int
) -> None:
    assert confirming(store, took_place).status_code == status


def test_what_was_written_tells_the_new_tag(store: Store) -> None:
    response = confirming(store, written={"rev": "v2"})
    assert response.json == {"given": {"rev": "v2"}}
    assert response.headers["ETag"] == '"v2"'


def test_a_tag_that_the_store_gives_back_is_the_new_one(store: Store) -> None:
    app = Flask(__name__)

    @app.patch("/")
    @require_match(store.load, etag="rev")
    def view() -> str:
        precondition.confirm(True, written=EntityTag("v2"))
        return ""

    response = app.test_client().patch("/", headers={"If-Match": '"v1"'})
    assert response.headers["ETag"] == '"v2"'


@pytest.mark.parametrize("rows", [(), (True,)])
def test_nothing_written_is_a_lost_race(store: Store, rows: tuple[bool, ...]) -> None:
    assert confirming(store, *rows, written=None).json["reason"] == "lost-race"


def test_a_count_of_none_goes_before_what_was_written(store: Store) -> None:
    assert confirming(store, 0, written={"rev": "v2"}).status_code == 412


@pytest.mark.parametrize("evidence", [(), (None,), ("1",), (1.0,), ({"rev": "v2"},)])
def test_what_tells_neither_a_write_nor_a_lost_race_is_refused(
    store: Store, evidence: tuple[object, ...]
) -> None:
    with pytest.raises(SetupError, match=r"written=cursor\.fetchone\(\)"):
        confirming(store, *evidence)


def overtaken(store: Store, *, by: type[Exception], expect: type[Exception]) -> Any:
    app = Flask(__name__)
    app.testing = True

    @app.put("/")
    @require_match(store.load, etag="rev")
    def view() -> str:
        with precondition.lost(expect):
            if by is not Exception:
                raise by("overtaken")
        return "saved"

    return app.test_client().put("/", headers={"If-Match": '"v1"'})


def test_lost_turns_a_stores_own_exception_into_412(store: Store) -> None:
    response = overtaken(store, by=KeyError, expect=LookupError)
    assert response.status_code == 412
    assert response.json["reason"] == "lost-race"


def test_lost_lets_other_exceptions_through(store: Store) -> None:
    with pytest.raises(ValueError, match="overtaken"):
        overtaken(store, by=ValueError, expect=LookupError)


@pytest.fixture
def put(store: Store) -> Callable[[str, int, int], Any]:
    """Write at a store that raises an error; what the view does with it has this name."""

    def put(what: str, number: int, known: int) -> Any:
        app = Flask(__name__)
        app.testing = True

        @app.put("/")
        @require_match(store.load, etag="rev")
        def view() -> str:
            with getattr(precondition, what)(OSError, when=lambda error: error.errno == known):
                raise OSError(number, "the store says no")
            return "saved"

        return app.test_client().put("/", headers={"If-Match": '"v1"'})

    return put


@pytest.mark.parametrize(("what", "known"), [("lost", 412), ("unknown", 104)])
def test_an_exception_that_stands_for_other_errors_too_is_asked(
    put: Callable[[str, int, int], Any], what: str, known: int
) -> None:
    with pytest.raises(OSError, match="the store says no"):
        put(what, 500, known)


def test_lost_turns_an_exception_that_says_so_into_412(
    put: Callable[[str, int, int], Any],
) -> None:
    assert put("lost", 412, 412).status_code == 412


def test_unknown_turns_a_connection_that_broke_into_503(
    put: Callable[[str, int, int], Any],
) -> None:
    response = put("unknown", 104, 104)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json["title"] == "Outcome Unknown"
    assert response.json["next"] == {"action": "refetch", "method": "GET", "href": "/"}


def test_lost_without_an_exception_confirms_the_write(store: Store) -> None:
    assert overtaken(store, by=Exception, expect=LookupError).status_code == 200


def forgetful(store: Store) -> Flask:
    app = Flask(__name__)

    @app.put("/")
    @require_match(store.load, etag="rev")
    def save() -> str:
        return "saved"

    return app


def test_a_view_that_forgets_to_confirm_fails_in_tests(store: Store) -> None:
    app = forgetful(store)
    app.testing = True
    with pytest.raises(SetupError, match=r"(?s)write of save .* precondition\.confirm\(cursor"):
        app.test_client().put("/", headers={"If-Match": '"v1"'})


def test_a_view_that_forgets_to_confirm_is_an_error_in_the_log_of_production(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "flask_preconditions"):
        response = forgetful(store).test_client().put("/", headers={"If-Match": '"v1"'})
    assert response.status_code == 200
    assert "was one step with the check" in caplog.text


@pytest.mark.parametrize("testing", [True, False])
@pytest.mark.parametrize("comes_back", [None, 200])
def test_a_view_cannot_answer_a_lost_race_with_a_success(
    testing: bool, comes_back: int | None
) -> None:
    app = Flask(__name__)
    app.testing = testing

    @app.put("/guarded")
    @require_match(lambda: {"rev": 1}, etag="rev")
    def guarded() -> str:
        return swallow()

    @app.put("/checked")
    def checked() -> str:
        check({"rev": 1}, etag="rev")
        return swallow()

    def swallow() -> str:
        try:
            precondition.confirm(0)
        except PreconditionFailed:
            if comes_back:
                precondition.confirm(1)  # by a write that names the winner's version
        return "saved"

    for path in ("/guarded", "/checked"):
        if testing:
            with pytest.raises(SetupError, match=r"test_confirm\.py:\d+: .* lost the race"):
                app.test_client().put(path, headers=CURRENT)
        else:
            assert app.test_client().put(path, headers=CURRENT).status_code == 500


def test_a_view_may_answer_a_lost_race_with_an_error_of_its_own() -> None:
    app = Flask(__name__)
    app.testing = True

    @app.put("/")
    @require_match(lambda: {"rev": 1}, etag="rev")
    def view() -> tuple[str, int]:
        try:
            precondition.confirm(0)
        except PreconditionFailed:
            return "somebody was quicker", 409
        return "saved", 200

    assert app.test_client().put("/", headers=CURRENT).status_code == 409


def changing(db: sqlite3.Connection, statement: str, **options: Any) -> Any:
    """Send a PATCH whose statement gives back the row that it has written."""
    app = Flask(__name__)
    app.testing = True

    @app.patch("/")
    @require_match(lambda: db.execute("SELECT * FROM docs").fetchone(), **options)
    def view() -> str:
        precondition.confirm(db.execute(statement).fetchall())
        return "saved"

    return app.test_client().patch("/", headers=CURRENT)


def test_a_row_that_was_written_and_keeps_its_tag_is_refused(db: sqlite3.Connection) -> None:
    with pytest.raises(
        SetupError, match=r'changes body and leaves "1", the tag .*; move rev in the same write'
    ):
        changing(db, "UPDATE docs SET body = 'mine' WHERE rev = 1 RETURNING *", etag="rev")


def test_a_row_that_was_written_and_tells_the_same_may_keep_its_tag(
    db: sqlite3.Connection,
) -> None:
    for statement in (
        "UPDATE docs SET body = 'first' WHERE rev = 1 RETURNING *",
        "UPDATE docs SET body = 'mine' WHERE rev = 1 RETURNING rev",
    ):
        response = changing(db, statement, etag="rev")
        assert (response.status_code, response.headers["ETag"]) == (200, '"1"')


@pytest.mark.parametrize(
    "kind",
    [NamedTuple("Doc", [("rev", str), ("body", str)]), make_dataclass("Doc", ["rev", "body"])],
    ids=["tuple", "dataclass"],
)
def test_rows_of_every_form_are_compared_with_what_was_loaded(kind: Any) -> None:
    app = Flask(__name__)
    app.testing = True

    @app.patch("/<rev>")
    @require_match(lambda rev: kind("1", "first"), etag="rev")
    def view(rev: str) -> str:
        precondition.confirm(written=kind(rev, "mine"))
        return "saved"

    client = app.test_client()
    assert client.patch("/2", headers=CURRENT).headers["ETag"] == '"2"'
    with pytest.raises(SetupError, match="changes body and leaves"):
        client.patch("/1", headers=CURRENT)
