"""Werkzeug's conditional responses: ``add_etag()`` and ``make_conditional()``."""

from datetime import datetime, timezone

from flask import Flask, Response, jsonify, request

app = Flask(__name__)
doc = {"title": "old", "body": "old"}
saved_at = datetime.now(timezone.utc)


@app.get("/doc")
def read() -> Response:
    return conditional(jsonify(doc))


@app.put("/doc")
def write() -> Response:
    global saved_at
    doc.update(request.get_json())
    saved_at = datetime.now(timezone.utc)
    return conditional(jsonify(doc))


def conditional(response: Response) -> Response:
    response.last_modified = saved_at
    response.add_etag()
    return response.make_conditional(request)
