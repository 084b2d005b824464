"""``explain`` and the application give one answer, and its way is the one that is described."""

import random
import re
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from flask import Flask

import flask_preconditions
from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions.explain import explain
from tests.samples import sample

from .conftest import LONG_AGO

PARTS, REQUESTS = 10, 1_000
TAGS = (
    '"v1"',
    '"v0"',
    'W/"v1"',
    '"v1", "v0"',
    "*",
    '"v1',
    "v1",
    "",
    '"v1:gzip"',
    ' "v1"\t',
    "\xa0",
)
DATES = (
    *("Tue, 15 Nov 1994 12:45:26 GMT", "Wed, 16 Nov 1994 12:45:26 GMT"),
    *("Mon, 14 Nov 1994 12:45:26 GMT", "today", ""),
)
VALUES = {
    "If-Match": TAGS,
    "If-None-Match": TAGS,
    "If-Modified-Since": DATES,
    "If-Unmodified-Since": DATES,
    "If-Range": TAGS + DATES,
    "Range": ("bytes=0-0", "bytes=9-"),
    "Accept": ("text/html", "application/json"),
}
METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "POST")
NOTES: dict[str, dict[str, Any]] = {
    "plain": {"rev": "v1"},
    "dated": {"rev": "v1", "saved_at": LONG_AGO},
    "other": {"rev": "v2", "saved_at": LONG_AGO},
}


def app_of_many_guards() -> Flask:
    """Make views whose guards differ; each view that runs answers 299."""
    app = Flask(__name__)
    app.config["PRECONDITIONS_LOG_LEVEL"] = "DEBUG"

    def view(id: str) -> tuple[str, int]:
        precondition.confirm(1)
        return "ran", 299

    dated = {"last_modified": lambda note: note.get("saved_at")}
    for name, options in {
        "required": dated,
        "optional": {"require": "none"},
        "warned": {"require": "warn", **dated},
        "created": {"create": True},
        "some": {"require": {"PUT"}},
        "varied": {"vary": ["Accept"]},
        "quiet": {"disclose": "none", **dated},
    }.items():
        guarded = require_match(NOTES.get, etag="rev", **options)(view)  # type: ignore[arg-type]
        app.add_url_rule(f"/{name}/<id>", name, guarded, methods=METHODS)
    return app


@pytest.mark.parametrize("part", sample(range(PARTS), every=PARTS))
def test_explain_and_the_application_agree_on_random_requests(part: int) -> None:
    app = app_of_many_guards()
    client = app.test_client()
    chance = random.Random(f"412 {part}")
    views = [rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    differing, statuses = [], set()
    for _ in range(REQUESTS):
        method, path = chance.choice(METHODS), f"/{chance.choice(views)}/{chance.choice(IDS)}"
        names = chance.sample(sorted(VALUES), chance.choice((0, 1, 1, 2, 3, 4)))
        fields = [(name, chance.choice(VALUES[name])) for name in names]
        given = client.open(path, method=method, headers=fields)
        told = explain(app, method, path, fields)
        statuses.add(given.status_code)
        if (told.status or 299) != given.status_code:
            differing.append((method, path, fields, given.status_code, told.status))
        if told.problem and method != "HEAD":
            mine = {**told.problem, "instance": given.json["instance"]}
            if mine != given.json:
                differing.append((method, path, fields, given.json, mine))
    assert differing == []
    assert statuses == {299, 304, 400, 404, 412, 428}


IDS = (*NOTES, "absent")


@pytest.mark.skipif(sys.getprofile() is not None, reason="somebody else is counting calls")
def test_the_way_of_if_match_to_its_412_is_the_one_that_is_described() -> None:
    app = app_of_many_guards()
    client, stale = app.test_client(), {"If-Match": '"v0"'}
    client.put("/quiet/plain", headers=stale)
    package = Path(flask_preconditions.__file__).parent
    passed: dict[str, None] = {}

    def note(frame: FrameType, event: str, _: object) -> None:
        source = Path(frame.f_code.co_filename)
        if event == "call" and source.is_relative_to(package):
            passed[".".join(source.relative_to(package).with_suffix("").parts)] = None

    sys.setprofile(note)
    try:
        client.put("/quiet/plain", headers=stale)
    finally:
        sys.setprofile(None)
    page = Path(__file__).parents[2] / "docgen/content/extension/decisions.md"
    way = re.search(r"On its way to 412, an `If-Match` passes (.+?)\.\s", page.read_text(), re.S)
    assert way
    assert set(passed) - {"observe", "first_request"} == set(re.findall(r"`([a-z_.]+)`", way[1]))
