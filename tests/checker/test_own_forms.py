"""Servers that store a text in a form of their own, or show a member that moves by itself."""

import itertools
import json
import re
import time
from typing import Any

import pytest

from flask_preconditions.checker import check

from .resource import Handler
from .resource import Resource
from .resource import drops
from .resource import serving
from .test_conforming import assert_conforms

LOST = "Two writers with the same ETag are both acknowledged, and one update is lost"


class Naming(Handler):
    """Makes a name of each text: "As it was" is stored as as-it-was."""

    def write(self, method: str, old: bytes | None, new: bytes) -> None:
        if method == "DELETE":
            return super().write(method, old, new)
        text = re.sub("[^a-z0-9]+", "-", json.loads(new)["text"].lower())
        return super().write("PUT", old, json.dumps({"text": text}).encode())


@pytest.mark.parametrize(
    "how",
    [{"field": "text"}, {"bodies": (b'{"text": "Body 1"}', b'{"text": "Body 2"}')}],
    ids=["field", "bodies"],
)
def test_a_text_is_no_stamp_of_the_server_whatever_form_it_is_stored_in(how: Any) -> None:
    first = b'{"text": "chapter-1"}'
    made = Resource(methods=("GET", "PUT"), read=drops("If-Match", methods=("PUT",)))
    with serving(made, first, Naming) as server:
        report = check(server.url, write=True, rounds=2, **how)
        assert json.loads(server.text) == json.loads(first)
    assert {finding.title for finding in report.findings} == {"PUT ignores If-Match", LOST}
    assert report.not_restored is None


def by_the_clock(body: bytes) -> bytes:
    """Show a member that moves a few times in a second, and is no part of what is stored."""
    seen = f"read at {time.monotonic() // 0.3:.0f} by some clock"
    return json.dumps({**json.loads(body), "seen": seen}).encode()


@pytest.mark.parametrize("is_tagged", [True, False], ids=["weak tag", "no tag"])
def test_a_member_that_moves_now_and_then_does_not_keep_the_resource_from_being_put_back(
    is_tagged: bool,
) -> None:
    class Untagged(Handler):
        def send(self, status: int, body: bytes = b"", **more: str) -> None:
            if not is_tagged:
                more.pop("ETag", None)
            super().send(status, body, **more)

    made = Resource(methods=("GET", "PUT"), content=by_the_clock)
    made.tag = lambda body: f'W/"{hash(json.loads(body)["text"])}"'  # type: ignore[method-assign]
    with serving(made, handling=Untagged) as server:
        report = check(server.url, write=True, field="text", rounds=0)
        assert json.loads(server.text)["text"] == "as it was"
    assert_conforms(report)


def test_a_member_that_moves_before_the_first_write_is_no_write_of_others() -> None:
    reads = itertools.count()

    def content(body: bytes) -> bytes:
        seen = f"read {max(next(reads), 4)} times"
        return json.dumps({**json.loads(body), "seen": seen}).encode()

    with serving(Resource(methods=("GET", "PUT"), content=content)) as server:
        report = check(server.url, write=True, field="text", rounds=0)
        assert json.loads(server.text)["text"] == "as it was"
    assert_conforms(report)
