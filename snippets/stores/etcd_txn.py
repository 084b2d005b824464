"""Documents in etcd: a transaction compares mod_revision and writes, in one step.

The whole cluster counts that revision, so a name that is deleted and made again never
repeats a tag; 0 is that of no key. Plain reads are linearizable, so any member will do.
``ETCD_URLS=http://localhost:2379 flask --app etcd_txn run``, more members behind commas.
"""

import os
from base64 import b64decode, b64encode
from collections import deque
from typing import Any

import requests
from flask import Flask, request

from flask_preconditions import Preconditions, precondition, require_match


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def create_app(urls: str | None = None) -> Flask:
    app = Flask(__name__)
    Preconditions(app)
    members = deque((urls or os.environ["ETCD_URLS"]).split(","))
    etcd = requests.Session()

    def call(method: str, message: dict[str, Any]) -> dict[str, Any]:
        answer = etcd.post(f"{members[0]}/v3/kv/{method}", json=message, timeout=5)
        answer.raise_for_status()
        return answer.json()

    def find(name: str) -> dict[str, str] | None:
        return call("range", {"key": encoded(name)}).get("kvs", [None])[0]

    def swap(name: str, revision: str, kind: str, put: dict[str, str]) -> bool:
        key = {"key": encoded(name)}
        same = {**key, "target": "MOD", "mod_revision": revision}
        message = {"compare": [same], "success": [{kind: {**key, **put}}]}
        return call("txn", message).get("succeeded", False)

    @app.route("/docs/<name>", methods=["GET", "PUT", "DELETE"])
    @require_match(find, etag="mod_revision", into="doc", create=True)
    def document(name: str, doc: dict[str, str] | None):
        if request.method in ("GET", "HEAD"):
            return {"body": b64decode(doc.get("value", "")).decode()}
        revision = doc["mod_revision"] if doc else "0"
        kind, put = "request_delete_range", {}
        if request.method == "PUT":
            kind, put = "request_put", {"value": encoded(request.json["body"])}
        precondition.confirm(swap(name, revision, kind, put))
        return "", 204 if doc else 201

    @app.errorhandler(requests.RequestException)
    def unavailable(_: requests.RequestException):
        members.rotate()  # for the next request
        return "", 503, {"Retry-After": "1"}

    return app
