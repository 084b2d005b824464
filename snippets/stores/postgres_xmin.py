"""Documents in PostgreSQL: the tag is xmin, the transaction that wrote the row.

``DATABASE_URL=postgresql://localhost/docs flask --app postgres_xmin run``
"""

import os

import psycopg
from flask import Flask, g, request
from psycopg.rows import dict_row

from flask_preconditions import Preconditions, precondition, require_match

SCHEMA = "CREATE TABLE IF NOT EXISTS docs (name text PRIMARY KEY, body text NOT NULL)"
SELECT = "SELECT body, xmin::text FROM docs WHERE name = %s"
INSERT = "INSERT INTO docs VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING xmin::text"
SAME = "WHERE name = %s AND xmin = %s::xid RETURNING xmin::text"
UPDATE = f"UPDATE docs SET body = %s {SAME}"
DELETE = f"DELETE FROM docs {SAME}"


def create_app(url: str | None = None) -> Flask:
    app = Flask(__name__)
    Preconditions(app)
    url = url or os.environ["DATABASE_URL"]

    def execute(statement: str, *values: str) -> list[dict[str, str]]:
        if "db" not in g:
            g.db = psycopg.connect(url, autocommit=True, row_factory=dict_row)
        return g.db.execute(statement, values).fetchall()

    def find(name: str) -> dict[str, str] | None:
        return next(iter(execute(SELECT, name)), None)

    @app.route("/docs/<name>", methods=["GET", "PUT", "DELETE"])
    @require_match(find, etag="xmin", into="doc", create=True)
    def document(name: str, doc: dict[str, str] | None):
        if request.method in ("GET", "HEAD"):
            return {"body": doc["body"]}
        if request.method == "DELETE":
            rows = execute(DELETE, name, doc["xmin"])
        elif doc:
            rows = execute(UPDATE, request.json["body"], name, doc["xmin"])
        else:
            rows = execute(INSERT, name, request.json["body"])
        precondition.confirm(rows)
        return "", 204 if doc else 201

    @app.errorhandler(psycopg.OperationalError)
    def unavailable(_: psycopg.OperationalError):
        return "", 503, {"Retry-After": "1"}

    @app.teardown_appcontext
    def close(_: BaseException | None) -> None:
        if "db" in g:
            g.pop("db").close()

    with psycopg.connect(url, autocommit=True) as db:
        db.execute(SCHEMA)
    return app
