"""Documents in MariaDB or MySQL: a write names the revision that was compared, and moves it.

``MYSQL_CNF=~/.my.cnf flask --app mariadb_rev run``
"""

import os

import pymysql
from flask import Flask, g, request

from flask_preconditions import Preconditions, precondition, require_match

TABLE = "docs (name varbinary(99) PRIMARY KEY, rev char(36), body longtext)"
INSERT = "INSERT INTO docs VALUES (%s, UUID(), %s)"
UPDATE = "UPDATE docs SET rev = UUID(), body = %s WHERE name = %s AND rev = %s"
DELETE = "DELETE FROM docs WHERE name = %s AND rev = %s"


def create_app(settings: str | None = None) -> Flask:
    app = Flask(__name__)
    Preconditions(app)
    settings = settings or os.environ["MYSQL_CNF"]

    def execute(statement: str, *values: str) -> pymysql.cursors.DictCursor:
        if "db" not in g:
            g.db = pymysql.connect(read_default_file=settings, autocommit=True)
        cursor = g.db.cursor(pymysql.cursors.DictCursor)
        cursor.execute(statement, values)
        return cursor

    def find(name: str) -> dict[str, str] | None:
        return execute("SELECT * FROM docs WHERE name = %s", name).fetchone()

    @app.route("/docs/<name>", methods=["GET", "PUT", "DELETE"])
    @require_match(find, etag="rev", into="doc", create=True)
    def document(name: str, doc: dict[str, str] | None):
        if request.method in ("GET", "HEAD"):
            return {"body": doc["body"]}
        with precondition.lost(pymysql.IntegrityError):
            if request.method == "DELETE":
                done = execute(DELETE, name, doc["rev"])
            elif doc:
                done = execute(UPDATE, request.json["body"], name, doc["rev"])
            else:
                done = execute(INSERT, name, request.json["body"])
            precondition.confirm(done.rowcount)
        return "", 204 if doc else 201

    @app.errorhandler(pymysql.OperationalError)
    def unavailable(_: pymysql.OperationalError):
        return "", 503, {"Retry-After": "1"}

    @app.teardown_appcontext
    def close(_: BaseException | None) -> None:
        if "db" in g:
            g.pop("db").close()

    with app.app_context():
        execute(f"CREATE TABLE IF NOT EXISTS {TABLE}")
    return app
