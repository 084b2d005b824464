"""``flask preconditions check URL``: the table played at a server that is not ours."""

import json
import threading
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from click.testing import Result
from flask import Flask
from flask import request

from flask_preconditions import ABSENT
from flask_preconditions import EntityTag
from flask_preconditions import Validators
from flask_preconditions import evaluate
from flask_preconditions.cli import preconditions
from flask_preconditions.testing.clients import serving


@pytest.mark.parametrize("option", ["--field", "--absent", "--timeout", "--method"])
def test_an_option_of_one_value_that_is_given_twice_is_refused(option: str) -> None:
    value = {"--timeout": "1", "--method": "PUT"}.get(option, "text")
    given = ["check", "http://127.0.0.1:9/", "--write", option, value, f"{option}={value}"]
    done = CliRunner().invoke(preconditions, given)
    assert done.exit_code == 2
    assert f"{option} is given 2 times, and takes one value; type it once" in done.output
    assert f"check … {option} {option[2:].upper()}" in done.output


class Server:
    """A server with one resource, right but for what a test makes wrong."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.content: dict[str, Any] = {"name": "1", "text": "as it was"}
        self.revision = 1
        self.created = False
        self.required = True
        self.faults: set[str] = set()
        self.methods: set[str] = set()
        self.writers: threading.Barrier | None = None
        self.lock = threading.Lock()
        self.url = ""

    def tag(self) -> EntityTag:
        return EntityTag(str(self.revision), weak="weak" in self.faults)

    def answer(self) -> Any:
        if self.writers:
            return self.perform()
        with self.lock:  # check and write are one step
            return self.perform()

    def perform(self) -> Any:
        self.methods.add(request.method)
        if "locked" in self.faults and "Authorization" not in request.headers:
            return "", 401
        state = Validators(self.tag())
        fields = [] if "ignores" in self.faults else list(request.headers)
        required = self.required and "ignores" not in self.faults
        decision = evaluate(request.method, fields, state, required=required)
        headers = {"ETag": str(state.etag)}
        if decision.status:
            return "", decision.status, headers
        if request.method in ("GET", "HEAD"):
            return self.content, 200, headers
        sent = json.loads(request.data)
        if "strict" in self.faults and "name" in sent:
            return "", 422
        if "frozen" in self.faults and sent["text"] != "as it was":
            return {"error": "this text may not change"}, 422
        if self.writers and sent["text"].startswith("as it was race"):
            self.writers.wait()  # both have been checked, and neither has written
        if "appends" in self.faults:
            sent["text"] += "!"
        self.content = {**self.content, **sent}
        self.revision += 1
        return "", 204

    def answer_free(self) -> Any:
        with self.lock:
            return self.perform_free()

    def perform_free(self) -> Any:
        state = Validators(EntityTag("new")) if self.created else ABSENT
        decision = evaluate(request.method, list(request.headers), state, required=self.required)
        if decision.status:
            return "", decision.status
        if request.method == "PUT" and not self.created:
            self.created = True
            return "", 201
        if not self.created:
            return "", 404
        self.created = request.method != "DELETE"
        if request.method in ("PUT", "DELETE"):
            return "", 204
        return "here", 200, {"ETag": '"new"'}


@pytest.fixture
def server() -> Iterator[Server]:
    app = Flask(__name__)
    made = Server(app)
    app.route("/thing", methods=["GET", "PUT"])(made.answer)
    app.route("/free", methods=["GET", "PUT", "DELETE"], endpoint="free")(made.answer_free)
    with serving(app) as url:
        made.url = f"{url}/thing"
        yield made


def run(server: Server, *options: str) -> Result:
    return CliRunner().invoke(preconditions, ["check", server.url, *options])


def test_reading_alone_sends_no_write(server: Server) -> None:
    result = run(server)
    assert result.exit_code == 0, result.output
    assert server.methods <= {"GET", "HEAD", "OPTIONS", "TRACE"}
    assert "PUT is sent with --write" in result.output
    assert "conforms: 0 findings; 0 of" in result.output


def test_with_write_it_is_overwritten_and_put_back(server: Server) -> None:
    result = run(server, "--write", "--field", "text", "--absent", "/free")
    assert result.exit_code == 0, result.output
    assert server.revision > 40
    assert server.content == {"name": "1", "text": "as it was"}
    assert not server.created
    assert "A write without a condition is refused." in result.output
    assert "Race: one writer was acknowledged in 20 of 20 rounds, never both." in result.output


def test_a_server_that_asks_for_nothing_is_found_out(server: Server) -> None:
    server.required = False
    result = run(server, "--write", "--field", "text", "--rounds", "1")
    assert result.exit_code == 0, result.output
    assert "A write without a condition is performed." in result.output


def test_a_violation_is_told_with_its_clause_and_its_exchange(server: Server) -> None:
    server.faults = {"ignores"}
    result = run(server, "--write", "--field", "text", "--rounds", "1")
    assert result.exit_code == 1
    assert "violates: " in result.output
    assert "MUST  PUT ignores If-Match (RFC 9110 §13.1.1)" in result.output
    assert "MUST, RFC 9110 §13.1.1 If-Match: https://" in result.output
    assert "  Seen:     204 NO CONTENT, and the resource was changed" in result.output
    assert "   curl -sS -i -X PUT -H 'If-Match: \"stale\"'" in result.output
    assert '> If-Match: "stale"' in result.output
    assert server.content["text"] == "as it was"


def test_two_writers_who_are_both_acknowledged_are_a_lost_update(server: Server) -> None:
    server.writers = threading.Barrier(2)
    result = run(server, "--write", "--field", "text", "--rounds", "1")
    assert result.exit_code == 1
    assert "in 1 of 1 rounds both writers were acknowledged" in result.output
    assert "0 of" in result.output  # no vector sees it
    assert "and updates get lost" in result.output


def test_two_bodies_do_where_nothing_is_known_of_the_content(server: Server, tmp_path: Any) -> None:
    server.faults = {"strict"}
    server.content = {"name": "1", "text": "a"}
    refused = run(server, "--write", "--field", "text", "--rounds", "1")
    assert refused.exit_code == 2
    assert "--body FILE --body FILE" in refused.stderr
    files = []
    for name, text in (("one", "one"), ("two", "two"), ("now", "a")):
        files.append(tmp_path / name)
        files[-1].write_text(json.dumps({"text": text}))
    bodies = ["--body", str(files[0]), "--body", str(files[1])]
    result = run(server, "--write", *bodies, "--restore", str(files[2]), "--rounds", "2")
    assert result.exit_code == 0, result.output + result.stderr
    assert server.content == {"name": "1", "text": "a"}


def test_what_cannot_be_put_back_is_not_begun(server: Server) -> None:
    server.faults = {"appends"}
    result = run(server, "--write", "--field", "text", "--rounds", "1")
    assert result.exit_code == 2
    assert "--restore FILE" in result.stderr
    assert "as it was" in result.stderr
    assert server.revision == 2  # the one write that tried


@pytest.mark.parametrize("fault", ["strict", "frozen"])
@pytest.mark.parametrize("required", [True, False])
def test_a_content_that_is_refused_is_told_by_that_and_not_by_a_428(
    server: Server, fault: str, required: bool
) -> None:
    server.faults, server.required = {fault}, required
    result = run(server, "--write", "--field", "text", "--rounds", "1")
    assert result.exit_code == 2
    assert "422 UNPROCESSABLE ENTITY" in result.stderr
    assert "428" not in result.stderr
    assert "--body FILE" in result.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "send what it asks for: -H 'Authorization"),
        (("-H", "Authorization Bearer"), "has no colon"),
        (("--absent", "http://elsewhere.example/x"), "is at another server"),
    ],
)
def test_a_target_that_cannot_be_used_says_what_to_do(
    server: Server, options: tuple[str, ...], said: str
) -> None:
    if not options:
        server.faults = {"locked"}
    result = run(server, *options)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_field_goes_with_every_request(server: Server) -> None:
    server.faults = {"locked"}
    result = run(
        server, "-H", "Authorization: Bearer x", "--write", "--field", "text", "--rounds", "1"
    )
    assert result.exit_code == 0, result.output


def test_nobody_there_is_unusable() -> None:
    result = CliRunner().invoke(preconditions, ["check", "http://127.0.0.1:9/thing"])
    assert result.exit_code == 2
    assert "does not answer" in result.stderr


def test_a_weak_tag_gets_the_vectors_that_are_about_one(server: Server) -> None:
    server.faults = {"weak"}
    result = run(server, "--format", "json")
    assert result.exit_code == 0
    found = {row["id"]: row["verdict"] for row in json.loads(result.output)["results"]}
    assert found["if-none-match-weak-current-weak-sent"] == "pass"
    assert found["if-match-current-tag-get"] == "skip"


def test_a_race_that_nobody_can_win_proves_nothing(server: Server) -> None:
    server.faults = {"weak"}
    result = run(server, "--write", "--field", "text", "--rounds", "2")
    assert "in 2 rounds no writer was acknowledged" in result.output


def test_junit_has_a_case_for_each_vector(server: Server) -> None:
    server.faults = {"ignores"}
    result = run(server, "--write", "--field", "text", "--rounds", "1", "--format", "junit")
    suite = ElementTree.fromstring(result.output)
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    failure = cases["if-match-stale-tag"].find("failure")
    assert failure is not None
    assert "If-Match" in (failure.text or "")
    assert int(suite.get("tests", "0")) == len(cases)
    assert int(suite.get("failures", "0")) == len(list(suite.iter("failure")))
    assert cases["lost-update"].find("failure") is not None
    assert cases["restored"].find("failure") is None


def test_sarif_carries_request_and_response(server: Server) -> None:
    server.faults = {"ignores"}
    result = run(server, "--write", "--field", "text", "--rounds", "1", "--format", "sarif")
    log = json.loads(result.output)["runs"][0]
    rules = {rule["id"] for rule in log["tool"]["driver"]["rules"]}
    assert {row["ruleId"] for row in log["results"]} == rules
    row = next(row for row in log["results"] if row["ruleId"] == "put-performed-if-match-basic")
    assert "if-match-stale-tag" in row["properties"]["vectors"]
    assert row["webRequest"]["headers"]["If-Match"] == '"stale"'
    assert row["webResponse"]["statusCode"] == 204
    assert row["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == server.url


def test_strict_judges_what_the_law_leaves_open(server: Server) -> None:
    assert run(server, "--write", "--field", "text", "--rounds", "1").exit_code == 0
    strict = run(server, "--write", "--field", "text", "--rounds", "1", "--strict")
    assert strict.exit_code == 1  # its refusals are no problem documents
    assert "application/problem+json" in strict.output
