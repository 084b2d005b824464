"""Races that cannot fail prove nothing: each kind of loss is told by its name."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask import request

from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions.conformance.wire import Client
from flask_preconditions.testing.clients import serving

from .rounds import Race
from .rounds import run

WRITERS = 4
NOTE = Race(("PUT /",), "/", '{"text": "{mark}"}', "text")
CAS = "UPDATE notes SET text = ?, rev = rev + 1 WHERE rev = ? RETURNING *"
BLIND = "UPDATE notes SET text = ?, rev = rev + 1 WHERE ? IS NOT NULL RETURNING *"
STILL = "UPDATE notes SET text = ? WHERE rev = ? AND text = 'first' RETURNING *"
ANOTHER = "UPDATE notes SET text = 'not ' || ?, rev = rev + 1 WHERE rev = ? RETURNING *"
NOTHING = "SELECT ?, ?"


@pytest.fixture
def ended(tmp_path: Path) -> Callable[..., dict[str, int]]:
    """Race a view in one round, whose writers all stand between check and write at once."""

    def execute(statement: str, *values: object) -> list[sqlite3.Row]:
        path = tmp_path / "notes.sqlite3"
        with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as db:
            db.row_factory = sqlite3.Row
            return db.execute(statement, values).fetchall()

    def race(write: str, tell: Callable[[list[sqlite3.Row]], Any]) -> dict[str, int]:
        app = Flask(__name__)
        checked = threading.Barrier(WRITERS)

        @app.route("/", methods=["GET", "PUT"])
        @require_match(lambda: execute("SELECT * FROM notes")[0], etag="rev", into="note")
        def view(note: sqlite3.Row) -> Any:
            if request.method == "GET":
                return {"text": note["text"]}
            checked.wait()
            answer = tell(execute(write, request.json["text"], note["rev"]))
            return answer or ("", 204)

        execute("CREATE TABLE notes (text TEXT, rev INTEGER)")
        execute("INSERT INTO notes VALUES ('first', 1)")
        with serving(app) as url:
            return dict(run(Client(url), NOTE, rounds=1, writers=WRITERS))

    return race


def confirm(rows: list[sqlite3.Row]) -> None:
    precondition.confirm(rows)


def count(rows: list[sqlite3.Row]) -> None:
    precondition.confirm(len(rows))


def refuse_all(rows: list[sqlite3.Row]) -> None:
    precondition.confirm(0)


def acknowledge_all(rows: list[sqlite3.Row]) -> None:
    precondition.confirm(1)


def fail_instead(rows: list[sqlite3.Row]) -> Any:
    precondition.confirm(1)
    return None if rows else ("", 500)


def tell_the_wrong_one(rows: list[sqlite3.Row]) -> None:
    precondition.confirm(not rows)


def acknowledge_the_first(rows: list[sqlite3.Row]) -> None:
    precondition.confirm(rows[0]["rev"] == 2)


@pytest.mark.parametrize(
    ("write", "tell", "end"),
    [
        (CAS, confirm, "right"),
        (CAS, refuse_all, "nobody acknowledged, and yet written"),
        (CAS, tell_the_wrong_one, f"{WRITERS - 1} acknowledged"),
        (CAS, fail_instead, "answered 500"),
        (BLIND, acknowledge_all, f"{WRITERS} acknowledged"),
        (BLIND, acknowledge_the_first, "acknowledged one, stored another"),
        (ANOTHER, confirm, "acknowledged one, stored none of them"),
        (STILL, count, "written under the old tag"),
        (STILL, confirm, "answered 500"),
        (NOTHING, refuse_all, "nobody acknowledged"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_how_a_round_ended(
    ended: Callable[..., dict[str, int]], write: str, tell: Callable[..., Any], end: str
) -> None:
    assert ended(write, tell) == {end: 1}
