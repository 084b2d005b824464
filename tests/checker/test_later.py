"""Writes that are stored after their answer: they are waited for, put back, and named."""

import json
from collections.abc import Callable

import pytest

from flask_preconditions.checker import Unusable
from flask_preconditions.checker import check

from .resource import FIRST
from .resource import Fields
from .resource import Handler
from .resource import Resource
from .resource import field_of
from .resource import serving


class Later:
    """Stores a content when so many requests came after it, or never before the end."""

    def __init__(self, requests: int) -> None:
        self.requests = requests
        self.waiting: list[tuple[int, bytes]] = []

    def come(self, resource: Resource) -> None:
        """Store what is due."""
        while self.waiting and self.waiting[0][0] <= len(resource.log):
            resource.docs["/thing"] = self.waiting.pop(0)[1]

    def put_off(self, resource: Resource, content: bytes) -> None:
        """Store it later."""
        self.waiting.append((len(resource.log) + self.requests, content))


def putting_off(later: Later) -> Callable[..., int | None]:
    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        later.come(resource)
        if handler.command in ("PUT", "PATCH"):
            later.put_off(resource, handler.new)
            return 202
        return None

    return decide


@pytest.mark.parametrize("requests", [2, 3, 5, 8])
def test_a_server_that_stores_later_is_left_as_it_was(requests: int) -> None:
    later = Later(requests)
    with (
        serving(Resource(decide=putting_off(later), merges=False)) as server,
        pytest.raises(Unusable, match="202") as caught,
    ):
        check(server.url, write=True, field="text")
    assert json.loads(server.text) == FIRST
    assert all(json.loads(content) == FIRST for _, content in later.waiting)
    assert "not as it was" not in str(caught.value)


@pytest.mark.slow
def test_a_write_that_is_put_off_and_never_seen_is_told_with_what_was_there() -> None:
    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        return 202 if handler.command in ("PUT", "PATCH") else None

    with serving(Resource(decide=decide)) as server, pytest.raises(Unusable) as caught:
        check(server.url, write=True, field="text")
    assert "may come still" in str(caught.value)
    assert f"It was: {json.dumps(json.dumps(FIRST))}" in str(caught.value)


def test_a_replica_that_shows_a_write_later_cannot_be_judged() -> None:
    shown: dict[str, bytes] = {}
    count = {"reads": 0}

    def content(body: bytes) -> bytes:
        count["reads"] += 1
        if count["reads"] % 4 == 0 or not shown:
            shown["text"] = body
        return shown["text"]

    with (
        serving(Resource(content=content)) as server,
        pytest.raises(Unusable, match=r"shows no change|later"),
    ):
        check(server.url, write=True, field="text")
    assert json.loads(server.text) == FIRST


def test_a_refused_write_that_is_stored_later_is_named_by_that() -> None:
    later = Later(9)

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        later.come(resource)
        if handler.command == "PUT" and field_of(fields, "If-Match") == '"stale"':
            later.put_off(resource, handler.new)
        return None

    with serving(Resource(decide=decide)) as server:
        report = check(server.url, write=True, field="text", rounds=0)
        assert json.loads(server.text) == FIRST
    assert report.not_restored is None
    assert [finding.title for finding in report.findings] == ["PUT writes and answers 412"]
    assert "some time after the answer" in report.findings[0].seen


def test_every_refused_write_that_is_stored_later_is_one_finding() -> None:
    later = Later(30)

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        later.come(resource)
        return None

    class Storing(Handler):
        def send(self, status: int, body: bytes = b"", **more: str) -> None:
            if self.command == "PUT" and status == 412:
                later.put_off(self.resource, self.new)
            super().send(status, body, **more)

    with serving(Resource(decide=decide), handling=Storing) as server:
        report = check(server.url, write=True, field="text", rounds=0)
        assert json.loads(server.text) == FIRST
    assert report.not_restored is None
    assert [finding.title for finding in report.findings] == ["PUT writes and answers 412"]
