"""Documents in NATS: update() and delete() name the revision that was compared.

The bucket counts it, so no tag comes twice.
``NATS_URL=nats://localhost:4222 flask --app nats_kv run``
"""

import asyncio
import os
from collections.abc import Coroutine
from contextlib import suppress
from threading import Thread

import nats
from flask import Flask, request
from nats.js.errors import BadRequestError, KeyNotFoundError
from nats.js.kv import KeyValue

from flask_preconditions import Preconditions, precondition, require_match


def is_lost(error: BadRequestError) -> bool:
    return getattr(error, "err_code", 10071) == 10071  # only delete() tells a code


def create_app(url: str | None = None) -> Flask:
    app = Flask(__name__)
    Preconditions(app)
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, daemon=True).start()

    def wait(work: Coroutine):
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    # No write waits for a new connection: nobody would be told of it any more.
    client = wait(nats.connect(url or os.environ["NATS_URL"], pending_size=0))
    docs: KeyValue = wait(client.jetstream().create_key_value(bucket="docs"))

    def find(name: str) -> KeyValue.Entry | None:
        with suppress(KeyNotFoundError):
            return wait(docs.get(name))

    @app.route("/docs/<name>", methods=["GET", "PUT", "DELETE"])
    @require_match(find, etag="revision", into="doc", create=True)
    def document(name: str, doc: KeyValue.Entry | None):
        if request.method in ("GET", "HEAD"):
            return {"body": (doc.value or b"").decode()}
        with precondition.lost(BadRequestError, when=is_lost):
            if request.method == "DELETE":
                wait(docs.delete(name, doc.revision))
            elif doc:
                wait(docs.update(name, request.json["body"].encode(), doc.revision))
            else:
                wait(docs.create(name, request.json["body"].encode()))
        return "", 204 if doc else 201

    @app.errorhandler(nats.errors.Error)
    def unavailable(_: nats.errors.Error):
        return "", 503, {"Retry-After": "1"}

    return app
