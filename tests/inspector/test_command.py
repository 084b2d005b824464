"""``flask preconditions inspect``: its sources, its exit status, its mistakes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result

from flask_preconditions.cli import preconditions
from flask_preconditions.inspector import load_rules
from flask_preconditions.simulator import create_app
from flask_preconditions.testing.clients import serving

from .samples import DOC

LOST = """
> GET /docs/1
< 200 OK
< ETag: "1"

text
> PUT /docs/1
> If-Match: "0"
< 204 No Content
"""


def run(*arguments: str, text: str | bytes = "") -> Result:
    return CliRunner().invoke(preconditions, ["inspect", *arguments], input=text)


def test_a_transcript_comes_on_the_standard_input() -> None:
    done = run("-", text=LOST)
    assert done.exit_code == 0
    assert "WARNING  unknown-performed (RFC 9110 §13.1.1)" in done.output
    assert '      exchange 1: < ETag: "1"\n      > If-Match: "0"\n' in done.output
    assert done.output.startswith("the standard input\n1 warning in 2 exchanges.\n")
    assert "\n\n\n" not in done.output


def test_what_is_piped_in_needs_no_name() -> None:
    assert run(text=LOST).output == run("-", text=LOST).output
    assert run().exit_code == 2


def test_a_terminal_is_asked_for_a_source() -> None:
    ours, theirs = os.openpty()
    with os.fdopen(ours), os.fdopen(theirs, "rb", buffering=0) as terminal:
        command = [sys.executable, "-m", "flask", "preconditions", "inspect"]
        done = subprocess.run(command, stdin=terminal, capture_output=True, text=True)
    assert done.returncode == 2
    assert "give SOURCE (a URL, a file, or -), or --rule ID" in done.stderr


@pytest.mark.parametrize(
    ("field", "method", "status"),
    [("If-Match", "PUT", "400 Bad Request"), ("If-None-Match", "GET", "200 OK")],
)
def test_forgotten_quotes_are_told_with_what_to_type(field: str, method: str, status: str) -> None:
    done = run(text=f"> {method} /docs/1\n> {field}: abc\n< {status}\n\ntext\n")
    assert f"      > {field}: abc\n" in done.output
    assert f"""curl -H '{field}: "v1"'.\n""" in done.output


def test_the_text_of_an_issue_ends_with_one_line_break() -> None:
    assert run("--format", "markdown", text=LOST).output.endswith(
        "`flask preconditions inspect`.\n"
    )


@pytest.mark.parametrize(
    ("text", "options", "status"),
    [
        (LOST, (), 0),
        (LOST, ("--fail-on", "warning"), 1),
        (LOST.replace("< ETag: ", "< ETag: x"), (), 1),
        (LOST.replace("< ETag: ", "< ETag: x"), ("--fail-on", "never"), 0),
    ],
)
def test_the_exit_status_tells_how_grave_it_is(
    text: str, options: tuple[str, ...], status: int
) -> None:
    assert run("-", *options, text=text).exit_code == status


def test_a_file_is_a_har_or_a_transcript(tmp_path: Path) -> None:
    file = tmp_path / "exchange.txt"
    file.write_text(LOST)
    assert "unknown-performed" in run(str(file)).output
    har = tmp_path / "exchange.har"
    asked = {"method": "GET", "url": "http://h/1", "headers": []}
    etag = [{"name": "ETag", "value": "1"}]
    answered = {"status": 200, "headers": etag, "content": {"text": "x"}}
    har.write_text(json.dumps({"log": {"entries": [{"request": asked, "response": answered}]}}))
    assert "etag-malformed" in run(str(har)).output


def test_a_url_is_read_and_never_written() -> None:
    app = create_app()
    methods = []
    app.before_request(lambda: methods.append(__import__("flask").request.method))
    with serving(app) as origin:
        fields = ("-H", "Authorization: Bearer s3cr3t", "-H", "X-Tenant: t3nant")
        done = run(f"{origin}{DOC}?fault=cacheable", *fields)
        sarif = run(f"{origin}{DOC}?fault=cacheable", *fields, "--format", "sarif")
    assert done.exit_code == 0
    assert "refusal-may-be-kept" in done.output
    assert "  no write was sent\n" in done.output
    assert set(methods) == {"GET", "HEAD", "OPTIONS"}
    assert "s3cr3t" not in done.output + sarif.output
    assert '"X-Tenant": "[masked]"' in sarif.output
    assert "t3nant" not in sarif.output


@pytest.mark.parametrize(
    ("source", "text", "says"),
    [
        ("-", "", "no response is in it"),
        ("-", "hello\n", "record with curl -i or curl -v"),
        ("-", "HTTP/1.1 200 OK\nETag\n\n", "line 2 of the transcript"),
        ("-", '{"log": 1}', "this is no HAR"),
        ("no-such.har", "", "give a file, -, or a URL that begins with http://"),
        ("http://127.0.0.1:1/", "", "cannot be asked"),
        ("http://user:pw@127.0.0.1/", "", "carries a user name or a password"),
    ],
)
def test_what_cannot_be_looked_at_is_told_with_what_to_do(
    source: str, text: str, says: str
) -> None:
    done = run(source, text=text)
    assert done.exit_code == 2
    assert done.output.startswith("Error: ")
    assert says in done.output


def test_a_redirect_is_followed_by_nobody() -> None:
    with serving(create_app()) as origin:
        done = run(f"{origin}{DOC}?fault=redirect")
    assert done.exit_code == 2
    assert "GET is 302; it points to ?cors=on; inspect a resource" in done.output


def test_fields_are_of_a_url_alone() -> None:
    done = run("-", "-H", "A: b", text=LOST)
    assert (done.exit_code, "-H is for a URL" in done.output) == (2, True)


def test_octets_that_are_no_text_are_read_all_the_same() -> None:
    done = run("-", text=b'> GET /docs/1\n< 200 OK\n< ETag: "\xe9"\n\n\xff\xfe\x00\n')
    assert done.exit_code == 0


def test_a_rule_is_told_with_its_exchanges() -> None:
    for rule in load_rules():
        done = run("--rule", rule.id)
        assert done.exit_code == 0
        assert rule.source.url in done.output
        assert "    Passes:\n" in done.output
        assert "    Fails:\n" in done.output
    done = run("--rule", "etag-malfromed")
    assert done.exit_code == 1
    assert "did you mean etag-malformed?" in done.output


def test_one_of_source_and_rule_is_given() -> None:
    assert run("-", "--rule", "etag-weak").exit_code == 2


def test_httplint_adds_notes() -> None:
    text = "> GET http://h/1\n< 200 OK\n< Date: yesterday\n< Content-Type: text/plain\n\ntext\n"
    done = run("-", "--httplint", text=text)
    assert done.exit_code == 0
    assert "NOTE     httplint-" in done.output
    assert "httplint-" not in run("-", text=text).output


def test_without_httplint_its_option_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flask_preconditions.inspector.linting.find_spec", lambda name: None)
    done = run("-", "--httplint", text=LOST)
    assert done.exit_code == 2
    assert "pip install 'flask-preconditions[inspect]'" in done.output
