"""Documents in Redis: a script compares the revision and writes, in one step.

Redis runs a script alone, so no other write comes between its HGET and its HSET.
``REDIS_URL=redis://localhost flask --app redis_lua run``
"""

import os
import secrets

import redis
from flask import Flask, request

from flask_preconditions import Preconditions, precondition, require_match

# KEYS[1]: the document. ARGV: the revision that was compared (empty for none), then the
# new one and the new body.
SAVE = """
if (redis.call('HGET', KEYS[1], 'rev') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'rev', ARGV[2], 'body', ARGV[3])
return 1
"""
DELETE = """
if redis.call('HGET', KEYS[1], 'rev') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


def create_app(url: str | None = None) -> Flask:
    app = Flask(__name__)
    Preconditions(app)
    store = redis.Redis.from_url(
        url or os.environ.get("REDIS_URL", "redis://localhost"), decode_responses=True
    )
    save_if_same = store.register_script(SAVE)
    delete_if_same = store.register_script(DELETE)

    def find(name: str) -> dict[str, str] | None:
        return store.hgetall(f"doc:{name}") or None

    @app.get("/docs/<name>")
    @require_match(find, etag="rev", into="doc")
    def read(name: str, doc: dict[str, str]):
        return {"body": doc["body"]}

    @app.put("/docs/<name>")
    @require_match(find, etag="rev", into="doc", create=True)
    def save(name: str, doc: dict[str, str] | None):
        compared = doc["rev"] if doc else ""
        # Random, so that a document that is deleted and made again never repeats a tag.
        new = [secrets.token_hex(8), request.json["body"]]
        precondition.confirm(save_if_same([f"doc:{name}"], [compared, *new]))
        return "", 204 if doc else 201

    @app.delete("/docs/<name>")
    @require_match(find, etag="rev", into="doc")
    def delete(name: str, doc: dict[str, str]):
        precondition.confirm(delete_if_same([f"doc:{name}"], [doc["rev"]]))
        return "", 204

    return app
