"""Documents in CouchDB: a PUT names the revision that was compared, and 409 tells of a loss.

Deleted documents leave their revision behind, so a tag is never repeated. This holds for one
node; those of a cluster take writes apart from each other, and keep both as a conflict.
``COUCHDB_URL=http://localhost:5984/docs flask --app couchdb_rev run``
"""

import os

import requests
from flask import Flask, request

from flask_preconditions import Preconditions, precondition, require_match


def create_app(url: str | None = None) -> Flask:
    app = Flask(__name__)
    Preconditions(app)
    database = url or os.environ["COUCHDB_URL"]
    couchdb = requests.Session()

    def find(name: str) -> dict[str, str] | None:
        answer = couchdb.get(f"{database}/{name}", timeout=5)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        return answer.json()

    def is_done(answer: requests.Response) -> bool:
        if answer.status_code == 409:
            return False
        answer.raise_for_status()
        return True

    @app.route("/docs/<name>", methods=["GET", "PUT", "DELETE"])
    @require_match(find, etag="_rev", into="doc", create=True)
    def document(name: str, doc: dict[str, str] | None):
        if request.method in ("GET", "HEAD"):
            return {"body": doc["body"]}
        new = {"_deleted": True}
        if request.method == "PUT":
            new = {"body": request.json["body"]}
        if doc:
            new["_rev"] = doc["_rev"]
        answer = couchdb.put(f"{database}/{name}", json=new, timeout=5)
        precondition.confirm(is_done(answer))
        return "", 204 if doc else 201

    @app.errorhandler(requests.RequestException)
    def unavailable(_: requests.RequestException):
        return "", 503, {"Retry-After": "1"}

    return app
