"""The answers of the playground are those of the extension, member by member."""

import json
import subprocess
from collections.abc import Iterable
from datetime import UTC
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask import jsonify
from flask.typing import ResponseReturnValue
from werkzeug.test import TestResponse

from flask_preconditions import Match
from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions.core import EntityTag
from tests.needs import need

from .evaluators import SCRIPT
from .evaluators import Fields
from .evaluators import name_fields

pytestmark = pytest.mark.external

SCRIPTS = [SCRIPT, SCRIPT.parent / "answers.js"]
DRIVER = Path(__file__).parent / "answer.mjs"
SAVED_AT = datetime(1994, 11, 15, 12, 45, 26, tzinfo=UTC)
LATER, EARLIER = "Wed, 16 Nov 1994 12:45:26 GMT", "Mon, 14 Nov 1994 12:45:26 GMT"
CONTENT = {"text": "Milk"}

Stored = dict[str, Any] | None

STORED: tuple[Stored, ...] = (
    {"etag": '"v1"', "lastModified": None, "strongDate": False, "content": CONTENT},
    {
        "etag": 'W/"v1"',
        "lastModified": int(SAVED_AT.timestamp()),
        "strongDate": True,
        "content": CONTENT,
    },
    {
        "etag": None,
        "lastModified": int(SAVED_AT.timestamp()),
        "strongDate": True,
        "content": CONTENT,
    },
    None,
)
SENT: tuple[Fields, ...] = tuple(
    name_fields(values, has_range=False)
    for values in product(
        (None, '"v1"', '"v0"', 'W/"v1"', "v1", "*", "", 'w/"v1"', '"v1", *'),
        (None, LATER, EARLIER, "soon"),
        (None, '"v1"', '"v0"', "*", "'v1'"),
        (None, EARLIER),
        (None,),
    )
)
METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE")
TOLD = ("Content-Type", "ETag", "Last-Modified", "Cache-Control")


def application(stored: Stored) -> Flask:
    """Give an application with one document, which is never changed."""
    app = Flask(__name__)
    app.config.update(TESTING=True, PRECONDITIONS_PROBLEM_BASE_URL="https://docs.example/problems/")

    def etag(document: dict[str, Any]) -> EntityTag | None:
        return EntityTag.parse(document["etag"]) if document["etag"] else None

    def date(document: dict[str, Any]) -> datetime | None:
        moment = document["lastModified"]
        return moment and datetime.fromtimestamp(moment, UTC)

    @app.route("/docs/1", methods=METHODS)
    @require_match(lambda: stored, etag=etag, last_modified=date, into="document", create=True)
    def document(document: dict[str, Any] | None) -> ResponseReturnValue:
        match: Match = precondition
        match.confirm(True)
        return jsonify(document and document["content"])

    return app


def answers(requests: Iterable[tuple[str, Fields]], stored: Stored) -> list[dict[str, Any]]:
    need("node")
    options = {"base": "https://docs.example/problems/"}
    lines = (
        json.dumps([{"method": method, "fields": fields, "content": CONTENT}, stored, options])
        for method, fields in requests
    )
    done = subprocess.run(
        ["node", str(DRIVER), *map(str, SCRIPTS)],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def told(answer: TestResponse) -> tuple[int, dict[str, str], Any]:
    body = answer.get_json(silent=True) if answer.status_code >= 400 else None
    return answer.status_code, {n: answer.headers[n] for n in TOLD if n in answer.headers}, body


@pytest.mark.parametrize("stored", STORED, ids=["tagged", "weak", "dated", "absent"])
def test_a_refusal_and_a_304_are_those_of_the_extension(stored: Stored) -> None:
    client = application(stored).test_client()
    requests = [(method, fields) for method in METHODS for fields in SENT]
    compared = 0
    for (method, fields), theirs in zip(requests, answers(requests, stored), strict=True):
        status, headers, body = told(client.open("/docs/1", method=method, headers=list(fields)))
        if status == 404:  # is the application's own
            assert theirs["status"] == 404, (method, fields)
        elif status < 300:
            assert theirs["status"] in (200, 201, 204), (method, fields)
        else:
            compared += 1
            shown = json.loads(theirs["body"]) if theirs["body"] and method != "HEAD" else None
            if shown:
                del shown["instance"], body["instance"]
                assert list(shown) == list(body), (method, fields)
            elif method == "HEAD":
                body = None
            assert (theirs["status"], dict(theirs["fields"]), shown) == (status, headers, body), (
                method,
                fields,
            )
    assert compared > 100
