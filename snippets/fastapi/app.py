"""A documents API that cannot lose an update: FastAPI and the standard library.

FastAPI evaluates no precondition, and it parses the body before any code of yours can
refuse the request. So the body is taken as bytes here and read after the check: a stale
write is 412, whatever it carries (RFC 9110 §13.2.1). Run it with ``fastapi run app.py``.
"""

import json
import os
import re
import sqlite3
import time
from collections.abc import Iterator
from email.utils import formatdate, parsedate_to_datetime
from typing import Annotated, Any, NoReturn
from urllib.parse import quote

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse

PATH = os.environ.get("DOCS_DB", "docs.sqlite3")
PROBLEMS = "/problems/"  # where the pages about them are published
ALLOW = "GET, HEAD, OPTIONS, PUT, PATCH, DELETE"


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
    return await request.body()


Database = Annotated[sqlite3.Connection, Depends(connect)]
Body = Annotated[bytes, Depends(read_body)]
Doc = sqlite3.Row | None

app = FastAPI(docs_url=None)  # FastAPI's own pages would stand at /docs
for db in connect():
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(SCHEMA)


def find(db: sqlite3.Connection, name: str) -> Doc:
    return db.execute("SELECT * FROM docs WHERE name = ?", [name]).fetchone()


def path_of(request: Request) -> str:
    return quote(request["path"])  # request.url.path is decoded, and "€" no header


def etag(doc: sqlite3.Row) -> str:
    return f'"{doc["rev"]}"'


def represent(doc: sqlite3.Row) -> dict[str, str]:
    return {"name": doc["name"], "title": doc["title"], "body": doc["body"]}


# :snippet-start: preconditions
TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*+"'
TAGS = re.compile(rf"[ \t,]*+{TAG}(?:[ \t]*+,[ \t,]*+{TAG})*+[ \t,]*+")
DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
LONG_DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
TIME = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
DATE = re.compile(  # email.utils reads far more than the three forms of §5.6.7
    rf"{DAY}, [0-9]{{2}} {MONTH} [0-9]{{4}} {TIME} GMT"
    rf"|{LONG_DAY}, [0-9]{{2}}-{MONTH}-[0-9]{{2}} {TIME} GMT"
    rf"|{DAY} {MONTH} [ 0-9][0-9] {TIME} [0-9]{{4}}"
)
ANY = {"*"}


def check(request: Request, doc: Doc, creates: bool = False) -> None:
    """Evaluate the preconditions in the order of RFC 9110 §13.2.2."""
    if doc is None and not creates:
        raise HTTPException(404)  # before any precondition (§13.2.1)
    safe = request.method in ("GET", "HEAD")
    if_match = parse_tags(request, "If-Match")
    if_none_match = parse_tags(request, "If-None-Match", lenient=safe)
    unmodified_since = parse_date(request, "If-Unmodified-Since") if doc else None
    modified_since = parse_date(request, "If-Modified-Since")
    guarded = if_match or if_none_match == ANY or unmodified_since is not None
    if not safe and not guarded:
        refuse(request, 428, None, None, doc)
    if if_match is not None:  # 1
        if doc is None:
            refuse(request, 412, "If-Match", "absent", doc)
        if if_match != ANY and etag(doc) not in if_match:  # strong comparison
            weak = f"W/{etag(doc)}" in if_match
            refuse(request, 412, "If-Match", "weak" if weak else "changed", doc)
    elif unmodified_since is not None and doc["saved_at"] > unmodified_since:  # 2
        refuse(request, 412, "If-Unmodified-Since", "changed", doc)
    if doc is None:
        return
    if if_none_match is not None:  # 3, weak comparison
        if if_none_match == ANY or {etag(doc), f"W/{etag(doc)}"} & if_none_match:
            if safe:
                raise NotModified(doc)
            refuse(request, 412, "If-None-Match", "exists", doc)
    elif safe and modified_since is not None and doc["saved_at"] <= modified_since:  # 4
        raise NotModified(doc)


def parse_tags(request: Request, field: str, lenient: bool = False) -> set[str] | None:
    lines = request.headers.getlist(field)  # a field may come in several lines (§5.3)
    value = ", ".join(lines)
    if not lines:
        return None
    if value.strip(" \t") == "*":
        return ANY
    if TAGS.fullmatch(value):
        return set(re.findall(TAG, value))
    if lenient:
        return set()  # on a read, the full answer is the safe one
    refuse(request, 400, field, "malformed", None)  # never "no condition"


def parse_date(request: Request, field: str) -> float | None:
    value = ", ".join(request.headers.getlist(field)).strip(" \t")
    try:  # an invalid date is ignored (§13.1.4)
        suffix = "" if value.endswith("GMT") else " GMT"  # asctime names no zone
        found = DATE.fullmatch(value) and parsedate_to_datetime(value + suffix)
        return found.timestamp() if found else None
    except ValueError:
        return None


# :snippet-end:


