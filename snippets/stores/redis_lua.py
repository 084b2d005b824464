"""Documents in Redis: a script compares the revision and writes, in one step.

Redis runs a script alone, so no other write comes between its HGET and its HSET. In a
cluster, write ``redis.RedisCluster`` for ``redis.Redis``: the script uses one key.
``REDIS_URL=redis://localhost flask --app redis_lua run``
"""

import os
from secrets import token_hex

import redis
from flask import Flask, request
from redis.backoff import NoBackoff
from redis.retry import Retry

from flask_preconditions import Preconditions, precondition, require_match

# KEYS[1]: the document. ARGV: the revision that was compared (empty for none), then the
# new one and the new body, or nothing more to delete it.
SWAP = """
if (redis.call('HGET', KEYS[1], 'rev') or '') ~= ARGV[1] then return 0 end
if not ARGV[2] then return redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], 'rev', ARGV[2], 'body', ARGV[3])
return 1
"""


def create_app(url: str | None = None) -> Flask:
    app = Flask(__name__)
    Preconditions(app)
    url = url or os.environ["REDIS_URL"]
    # A script that is sent again meets its own first run, and looks lost.
    once = Retry(NoBackoff(), 0)
    store = redis.Redis.from_url(url, decode_responses=True, retry=once)
    swap = store.register_script(SWAP)

    def find(name: str) -> dict[str, str] | None:
        return store.hgetall(f"doc:{name}") or None

    @app.route("/docs/<name>", methods=["GET", "PUT", "DELETE"])
    @require_match(find, etag="rev", into="doc", create=True)
    def document(name: str, doc: dict[str, str] | None):
        if request.method in ("GET", "HEAD"):
            return {"body": doc["body"]}
        new = []
        if request.method == "PUT":
            # Random, so a document that is deleted and made again never repeats a tag.
            new = [token_hex(8), request.json["body"]]
        compared = doc["rev"] if doc else ""
        precondition.confirm(swap([f"doc:{name}"], [compared, *new]))
        return "", 204 if doc else 201

    @app.errorhandler(redis.ConnectionError)
    @app.errorhandler(redis.TimeoutError)
    def unavailable(_: redis.RedisError):
        return "", 503, {"Retry-After": "1"}

    return app
