"""Documents in ZooKeeper: set() names the version that was compared.

A node that is deleted and made again counts from 0 once more, and set() compares no more
than the count. So a deleted document leaves its node behind, empty, which counts on.
``ZOOKEEPER=localhost:2181 flask --app zookeeper_version run``
"""

import json
import os
from typing import Any

from flask import Flask, g, request
from kazoo.client import KazooClient
from kazoo.exceptions import BadVersionError, ConnectionLoss, KazooException
from kazoo.exceptions import NodeExistsError

from flask_preconditions import Preconditions, precondition, require_match


def create_app(hosts: str | None = None) -> Flask:
    app = Flask(__name__)
    Preconditions(app)
    store = KazooClient(hosts or os.environ["ZOOKEEPER"])
    store.start()
    store.ensure_path("/docs")

    def find(name: str) -> dict[str, Any] | None:
        if not store.connected:  # else it waits, and writes when nobody asks any more
            raise ConnectionLoss
        store.sync(f"/docs/{name}")  # a server may be behind its leader
        g.node = None
        if store.exists(f"/docs/{name}"):
            text, found = store.get(f"/docs/{name}")
            g.node = {"text": text, "czxid": found.czxid, "version": found.version}
        return g.node if g.node and g.node["text"] else None

    @app.route("/docs/<name>", methods=["GET", "PUT", "DELETE"])
    @require_match(find, etag=("czxid", "version"), into="doc", create=True)
    def document(name: str, doc: dict[str, Any] | None):
        if request.method in ("GET", "HEAD"):
            return json.loads(doc["text"])
        is_put = request.method == "PUT"
        text = json.dumps({"body": request.json["body"]}) if is_put else ""
        with precondition.lost(BadVersionError, NodeExistsError):
            if g.node:
                store.set(f"/docs/{name}", text.encode(), g.node["version"])
            else:
                store.create(f"/docs/{name}", text.encode())
        return "", 204 if doc else 201

    @app.errorhandler(KazooException)
    def unavailable(_: KazooException):
        return "", 503, {"Retry-After": "1"}

    return app
