import secrets
from threading import Lock

from flask import Flask, request

from flask_preconditions import Preconditions, precondition, require_match

app = Flask(__name__)
Preconditions(app)

doc = {"title": "Welcome", "body": "Hello.", "rev": secrets.token_hex(8)}
lock = Lock()


def load():
    return dict(doc)


@app.get("/doc")
@require_match(load, etag="rev", into="seen")
def read(seen):
    return {"title": seen["title"], "body": seen["body"]}


@app.put("/doc")
@require_match(load, etag="rev", into="seen")
def write(seen):
    new = {"title": request.json["title"], "body": request.json["body"]}
    with lock:  # compare and write in one step; a database does it by its WHERE
        is_current = doc["rev"] == seen["rev"]
        if is_current:
            doc.update(new, rev=secrets.token_hex(8))
    precondition.confirm(is_current)  # if not, 412: another write came first
    return "", 204
