"""`assert_no_lost_updates` tells a write that took place although its client was refused."""

import re
import threading
from collections.abc import Callable
from functools import wraps
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask import request

from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions.testing import assert_no_lost_updates

from .notes import UPDATE
from .notes import Notes
from .notes import guarded
from .notes import handwritten


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path)


def confirming(notes: Notes, tell: Callable[[list[Any]], Any], write: str = UPDATE) -> Flask:
    """An application whose store writes, and whose view confirms something else."""
    app = Flask(__name__)

    @app.route("/notes/<int:id>", methods=["GET", "PUT"])
    @require_match(notes.find, etag="rev", into="note")
    def view(id: int, note: Any) -> Any:
        if request.method == "GET":
            return {"text": note["text"]}
        rows = notes.execute(write, request.json["text"], id, note["rev"])
        precondition.confirm(tell(rows))
        return "", 204

    return app


def test_a_store_that_writes_and_reports_no_row_is_told_before_any_race(notes: Notes) -> None:
    with pytest.raises(AssertionError, match="one client alone was refused with 412") as caught:
        assert_no_lost_updates(confirming(notes, lambda rows: 0), "/notes/1")
    assert "took place all the same: the resource was 'first' under the tag" in str(caught.value)
    assert "A refusal must leave no trace" in str(caught.value)


def test_a_write_that_took_place_while_all_were_refused_is_told(notes: Notes) -> None:
    # As where threads share a connection, and its count is reset by the statement of another.
    calls = count()
    app = confirming(notes, lambda rows: len(rows) if next(calls) == 0 else 0)
    with pytest.raises(AssertionError, match="all 4 clients were refused with 412") as caught:
        assert_no_lost_updates(app, "/notes/1", clients=4, rounds=1)
    assert re.search(
        r"took place .* the resource was 'alone-\w+' .* and is '.* \d-0-0'", str(caught.value)
    )


def test_nobody_is_accused_where_all_were_refused_and_nothing_was_written(notes: Notes) -> None:
    meeting = threading.Barrier(3)
    calls = count()

    app = confirming(notes, len)
    compare = app.view_functions["view"]

    @wraps(compare)
    def deadlock_first(**kwargs: Any) -> Any:
        if request.method == "PUT" and 2 <= next(calls) < 5:
            meeting.wait()
            return "", 412
        return compare(**kwargs)

    app.view_functions["view"] = deadlock_first
    report = assert_no_lost_updates(app, "/notes/1", clients=3, rounds=2)
    assert len(report.present) == 6
    assert report.refused_yet_written == frozenset()


def test_a_refused_write_is_named_wherever_it_shows_in_the_race(notes: Notes) -> None:
    # The second write of somebody is stored and refused; the others' answers are right.
    stored = count()

    def tell(rows: list[Any]) -> int:
        return len(rows) if not rows or next(stored) != 2 else 0

    with pytest.raises(AssertionError) as caught:
        assert_no_lost_updates(confirming(notes, tell), "/notes/1", clients=2, rounds=5)
    report = str(caught.value)
    told = r"client \d's write \d was refused with 412 and is in the document all the same\n"
    assert re.match(told, report), report
    assert "0 lost, 1 refused and yet written" in report
    assert report.endswith("(RFC 9110 §13.2.1).")
    assert "two steps" not in report


def test_a_stale_write_that_is_stored_before_it_is_refused_is_told(notes: Notes) -> None:
    app = guarded(notes)

    @app.before_request
    def write_first() -> None:
        if request.headers.get("If-Match") == '"1"' and notes.find(1)["rev"] == 2:  # type: ignore[index]
            notes.execute("UPDATE notes SET rev = 3")

    with pytest.raises(AssertionError, match="older state was refused with 412") as caught:
        assert_no_lost_updates(app, "/notes/1")
    assert 'under the tag "2", and is' in str(caught.value)


def test_a_stale_write_that_is_acknowledged_is_told(notes: Notes) -> None:
    app = handwritten(notes, stale_status=204)
    with pytest.raises(AssertionError, match=r'tag "1" was acknowledged with 204 after .* "2"'):
        assert_no_lost_updates(app, "/notes/1")
