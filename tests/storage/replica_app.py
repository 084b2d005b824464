"""A document that is read from a replica: ``PRIMARY_URL=… REPLICA_URL=… gunicorn …``."""

import os
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask import request

from flask_preconditions import precondition
from flask_preconditions import require_match

SCHEMA = "CREATE TABLE IF NOT EXISTS docs (id int PRIMARY KEY, body text NOT NULL)"
SELECT = sa.text("SELECT body, xmin::text AS tag FROM docs WHERE id = :id")
UPDATE = sa.text(
    "UPDATE docs SET body = :body WHERE id = :id AND xmin = CAST(:tag AS xid) "
    "RETURNING body, xmin::text AS tag"
)
FRESH, CONTROL = "/docs/1", "/replica-only/1"

Row = dict[str, Any]


def prepare(primary: str) -> None:
    """Make the document."""
    engine = sa.create_engine(primary)
    with engine.begin() as connection:
        connection.exec_driver_sql(SCHEMA)
        connection.exec_driver_sql("INSERT INTO docs VALUES (1, '')")
    engine.dispose()


def create_app(primary_url: str | None = None, replica_url: str | None = None) -> Flask:
    """Make an application that guards one document with ``fresh=``, and one without."""
    primary = sa.create_engine(primary_url or os.environ["PRIMARY_URL"])
    replica = sa.create_engine(replica_url or os.environ["REPLICA_URL"])
    app = Flask(__name__)
    app.extensions["engines"] = (primary, replica)

    def find_on(engine: sa.Engine) -> Callable[[int], Row | None]:
        def find(id: int) -> Row | None:
            with engine.connect() as connection:
                row = connection.execute(SELECT, {"id": id}).mappings().first()
            return None if row is None else dict(row)

        return find

    def document(id: int, doc: Row) -> Row:
        if request.method == "GET":
            return {"body": doc["body"]}
        with primary.begin() as connection:
            values = {"id": id, "body": request.json["body"], "tag": doc["tag"]}
            written = connection.execute(UPDATE, values).mappings().first()
            precondition.confirm(written is not None, written=written and dict(written))
        return {"body": values["body"]}

    on_replica, on_primary = find_on(replica), find_on(primary)
    methods = ["GET", "PATCH"]
    guarded = require_match(on_replica, fresh=on_primary, etag="tag", into="doc")(document)
    app.add_url_rule("/docs/<int:id>", "fresh", guarded, methods=methods)
    control = require_match(on_replica, etag="tag", into="doc")(document)
    app.add_url_rule("/replica-only/<int:id>", "control", control, methods=methods)
    return app
