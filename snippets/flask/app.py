"""A documents API that cannot lose an update: Flask and flask-preconditions.

Flask evaluates no precondition by itself. Werkzeug's ``make_conditional`` does on GET
only, and never sees a write. Run it with ``flask --app app run``.
"""

import json
import os
import sqlite3
from datetime import datetime, timezone

from flask import Blueprint, Flask, current_app, g, request, url_for
from werkzeug.exceptions import BadRequest, UnprocessableEntity

from flask_preconditions import Preconditions, etag_for, precondition, require_match

api = Blueprint("docs", __name__)


# :snippet-start: store
# The tag is random, so a document that is deleted and made again never repeats one.
SCHEMA = """
CREATE TABLE IF NOT EXISTS docs (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    rev TEXT NOT NULL DEFAULT (lower(hex(randomblob(8)))),
    saved_at INTEGER NOT NULL DEFAULT (unixepoch())
)
"""

# The compare-and-swap: it names the revision that was compared, so a write that came in
# between leaves it no row to change.
UPDATE = """
UPDATE docs SET title = ?, body = ?, rev = lower(hex(randomblob(8))), saved_at = unixepoch()
WHERE name = ? AND rev = ? RETURNING *
"""
INSERT = """
INSERT INTO docs (name, title, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING *
"""
DELETE = "DELETE FROM docs WHERE name = ? AND rev = ? RETURNING *"
# :snippet-end:


def connect(path: str) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=30, isolation_level=None)  # autocommit
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA synchronous = NORMAL")
    return db


def execute(statement: str, *values: object) -> list[sqlite3.Row]:
    if "db" not in g:
        g.db = connect(current_app.config["DOCS_DB"])
    return g.db.execute(statement, values).fetchall()


# :snippet-start: read
def find(name: str) -> sqlite3.Row | None:
    return next(iter(execute("SELECT * FROM docs WHERE name = ?", name)), None)


def saved_at(doc: sqlite3.Row) -> datetime:
    return datetime.fromtimestamp(doc["saved_at"], timezone.utc)


# One line says where the document is and what its validators are. GET answers 304 by
# it, a write 412 or 428; PUT on an absent document creates it.
guarded = require_match(
    find, etag="rev", last_modified=saved_at, into="document", create=True
)


@api.get("/docs/<name>")
@guarded
def read(name: str, document: sqlite3.Row):
    return represent(document)


# :snippet-end:


def represent(doc: sqlite3.Row) -> dict[str, str]:
    return {"name": doc["name"], "title": doc["title"], "body": doc["body"]}


@api.get("/docs")
def index():
    docs = execute("SELECT * FROM docs ORDER BY name")
    return {"items": [represent(doc) | {"etag": etag_for(doc, "rev")} for doc in docs]}


# :snippet-start: write
@api.put("/docs/<name>")
@guarded
def replace(name: str, document: sqlite3.Row | None):
    new = parse_body(required={"title", "body"})
    if document is None:  # If-None-Match: * held
        precondition.confirm(execute(INSERT, name, new["title"], new["body"]))
        return "", 201, {"Location": url_for(".read", name=name)}  # encoded again
    precondition.confirm(
        execute(UPDATE, new["title"], new["body"], name, document["rev"])
    )
    return "", 204


@api.patch("/docs/<name>")
@guarded
def merge(name: str, document: sqlite3.Row):
    new = represent(document) | parse_body()
    rows = execute(UPDATE, new["title"], new["body"], name, document["rev"])
    return represent(precondition.confirm(rows))


@api.delete("/docs/<name>")
@guarded
def delete(name: str, document: sqlite3.Row):
    precondition.confirm(execute(DELETE, name, document["rev"]))
    return "", 204


# :snippet-end:


def parse_body(required: frozenset[str] | set[str] = frozenset()) -> dict[str, str]:
    """Read title and body. This comes after the check: a stale write is 412, whatever
    it carries (RFC 9110 §13.2.1)."""
    try:
        body = json.loads(request.get_data())
        json.dumps(body, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (ValueError, RecursionError):
        raise BadRequest("Send a JSON object.") from None
    if not isinstance(body, dict):
        raise UnprocessableEntity("Send a JSON object.")
    for name in sorted({*body, *required}):
        if name not in {"title", "body"} or not isinstance(body.get(name), str):
            raise UnprocessableEntity(f"{name}: send title and body, both strings.")
    return body


def create_app(path: str | None = None) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config["DOCS_DB"] = path or os.environ.get("DOCS_DB", "docs.sqlite3")
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000  # or a body may fill the memory: 413
    app.config["PRECONDITIONS_PROBLEM_BASE_URL"] = "/problems/"
    Preconditions(app)
    app.register_blueprint(api)

    @app.teardown_appcontext
    def close(_: BaseException | None) -> None:
        if "db" in g:
            g.pop("db").close()

    db = connect(app.config["DOCS_DB"])
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(SCHEMA)
    db.close()
    return app
