import logging
from typing import Any

import pytest
from blinker import Signal
from flask import Flask

import flask_preconditions as fp

from .conftest import MakeClient
from .conftest import Store


@pytest.mark.parametrize(
    ("signal", "method", "headers", "reason"),
    [
        (fp.precondition_passed, "PUT", {"If-Match": '"v1"'}, None),
        (fp.precondition_failed, "PUT", {"If-Match": '"v0"'}, "changed"),
        (fp.precondition_required, "PUT", {}, None),
        (fp.precondition_malformed, "PUT", {"If-Match": "v1"}, "malformed"),
        (fp.not_modified, "GET", {"If-None-Match": '"v1"'}, "exists"),
    ],
)
def test_each_outcome_has_its_signal(
    make_client: MakeClient,
    signal: Signal,
    method: str,
    headers: dict[str, str],
    reason: str | None,
) -> None:
    client = make_client()
    heard: list[tuple[object, Any]] = []

    def listen(sender: object, **evidence: Any) -> None:
        heard.append((sender, evidence))

    with signal.connected_to(listen):
        client.open("/article", method=method, headers=headers)
    [(sender, evidence)] = heard
    assert sender is client.application
    assert evidence["endpoint"] == "view"
    assert evidence["decision"].reason == reason


def test_a_lost_race_is_signalled_as_failed_with_its_own_reason(
    store: Store, make_client: MakeClient
) -> None:
    store.rows = 0
    reasons: list[str | None] = []

    def listen(sender: object, decision: fp.Decision, endpoint: str) -> None:
        reasons.append(decision.reason)

    with fp.precondition_failed.connected_to(listen):
        make_client().put("/article", headers={"If-Match": '"v1"'})
    assert reasons == ["lost-race"]


def test_a_request_without_conditions_is_silent(make_client: MakeClient) -> None:
    heard: list[object] = []
    with fp.precondition_passed.connected_to(heard.append):
        make_client().get("/article")
    assert heard == []


def test_a_refused_write_is_logged_and_a_304_is_not(
    make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client({"PRECONDITIONS_LOG_LEVEL": "ERROR"})
    client.get("/article", headers={"If-None-Match": '"v1"'})
    assert caplog.records == []
    problem = client.put("/article", headers={"If-Match": '"v0"'}).json
    [record] = caplog.records
    assert (record.name, record.levelno) == ("flask_preconditions", logging.ERROR)
    words = "PUT /article refused: failed (412) by If-Match, changed"
    assert record.getMessage() == f"{words} [{problem['instance']}]"


def test_no_path_writes_a_line_of_its_own_into_the_log(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    app = Flask(__name__)
    guard = fp.require_match(lambda name: store.load(), etag="rev")
    app.add_url_rule("/<name>", "save", guard(lambda name: ""), methods=["PUT"])
    app.test_client().put(f"/a%0d%0aWARNING%1b[31m\u2028{'x' * 100_000}")
    [record] = caplog.records
    assert len(record.getMessage()) < 500
    assert record.getMessage().isprintable()


def test_require_warn_signals_what_it_lets_through(make_client: MakeClient) -> None:
    client = make_client(require="warn")
    heard: list[object] = []

    def listen(sender: object, **evidence: Any) -> None:
        heard.append(sender)

    with fp.precondition_required.connected_to(listen):
        client.put("/article")
    assert heard == [client.application]
