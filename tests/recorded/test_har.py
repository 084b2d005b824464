"""HAR files of browsers and proxies, with their traps."""

import base64
import json
from typing import Any

import pytest

from flask_preconditions import SetupError
from flask_preconditions.lab import Run
from flask_preconditions.lab import load_lessons
from flask_preconditions.lab.player import Player
from flask_preconditions.recorded.exchange import Recorded
from flask_preconditions.recorded.har import read_har
from flask_preconditions.recorded.har import read_recorded
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
    # Chrome writes status 0 for what was blocked, as by CORS, and Playwright -1.
    assert read_har(har(entry(status=0), entry(status=-1))) == []


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


def recorded(*entries: dict[str, Any]) -> list[Recorded]:
    return read_recorded(har(*entries))[0]


def test_the_coding_is_known_though_the_content_is_decoded() -> None:
    fields = [{"name": "content-encoding", "value": "gzip"}]
    [one] = recorded(entry(headers=fields, content={"text": "text", "size": 4}))
    assert (one.got, one.content) == ((("content-encoding", "gzip"),), b"text")
    assert one.is_decoded


@pytest.mark.parametrize(
    ("response", "content"),
    [
        ({"content": {"size": 0}}, b""),
        ({"content": {"size": 10}}, None),  # Chrome, for what it did not keep
        ({"content": {"size": 0, "text": ""}}, b""),  # Firefox
        ({"content": {"size": 10, "text": "", "comment": "too large"}}, None),
        ({}, b""),
        ({"content": {"text": "%%%", "encoding": "base64"}}, None),
        ({"status": 304, "content": {"size": 10, "text": "the stored copy"}}, None),
        ({"status": 304, "content": {"size": 0}}, b""),
    ],
)
def test_content_that_was_not_saved_is_unknown(
    response: dict[str, Any], content: bytes | None
) -> None:
    assert recorded(entry(**response))[0].content == content


def test_what_is_no_exchange_with_a_server_is_left_out_with_the_reason() -> None:
    cached = {**entry(), "_fromCache": "disk"}
    data = entry()
    data["request"] = {**data["request"], "url": "data:text/plain,hello"}
    found, left_out = read_recorded(har(entry(), cached, data, entry(status=0)))
    assert len(found) == 1
    assert [why.split()[0] for why in left_out] == ["the", "it", "it"]
    assert len(set(left_out)) == 3


def test_the_lines_of_one_field_are_lines_again() -> None:
    fields = [{"name": "set-cookie", "value": "a=1\nb=2"}]
    [one] = recorded(entry(headers=fields))
    assert one.got == (("set-cookie", "a=1"), ("set-cookie", "b=2"))


def test_entries_are_put_in_the_order_in_which_they_were_sent() -> None:
    # Charles saves them by host; the offset is the clock's, not the order's.
    late = {**entry(), "startedDateTime": "2026-01-01T12:00:01.500+02:00", "time": 250.0}
    early = {**entry(status=204), "startedDateTime": "2026-01-01T10:00:01.000Z", "time": 100}
    found = recorded(late, early)
    assert [one.status for one in found] == [204, 200]
    assert found[0].began is not None
    assert found[0].ended == pytest.approx(found[0].began + 0.1)


def test_a_byte_order_mark_is_no_part_of_it() -> None:
    assert len(read_recorded("\ufeff" + har(entry()))[0]) == 1


def test_a_read_that_began_before_a_write_was_over_does_not_know_it() -> None:
    def at(second: float, took: float, method: str, **response: Any) -> dict[str, Any]:
        made = entry(**response)
        made["request"] = {**made["request"], "method": method, "headers": []}
        if method == "PUT":
            made["request"]["headers"] = [{"name": "If-Match", "value": '"1"'}]
        return {**made, "startedDateTime": f"2026-01-01T10:00:0{second}Z", "time": took}

    def told(tag: str) -> dict[str, Any]:
        return {"headers": [{"name": "ETag", "value": tag}], "content": {"text": tag}}

    read = at(1.0, 100, "GET", **told('"1"'))
    write = at(2.0, 2000, "PUT", status=204)
    other = at(3.0, 100, "GET", **told('"2"'))  # while the write was still under way
    from flask_preconditions.inspector import Capture
    from flask_preconditions.inspector.inspection import judge

    found = judge(Capture("times", recorded(read, write, other), is_of_resource=False))
    assert [rule.id for _, rule in found if rule.severity == "error"] == []
