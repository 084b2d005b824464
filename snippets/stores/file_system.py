"""Documents as files: the tag is a hash of the bytes, and a lock keeps other writes out.

A file system compares nothing when it renames, so the check is made again under a lock.
It holds for all processes of one machine, as long as every writer takes it.
``DOCS=documents flask --app file_system run``
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, flock
from hashlib import sha256
from pathlib import Path

from flask import Flask, request

from flask_preconditions import Inquiry, Preconditions, require_match


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:32]


def create_app(folder: Path | None = None) -> Flask:
    app = Flask(__name__)
    Preconditions(app)
    folder = folder or Path(os.environ.get("DOCS", "documents"))
    folder.mkdir(parents=True, exist_ok=True)

    def find(name: str) -> bytes | None:
        with suppress(FileNotFoundError):
            return (folder / f"{name}.txt").read_bytes()
        return None

    @contextmanager
    def locked(match: Inquiry) -> Iterator[None]:
        # The lock file stays: who deletes it lets two writers lock two different files.
        with (folder / f"{request.view_args['name']}.lock").open("w") as lock:
            flock(lock, LOCK_EX)
            match.recheck()  # 412 if another write came between the check and the lock
            yield

    @app.route("/docs/<name>", methods=["GET", "PUT", "DELETE"])
    @require_match(find, etag=digest, into="doc", create=True, guard=locked)
    def document(name: str, doc: bytes | None):
        path = folder / f"{name}.txt"
        if request.method in ("GET", "HEAD"):
            return doc, 200, {"Content-Type": "text/plain; charset=utf-8"}
        if request.method == "DELETE":
            path.unlink()
            return "", 204
        content = request.get_data()
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as new:
            new.write(content)
        os.replace(new.name, path)  # a reader sees the old bytes or the new ones
        return "", 201 if doc is None else 204

    return app