class NotModified(Exception):
    def __init__(self, doc: sqlite3.Row) -> None:
        self.doc = doc


class Problem(Exception):
    def __init__(self, members: dict[str, Any], headers: dict[str, str]) -> None:
        self.members, self.headers = members, headers


KINDS = {
    400: ("malformed-precondition", "Malformed Precondition"),
    412: ("precondition-failed", "Precondition Failed"),
    428: ("precondition-required", "Precondition Required"),
}
DETAILS = {
    None: "Send If-Match with the ETag you read, or If-None-Match: * to create.",
    "absent": "The document does not exist, and If-Match asks that it does.",
    "changed": "The document changed after you read it.",
    "exists": "The document exists in a state that your If-None-Match rules out.",
    "lost-race": "Another write came first, while this one was under way.",
    "malformed": 'An entity tag is in double quotes, such as "v1"; * stands alone.',
    "weak": "If-Match compares strongly, and a weak tag (W/) never matches.",
}


def refuse(
    request: Request, status: int, field: str | None, reason: str | None, doc: Doc
) -> NoReturn:
    slug, title = KINDS[status]
    path, again = path_of(request), status == 400 or (status == 428 and doc is None)
    refetch = {"action": "refetch", "method": "GET", "href": path}
    action = {"action": "resend"} if again else refetch
    members = {
        "type": f"{PROBLEMS}{slug}/",
        "title": title,
        "status": status,
        "detail": DETAILS[reason],
        "instance": path,
        "failed_header": field,
        "reason": reason,
        "current_etag": etag(doc) if doc and status == 412 else None,
        "next": {"action": "none"} if reason == "absent" else action,
    }
    headers = {"Cache-Control": "no-store"}
    if members["current_etag"]:
        headers["ETag"] = members["current_etag"]
    raise Problem({k: v for k, v in members.items() if v is not None}, headers)


@app.exception_handler(Problem)
def answer_problem(request: Request, problem: Problem) -> Response:
    return JSONResponse(
        problem.members,
        problem.members["status"],
        problem.headers,
        media_type="application/problem+json",
    )


# Starlette's Allow names the methods of one route, not all of the path's (§15.5.6).
@app.exception_handler(405)
def answer_not_allowed(request: Request, error: HTTPException) -> Response:
    headers = {"Allow": ALLOW} if request.path_params else error.headers
    return JSONResponse({"detail": error.detail}, 405, headers)


@app.exception_handler(NotModified)
def answer_not_modified(request: Request, unchanged: NotModified) -> Response:
    return Response(status_code=304, headers={"ETag": etag(unchanged.doc)})


# :snippet-start: read
@app.api_route("/docs/{name}", methods=["GET", "HEAD"])
def read(name: str, request: Request, response: Response, db: Database):
    doc = find(db, name)
    check(request, doc)
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
    check(request, doc, creates=True)
    new = parse_body(body, required={"title", "body"})
    if doc is None:  # If-None-Match: * held
        confirm(request, db, INSERT, name, new["title"], new["body"])
        return Response(status_code=201, headers={"Location": path_of(request)})
    confirm(request, db, UPDATE, new["title"], new["body"], name, doc["rev"])
    # No ETag: columns are stored, not the bytes that were sent (§9.3.4).
    return Response(status_code=204)


@app.patch("/docs/{name}")
def merge(name: str, request: Request, response: Response, body: Body, db: Database):
    doc = find(db, name)
    check(request, doc)
    new = represent(doc) | parse_body(body)
    saved = confirm(request, db, UPDATE, new["title"], new["body"], name, doc["rev"])
    response.headers["ETag"] = etag(saved)
    return represent(saved)


@app.delete("/docs/{name}", status_code=204)
def delete(name: str, request: Request, db: Database) -> None:
    doc = find(db, name)
    check(request, doc)
    confirm(request, db, DELETE, name, doc["rev"])


def confirm(request: Request, db: sqlite3.Connection, write: str, *values: str):
    """Write, or answer 412 when another write came after the check."""
    rows = db.execute(write, values).fetchall()
    if not rows:
        fields = ("If-Match", "If-Unmodified-Since", "If-None-Match")
        field = next(field for field in fields if field in request.headers)
        refuse(request, 412, field, "lost-race", find(db, request.path_params["name"]))
    return rows[0]


# :snippet-end:


@app.options("/docs/{name}", status_code=204)
def options(response: Response) -> None:
    response.headers["Allow"] = ALLOW


def parse_body(
    body: bytes, required: frozenset[str] | set[str] = frozenset()
) -> dict[str, str]:
    try:
        new = json.loads(body)
        json.dumps(new, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (ValueError, RecursionError):
        raise HTTPException(400, "Send a JSON object.") from None
    if not isinstance(new, dict):
        raise HTTPException(422, "Send a JSON object.")
    for name in {*new, *required}:
        if name not in {"title", "body"} or not isinstance(new.get(name), str):
            raise HTTPException(422, f"{name}: send title and body, both strings.")
    return new
