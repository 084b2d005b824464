"""Documents behind MongoDB's protocol: find_one_and_update() names the revision compared.

It stands here and not among the examples, since the engine that it was raced at loses writes.
``MONGODB_URL=mongodb://localhost:27017 flask --app mongodb_find run``
"""

import os
from typing import Any
from uuid import uuid4

from flask import Flask
from flask import request
from flask.typing import ResponseReturnValue
from pymongo import MongoClient
from pymongo.errors import ConnectionFailure
from pymongo.errors import DuplicateKeyError

from flask_preconditions import Preconditions
from flask_preconditions import precondition
from flask_preconditions import require_match


def create_app(url: str | None = None) -> Flask:
    app = Flask(__name__)
    Preconditions(app)
    client: MongoClient[dict[str, Any]] = MongoClient(
        url or os.environ["MONGODB_URL"], retryWrites=False
    )
    docs = client["test"]["docs"]

    def find(name: str) -> dict[str, Any] | None:
        return docs.find_one({"_id": name})

    @app.route("/docs/<name>", methods=["GET", "PUT", "DELETE"])
    @require_match(find, etag="rev", into="doc", create=True)
    def document(name: str, doc: dict[str, Any] | None) -> ResponseReturnValue:
        if request.method in ("GET", "HEAD"):
            assert doc
            return {"body": doc["body"]}
        if doc is None:
            with precondition.lost(DuplicateKeyError):
                new = {"_id": name, "rev": uuid4().hex, "body": request.json["body"]}
                docs.insert_one(new)
            return "", 201
        same = {"_id": name, "rev": doc["rev"]}
        if request.method == "DELETE":
            precondition.confirm(docs.delete_one(same).deleted_count)
            return "", 204
        change = {"rev": uuid4().hex, "body": request.json["body"]}
        precondition.confirm(docs.find_one_and_update(same, {"$set": change}) is not None)
        return "", 204

    @app.errorhandler(ConnectionFailure)
    def unavailable(_: ConnectionFailure) -> ResponseReturnValue:
        return "", 503, {"Retry-After": "1"}

    return app
