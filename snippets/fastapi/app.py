"""A documents API that cannot lose an update: FastAPI and the standard library.

FastAPI evaluates no precondition, and it parses the body before any code of yours can
refuse the request. So the body is taken as bytes here and read after the check: a stale
write is 412, whatever it carries (RFC 9110 §13.2.1). Run it with ``uvicorn app:app``.
"""

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from email.utils import formatdate
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from preconditions import Refused, Validators, check

PATH = os.environ.get("DOCS_DB", "docs.sqlite3")
MAX_BODY = 1_000_000
ALLOW = "GET, HEAD, OPTIONS, PUT, PATCH, DELETE"
PROBLEMS = {
    400: ("malformed-precondition", "Malformed Precondition"),
    412: ("precondition-failed", "Precondition Failed"),
    428: ("precondition-required", "Precondition Required"),
}


# :snippet-start: store
# The tag is random, so a document that is deleted and made again never repeats one.
SCHEMA = """
CREATE TABLE IF NOT EXISTS docs (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    rev TEXT NOT NULL DEFAULT (lower(hex(randomblob(8)))),
    saved_at INTEGER NOT NULL DEFAULT (unixepoch())
)
"""

# The compare-and-swap: it names the revision that was compared, so a write that came in
# between leaves it no row to change.
UPDATE = """
UPDATE docs SET title = ?, body = ?, rev = lower(hex(randomblob(8))), saved_at = unixepoch()
WHERE name = ? AND rev = ? RETURNING *
"""
INSERT = """
INSERT INTO docs (name, title, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING *
"""
DELETE = "DELETE FROM docs WHERE name = ? AND rev = ? RETURNING *"
# :snippet-end:


def connect() -> Iterator[sqlite3.Connection]:
    # Autocommit, and one connection for a request, whichever thread it runs in.
    db = sqlite3.connect(
        PATH, timeout=30, isolation_level=None, check_same_thread=False
    )
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA synchronous = NORMAL")
    try:
        yield db
    finally:
        db.close()


