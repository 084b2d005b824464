"""Documents in PostgreSQL without a column for the revision: the tag is xmin.

PostgreSQL keeps in ``xmin`` which transaction wrote a row. An UPDATE that waited for
another one looks at its WHERE again, and then finds no row. A restored dump has new tags.
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
UPDATE = (
    "UPDATE docs SET body = %s WHERE name = %s AND xmin = %s::xid RETURNING xmin::text"
)
DELETE = "DELETE FROM docs WHERE name = %s AND xmin = %s::xid RETURNING xmin::text"


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
            precondition.confirm(execute(DELETE, name, doc["xmin"]))
            return "", 204
        body = request.json["body"]
        if doc is None:
            precondition.confirm(execute(INSERT, name, body))
            return "", 201
        precondition.confirm(execute(UPDATE, body, name, doc["xmin"]))
        return "", 204

    @app.teardown_appcontext
    def close(_: BaseException | None) -> None:
        if "db" in g:
            g.pop("db").close()

    with psycopg.connect(url, autocommit=True) as db:
        db.execute(SCHEMA)
    return app
