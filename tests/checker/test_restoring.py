"""What the resource holds when a check is interrupted, or a write of its goes wrong."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from flask_preconditions.checker import CheckReport
from flask_preconditions.checker import Unusable
from flask_preconditions.checker import check
from tests.samples import sample

from .resource import FIRST
from .resource import Fields
from .resource import Handler
from .resource import Resource
from .resource import field_of
from .resource import serving

COMMAND = (sys.executable, "-m", "flask", "preconditions", "check")
BODIES = (b"body one", b"body two")


class Trap:
    """Does something at the writes of a number, in the server, while a write is under way."""

    def __init__(self, act: Callable[[], None], *numbers: int) -> None:
        self.act = act
        self.numbers = numbers
        self.count = 0

    def __call__(self, resource: Resource, handler: Handler, fields: Fields) -> int | None:
        if handler.command == "PUT":
            self.count += 1
            if self.count in self.numbers:
                self.act()
        return None


def interrupted(number: int, writes: tuple[int, ...], *options: str) -> tuple[int, str, bytes]:
    """Run a check, and send it a signal at some of its writes."""
    started = threading.Event()
    pids: list[int] = []

    def act() -> None:
        started.wait()
        os.kill(pids[0], number)

    made = Resource(decide=Trap(act, *writes), merges=False)
    with serving(made) as server:
        command = [*COMMAND, server.url, "--write", *(options or ("--field", "text"))]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            pids.append(process.pid)
            started.set()
            said = process.communicate()[0]
        return process.returncode, said, server.text


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_check_and_the_resource_is_put_back(number: signal.Signals) -> None:
    status, said, held = interrupted(number, (30,))
    assert status == 2
    assert f"the check was interrupted ({number.name}), and the resource is as it was" in said
    assert json.loads(held) == FIRST
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_second_ctrl_c_does_not_stop_the_putting_back() -> None:
    status, said, held = interrupted(signal.SIGINT, (30, 31, 32, 33))
    assert status == 2
    assert "(SIGINT), and the resource is as it was" in said
    assert json.loads(held) == FIRST


@pytest.mark.slow
def test_a_signal_while_the_bodies_are_tried(tmp_path: Any) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    for path, body in zip(files, BODIES, strict=True):
        path.write_bytes(body)
    options = [word for path in files for word in ("--body", str(path))]
    status, said, held = interrupted(signal.SIGTERM, (4,), *options)
    assert status == 2
    assert "(SIGTERM), and the resource is as it was" in said
    assert json.loads(held) == FIRST


@pytest.mark.slow
def test_a_signal_within_the_race() -> None:
    status, said, held = interrupted(signal.SIGINT, (170,), "--field", "text", "--rounds", "40")
    assert status == 2
    assert "(SIGINT), and the resource is as it was" in said
    assert json.loads(held) == FIRST


def at_writes(
    what: Callable[[Resource, Handler], int | None], first: int, last: int
) -> Callable[..., int | None]:
    """Do something at some writes, by their number."""
    count = 0

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        nonlocal count
        if handler.command != "PUT":
            return None
        count += 1
        return what(resource, handler) if first <= count <= last else None

    return decide


def drop(resource: Resource, handler: Handler) -> int:
    """Write, and close the connection."""
    resource.docs[handler.path] = handler.new
    return 0


def fail(resource: Resource, handler: Handler) -> int:
    """Write, and answer 500."""
    resource.docs[handler.path] = handler.new
    return 500


@pytest.mark.parametrize("what", [drop, fail])
@pytest.mark.parametrize("first", sample([3, 5, 30], every=3))
def test_a_write_that_is_done_and_not_acknowledged_is_undone(
    what: Callable[[Resource, Handler], int], first: int
) -> None:
    made = Resource(decide=at_writes(what, first, first + 4), merges=False)
    with serving(made) as server:
        report: CheckReport | None = None
        said = ""
        try:
            report = check(server.url, write=True, field="text", rounds=2)
        except Unusable as error:
            said = str(error)
        assert json.loads(server.text) == FIRST
    assert report is not None or "as it was" not in said


@pytest.mark.slow
def test_a_write_under_way_that_lands_after_the_putting_back_is_undone() -> None:
    late: list[bytes] = []

    def delay(resource: Resource, handler: Handler) -> int:
        late.append(handler.new)
        return 0

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        status = delaying(resource, handler, fields)
        # The first look at what was put back has been answered when the late write lands.
        if late and handler.command == "GET" and json.loads(resource.text) == FIRST:
            threading.Thread(target=land, args=[resource, late.pop()]).start()
            late.clear()
        return status

    def land(resource: Resource, body: bytes) -> None:
        with resource.lock:
            resource.docs["/thing"] = body

    delaying = at_writes(delay, 150, 155)
    with serving(Resource(decide=decide, merges=False)) as server:
        report = check(server.url, write=True, field="text", rounds=2)
        assert json.loads(server.text) == FIRST
    assert report.not_restored is None
    assert late == []


@pytest.mark.slow
def test_a_412_to_the_putting_back_is_tried_again() -> None:
    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_back = handler.command == "PUT" and json.loads(handler.new) == FIRST
        is_after = len([1 for method, _, _ in resource.sent if method == "PUT"]) > 100
        if is_back and is_after and refusals:
            return refusals.pop()
        return None

    refusals = [412, 412, 412]
    with serving(Resource(decide=decide, merges=False)) as server:
        report = check(server.url, write=True, field="text", rounds=2)
        assert json.loads(server.text) == FIRST
    assert refusals == []
    assert report.not_restored is None


def test_what_is_gone_is_made_again() -> None:
    def removes(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        if handler.command == "PUT" and field_of(fields, "If-Match") == '"stale"':
            resource.docs.pop("/thing", None)
            return 204
        return None

    with serving(Resource(decide=removes, merges=False)) as server:
        report = check(server.url, write=True, field="text", rounds=2)
        assert json.loads(server.text) == FIRST
    assert report.not_restored is None


@pytest.mark.slow
def test_what_cannot_be_put_back_is_printed() -> None:
    def stuck(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_back = handler.command == "PUT" and json.loads(handler.new) == FIRST
        is_after = len([1 for method, _, _ in resource.sent if method == "PUT"]) > 100
        return 507 if is_back and is_after else None

    with serving(Resource(decide=stuck, merges=False)) as server:
        report = check(server.url, write=True, field="text", rounds=2)
    assert report.conclusion == "violates"
    assert report.not_restored
    assert "It was: " in report.not_restored
    assert json.dumps(json.dumps(FIRST)) in report.not_restored