async def read_body(request: Request) -> bytes:
    """Read one part more than is allowed, at most: after the check, that is 413."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            break
    return bytes(body)


Database = Annotated[sqlite3.Connection, Depends(connect)]
Body = Annotated[bytes, Depends(read_body)]

app = FastAPI(docs_url=None)  # FastAPI's own pages would stand at /docs
for db in connect():
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(SCHEMA)


def find(db: sqlite3.Connection, name: str) -> sqlite3.Row | None:
    return db.execute("SELECT * FROM docs WHERE name = ?", [name]).fetchone()


def find_or_404(db: sqlite3.Connection, name: str) -> sqlite3.Row:
    doc = find(db, name)
    if doc is None:
        raise HTTPException(404)  # before any precondition (§13.2.1)
    return doc


def validators(doc: sqlite3.Row | None) -> Validators | None:
    return doc and Validators(etag(doc), doc["saved_at"])


def path_of(request: Request) -> str:
    return quote(request["path"])  # request.url.path is decoded, and "€" no header


def etag(doc: sqlite3.Row) -> str:
    return f'"{doc["rev"]}"'


def represent(doc: sqlite3.Row) -> dict[str, str]:
    return {"name": doc["name"], "title": doc["title"], "body": doc["body"]}


@app.exception_handler(Refused)
def answer_refused(request: Request, refused: Refused) -> Response:
    """Render a refusal as a problem document (RFC 9457)."""
    status, reason = refused.status_code, refused.reason
    if status == 304:
        return Response(status_code=304, headers=refused.headers)
    slug, title = PROBLEMS[status]
    path = path_of(request)
    action = {"action": "refetch", "method": "GET", "href": path}
    if status == 400 or (status == 428 and refused.current is None):
        action = {"action": "resend"}
    elif reason == "absent":
        action = {"action": "none"}
    members = {
        "type": f"/problems/{slug}/",
        "title": title,
        "status": status,
        "detail": refused.detail,
        "instance": path,
        "failed_header": refused.field,
        "reason": None if status == 428 else reason,
        "current_etag": refused.headers.get("ETag"),
        "next": action,
    }
    present = {name: value for name, value in members.items() if value is not None}
    return JSONResponse(
        present, status, refused.headers, media_type="application/problem+json"
    )


# Starlette's Allow names the methods of one route, not all of the path's (§15.5.6).
@app.exception_handler(405)
def answer_not_allowed(request: Request, error: HTTPException) -> Response:
    headers = {"Allow": ALLOW} if request.path_params else error.headers
    return JSONResponse({"detail": error.detail}, 405, headers)


# :snippet-start: read
@app.api_route("/docs/{name}", methods=["GET", "HEAD"])
def read(name: str, request: Request, response: Response, db: Database):
    doc = find_or_404(db, name)
    check(request, validators(doc))
    response.headers["ETag"] = etag(doc)
    # While its second lasts, another write could share the date.
    if time.time() >= doc["saved_at"] + 1:
        response.headers["Last-Modified"] = formatdate(doc["saved_at"], usegmt=True)
    return represent(doc)


# :snippet-end:


@app.get("/docs")
def index(db: Database):
    docs = db.execute("SELECT * FROM docs ORDER BY name")
    return {"items": [represent(doc) | {"etag": etag(doc)} for doc in docs]}


# :snippet-start: write
@app.put("/docs/{name}")
def replace(name: str, request: Request, body: Body, db: Database):
    doc = find(db, name)
    check(request, validators(doc))
    new = parse_body(body, required={"title", "body"})
    if doc is None:  # If-None-Match: * held
        confirm(request, db, INSERT, name, new["title"], new["body"])
        return Response(status_code=201, headers={"Location": path_of(request)})
    confirm(request, db, UPDATE, new["title"], new["body"], name, doc["rev"])
    # No ETag: columns are stored, not the bytes that were sent (§9.3.4).
    return Response(status_code=204)


@app.patch("/docs/{name}")
def merge(name: str, request: Request, response: Response, body: Body, db: Database):
    doc = find_or_404(db, name)
    check(request, validators(doc))
    new = represent(doc) | parse_body(body)
    saved = confirm(request, db, UPDATE, new["title"], new["body"], name, doc["rev"])
    response.headers["ETag"] = etag(saved)
    return represent(saved)


@app.delete("/docs/{name}", status_code=204)
def delete(name: str, request: Request, db: Database) -> None:
    doc = find_or_404(db, name)
    check(request, validators(doc))
    confirm(request, db, DELETE, name, doc["rev"])


def confirm(request: Request, db: sqlite3.Connection, write: str, *values: str):
    """Write, or answer 412 when another write came after the check."""
    rows = db.execute(write, values).fetchall()
    if not rows:
        fields = ("If-Match", "If-Unmodified-Since", "If-None-Match")
        field = next(field for field in fields if field in request.headers)
        winner = find(db, request.path_params["name"])
        raise Refused(412, field, "lost-race", validators(winner))
    return rows[0]


# :snippet-end:


@app.options("/docs/{name}", status_code=204)
def options(response: Response) -> None:
    response.headers["Allow"] = ALLOW


def parse_body(
    body: bytes, required: frozenset[str] | set[str] = frozenset()
) -> dict[str, str]:
    if len(body) > MAX_BODY:
        raise HTTPException(413, "Send at most one megabyte.")
    try:
        new = json.loads(body)
        json.dumps(new, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (ValueError, RecursionError):
        raise HTTPException(400, "Send a JSON object.") from None
    if not isinstance(new, dict):
        raise HTTPException(422, "Send a JSON object.")
    for name in sorted({*new, *required}):
        if name not in {"title", "body"} or not isinstance(new.get(name), str):
            raise HTTPException(422, f"{name}: send title and body, both strings.")
    return new
