"""HAR files of browsers and proxies, with their traps."""

import base64
import json
from typing import Any

import pytest

from flask_preconditions import SetupError
from flask_preconditions.lab import Run
from flask_preconditions.lab import load_lessons
from flask_preconditions.lab.player import Player
from flask_preconditions.recorded.har import read_har
from flask_preconditions.recorded.har import write_har
from flask_preconditions.simulator import create_app

LESSON = load_lessons()[0]


def entry(**response: Any) -> dict[str, Any]:
    return {
        "request": {
            "method": "GET",
            "url": "http://127.0.0.1:5413/api/lab/me/docs/welcome",
            "headers": [
                {"name": ":method", "value": "GET"},
                {"name": "accept-encoding", "value": "gzip"},
            ],
        },
        "response": {"status": 200, "headers": [], **response},
    }


def har(*entries: dict[str, Any]) -> str:
    return json.dumps({"log": {"version": "1.2", "entries": entries}})


def test_content_is_taken_as_it_is_and_pseudo_fields_are_left_out() -> None:
    fields = [{"name": "content-encoding", "value": "gzip"}, {"name": "ETag", "value": '"1"'}]
    coded = base64.b64encode(b'{"a": 1}').decode()
    content = {"text": coded, "encoding": "base64"}
    [exchange] = read_har(har(entry(headers=fields, content=content)))
    assert exchange.response.body == b'{"a": 1}'
    assert exchange.response.fields == (("ETag", '"1"'),)
    assert exchange.fields == (("accept-encoding", "gzip"),)


def test_what_was_never_answered_is_left_out() -> None:
    # Chrome writes status 0 for what was blocked, as by CORS.
    assert read_har(har(entry(status=0))) == []


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"log": {"entries": [1]}}', '{"log": null}', "[" * 100_000]
)
def test_what_is_no_har_is_refused(text: str) -> None:
    with pytest.raises(SetupError, match="this is no HAR"):
        read_har(text)


def test_an_address_that_cannot_be_read_is_no_exchange_of_the_lab() -> None:
    strange = entry()
    strange["request"]["url"] = "http://[/docs/welcome"
    assert Run(LESSON).feed(read_har(har(strange))[0]) is None


def test_what_was_written_reads_the_same_and_has_no_credentials() -> None:
    exchanges = [e for e, _ in Player(create_app()).solve(Run(LESSON))]
    text = write_har(exchanges, "http://127.0.0.1")
    again = read_har(text)
    run = Run(LESSON)
    for exchange in again:
        run.feed(exchange)
    assert run.step is None
    assert "cookie" not in text.lower().replace('"cookies"', "")
