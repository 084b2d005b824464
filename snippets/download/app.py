"""Downloads that can be resumed. ``FILES=folder flask --app app run``

Werkzeug sends the part, and flask-preconditions evaluates the conditions before it does:
by itself, Werkzeug answers a false If-Match beside Range with the part of another version.
"""

import os
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, send_file
from werkzeug.utils import safe_join

from flask_preconditions import Preconditions, require_match

app = Flask(__name__, static_folder=None)
Preconditions(app)


# :snippet-start: download
def find(name: str) -> Path | None:
    path = safe_join(os.environ["FILES"], name)
    return Path(path) if path and Path(path).is_file() else None


def digest(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()[:16]


@app.get("/files/<path:name>")
@require_match(find, etag=digest, into="file")
def download(name: str, file: Path) -> Response:
    return send_file(file, conditional=True, etag=False)  # the tag is the guard's


# :snippet-end:
