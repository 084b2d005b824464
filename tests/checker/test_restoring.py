"""What the resource holds when a check is interrupted, or a write of its goes wrong."""

import itertools
import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from flask_preconditions.checker import CheckReport
from flask_preconditions.checker import Unusable
from flask_preconditions.checker import check
from flask_preconditions.checker import undoing
from tests.samples import sample

from .interruptions import INTERRUPTIONS
from .interruptions import play
from .resource import FIRST
from .resource import Fields
from .resource import Handler
from .resource import Resource
from .resource import serving


@pytest.mark.slow
@pytest.mark.parametrize("name", INTERRUPTIONS)
def test_an_interruption_leaves_the_resource_as_it_was_or_says_what_it_was(name: str) -> None:
    kind = INTERRUPTIONS[name]
    seen = play(kind)
    assert seen.events == kind.events, seen.log
    assert kind.said in seen.said
    assert seen.status == kind.status, seen.said
    assert "Traceback" not in seen.said
    if not kind.held:
        assert json.loads(seen.held) == FIRST
        assert "NOT RESTORED" not in seen.said
    else:
        assert kind.held in seen.held
        assert f"It was: {json.dumps(json.dumps(FIRST))}" in seen.said


def test_a_server_that_is_started_again_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Resource(methods=("GET", "PUT"))
    pauses = itertools.count(1)
    again = ExitStack()

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        if handler.command != "PUT" or b"000003" not in handler.new:
            return None
        handler.server.shutdown()
        handler.server.server_close()
        resource.docs[handler.path] = handler.new
        return 0

    def sleep(seconds: float) -> None:
        if next(pauses) == 2 * undoing.RESTORE_ATTEMPTS:
            made.decide = lambda *_: None
            again.enter_context(serving(made, port=int(made.url.split(":")[2].partition("/")[0])))

    clock = SimpleNamespace(sleep=sleep, monotonic=time.monotonic)
    monkeypatch.setattr(undoing, "time", clock)
    made.decide = decide
    with again, serving(made) as server:
        report = check(server.url, write=True, field="text", rounds=0)
        assert json.loads(server.text) == FIRST
    assert report.not_restored is None


OTHERS = b'{"name": "1", "text": "of somebody else"}'


@pytest.mark.parametrize(("method", "status"), [("OPTIONS", None), ("PUT", 412)])
def test_what_somebody_else_saves_before_the_first_write_is_left(
    method: str, status: int | None
) -> None:
    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        if handler.command != method or resource.text == OTHERS:
            return None
        resource.docs["/thing"] = OTHERS
        return status

    with serving(Resource(decide=decide)) as server, pytest.raises(Unusable, match="somebody else"):
        check(server.url, write=True, field="text")
    assert server.text == OTHERS


def drop(resource: Resource, handler: Handler) -> int:
    """Write, and close the connection."""
    resource.docs[handler.path] = handler.new
    return 0


def fail(resource: Resource, handler: Handler) -> int:
    """Write, and answer 500."""
    resource.docs[handler.path] = handler.new
    return 500


@pytest.mark.parametrize("what", [drop, fail], ids=["drop", "fail"])
@pytest.mark.parametrize("first", sample([3, 5], every=2))
def test_a_write_that_is_done_and_not_acknowledged_is_undone(
    what: Callable[[Resource, Handler], int], first: int
) -> None:
    count = 0

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        nonlocal count
        if handler.command != "PUT":
            return None
        count += 1
        return what(resource, handler) if first <= count < first + 5 else None

    with serving(Resource(decide=decide)) as server:
        report: CheckReport | None = None
        said = ""
        try:
            report = check(server.url, write=True, field="text", rounds=2)
        except Unusable as error:
            said = str(error)
        assert json.loads(server.text) == FIRST
    assert report is not None or "as it was" not in said
