"""Documents in SQLite: each write names the revision that was compared.

It is random, so a name that is deleted and made again never repeats a tag.
``DOCS=docs.sqlite3 flask --app sqlite_rev run``
"""

import os
import sqlite3

from flask import Flask, g, request

from flask_preconditions import Preconditions, precondition, require_match

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS docs (name PRIMARY KEY, rev NOT NULL, body NOT NULL)"
)
REV = "hex(randomblob(8))"
INSERT = f"INSERT INTO docs VALUES (?, {REV}, ?) ON CONFLICT DO NOTHING RETURNING *"
SAME = "WHERE name = ? AND rev = ? RETURNING *"
UPDATE = f"UPDATE docs SET rev = {REV}, body = ? {SAME}"
DELETE = f"DELETE FROM docs {SAME}"


def create_app(path: str | None = None) -> Flask:
    app = Flask(__name__)
    Preconditions(app)
    path = path or os.environ["DOCS"]

    def execute(statement: str, *values: str) -> list[sqlite3.Row]:
        if "db" not in g:
            g.db = sqlite3.connect(path, timeout=30, isolation_level=None)
            g.db.row_factory = sqlite3.Row
        return g.db.execute(statement, values).fetchall()

    def find(name: str) -> sqlite3.Row | None:
        return next(iter(execute("SELECT * FROM docs WHERE name = ?", name)), None)

    @app.route("/docs/<name>", methods=["GET", "PUT", "DELETE"])
    @require_match(find, etag="rev", into="doc", create=True)
    def document(name: str, doc: sqlite3.Row | None):
        if request.method in ("GET", "HEAD"):
            return {"body": doc["body"]}
        if request.method == "DELETE":
            rows = execute(DELETE, name, doc["rev"])
        elif doc:
            rows = execute(UPDATE, request.json["body"], name, doc["rev"])
        else:
            rows = execute(INSERT, name, request.json["body"])
        precondition.confirm(rows)
        return "", 204 if doc else 201

    @app.teardown_appcontext
    def close(_: BaseException | None) -> None:
        if "db" in g:
            g.pop("db").close()

    with app.app_context():
        execute("PRAGMA journal_mode = WAL")
        execute(SCHEMA)
    return app
