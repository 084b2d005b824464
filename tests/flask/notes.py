"""A resource in SQLite, guarded right or wrong, for the checks of applications."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from flask import Flask
from flask import request

from flask_preconditions import precondition
from flask_preconditions import require_match

UPDATE = "UPDATE notes SET text = ?, rev = rev + 1 WHERE id = ? AND rev = ? RETURNING *"


class Notes:
    """Notes in a file; every statement has a connection of its own."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notes.sqlite3"
        self.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT, rev INTEGER)")
        self.add()

    def execute(self, statement: str, *values: object) -> list[sqlite3.Row]:
        with closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as db:
            db.execute("PRAGMA synchronous = OFF")  # a test outlives no fall of the machine
            db.row_factory = sqlite3.Row
            return db.execute(statement, values).fetchall()

    def find(self, id: int) -> sqlite3.Row | None:
        return next(iter(self.execute("SELECT * FROM notes WHERE id = ?", id)), None)

    def add(self) -> str:
        [row] = self.execute("INSERT INTO notes (text, rev) VALUES ('first', 1) RETURNING id")
        return f"/notes/{row['id']}"


def guarded(notes: Notes, *, closes_race: bool = True, **options: Any) -> Flask:
    """An application with ``@require_match``."""
    app = Flask(__name__)
    options = {"etag": "rev"} | options

    @app.route("/notes/<int:id>", methods=["GET", "PUT", "PATCH", "DELETE"])
    @require_match(notes.find, into="note", **options)
    def view(id: int, note: sqlite3.Row) -> Any:
        if request.method in ("GET", "HEAD"):
            return {"id": id, "text": note["text"]}
        if request.method == "DELETE":
            delete = "DELETE FROM notes WHERE id = ? AND rev = ? RETURNING *"
            precondition.confirm(notes.execute(delete, id, note["rev"]))
            return "", 204
        text = request.json["text"]
        if closes_race:
            precondition.confirm(notes.execute(UPDATE, text, id, note["rev"]))
        else:  # a count that is made up, of a write that names no revision
            notes.execute("UPDATE notes SET text = ?, rev = rev + 1 WHERE id = ?", text, id)
            precondition.confirm(1)
        return "", 204

    return app


def handwritten(
    notes: Notes, gate: Callable[[], object] = lambda: None, stale_status: int = 412
) -> Flask:
    """An application that compares If-Match by itself, apart from its write."""
    app = Flask(__name__)

    @app.route("/notes/<int:id>", methods=["GET", "PUT"])
    def view(id: int) -> Any:
        note = notes.find(id)
        if note is None:
            return "", 404
        tag = f'"{note["rev"]}"'
        if request.method in ("GET", "HEAD"):
            return {"text": note["text"]}, 200, {"ETag": tag}
        if request.headers.get("If-Match") != tag:
            return "", stale_status
        gate()
        body = json.loads(request.data)
        notes.execute("UPDATE notes SET text = ?, rev = rev + 1 WHERE id = ?", body["text"], id)
        return "", 204

    return app
