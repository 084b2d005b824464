"""A suite that cannot fail proves nothing: servers with a planted fault are caught."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask import Response
from flask import request
from werkzeug.serving import make_server

from flask_preconditions import EntityTag
from flask_preconditions import Validators
from flask_preconditions import evaluate
from flask_preconditions.conformance import load_vectors
from flask_preconditions.conformance.races import run_lost_updates
from flask_preconditions.conformance.verdicts import Verdict
from flask_preconditions.conformance.wire import Client
from flask_preconditions.core import ABSENT
from snippets.tools.documents import DocumentsServer

VECTORS = load_vectors()


@contextmanager
def running(app: Flask) -> Iterator[Client]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Client(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def faulty(fault: str, gate: threading.Barrier | None = None) -> Flask:
    """A documents API in memory, right but for one fault."""
    app = Flask(__name__)
    docs: dict[str, tuple[int, dict[str, str]]] = {}
    versions = iter(range(1, 1_000_000))

    @app.route("/docs/<name>", methods=["GET", "PUT", "PATCH", "DELETE"])
    def doc(name: str) -> Any:
        seen = docs.get(name)
        fields = dict(request.headers)
        if fault == "unquoted" and fields.get("If-Match", "").isdecimal():
            fields["If-Match"] = f'"{fields["If-Match"]}"'
        if fault == "weak" and "If-Match" in fields:
            fields["If-Match"] = fields["If-Match"].replace("W/", "")
        if fault == "ignored":
            fields = {}
        state = Validators(EntityTag(str(seen[0]))) if seen else ABSENT
        decision = evaluate(request.method, fields, state, required=fault != "optional")
        if fault == "ignored" and decision.status == 428:
            decision = evaluate(request.method, {}, state)
        if decision.status and not (fault == "writes" and decision.status == 412):
            return problem(decision.status, state, fault)
        if request.method == "GET":
            if not seen:
                return "", 404
            return seen[1], 200, {"ETag": f'"{seen[0]}"'}
        if not seen and request.method != "PUT":
            return "", 404
        if request.method == "DELETE":
            del docs[name]
            return "", 204
        if gate and seen:
            gate.wait()
        docs[name] = next(versions), (seen[1] if seen else {}) | json.loads(request.data)
        if decision.status:
            return problem(decision.status, state, fault)
        return "", 204 if seen else 201

    return app


def problem(status: int, state: object, fault: str) -> Response:
    headers = {"Cache-Control": "no-store"}
    if isinstance(state, Validators) and status == 412 and fault != "no tag":
        headers["ETag"] = str(state.etag)
    if isinstance(state, Validators) and status == 304:
        headers["ETag"] = str(state.etag)
    kind = "text/html" if fault == "html" else "application/problem+json"
    response = Response("" if status == 304 else "{}", status, headers, content_type=kind)
    if status == 304:
        del response.headers["Content-Type"]
    return response


def needs_date(vector: Any) -> bool:
    return any("{date" in value for _, value in vector.fields)


@pytest.mark.parametrize(
    ("fault", "caught"),
    [
        ("unquoted", "if-match-malformed-unquoted"),
        ("weak", "if-match-weak-form"),
        ("ignored", "if-match-stale-tag"),
        ("writes", "if-match-stale-tag"),
        ("optional", "required-put"),
        ("no tag", "if-match-412-tells"),
        ("html", "if-match-412-tells"),
    ],
)
def test_a_fault_is_caught_by_a_vector(fault: str, caught: str) -> None:
    vectors = [v for v in VECTORS if v.group in ("if-match", "required") and not needs_date(v)]
    with running(faulty("none")) as client:
        sound = {r.vector.id: r for r in DocumentsServer(client).play_all(vectors)}
    with running(faulty(fault)) as client:
        found = {r.vector.id: r for r in DocumentsServer(client).play_all(vectors)}
    assert sound[caught].verdict is Verdict.PASS, sound[caught].explain()
    assert found[caught].verdict is Verdict.FAIL
    explained = found[caught].explain()
    assert caught in explained
    assert "> PUT /docs/" in explained
    assert "RFC" in explained


def test_a_check_apart_from_its_write_loses_updates_and_the_report_names_them() -> None:
    # Two writers stand between check and write at once, so one of them is overwritten.
    with running(faulty("none", threading.Barrier(2))) as client:
        client.send("PUT", "/docs/race", [("If-None-Match", "*")], b'{"title":"t","body":""}')
        report = run_lost_updates(client, "/docs/race", clients=2, rounds=1)
    assert len(report.acknowledged) == 2
    assert len(report.lost) == 1
    assert report.lost < {"0-0-0", "1-0-0"}
    assert "1 lost" in str(report)


def test_a_server_that_cannot_be_set_up_is_no_failed_vector() -> None:
    with running(Flask(__name__)) as client, pytest.raises(ConnectionError, match="set up"):
        list(DocumentsServer(client).play_all(VECTORS[:1]))
