"""Transcripts of curl and messages as an RFC shows them, with their traps."""

import json
import shutil
import subprocess

import pytest

from flask_preconditions.recorded import read_transcript
from flask_preconditions.recorded.commands import read_command
from flask_preconditions.recorded.commands import split_words
from flask_preconditions.recorded.exchange import Recorded
from flask_preconditions.simulator import create_app
from flask_preconditions.testing.clients import serving
from tests.needs import need

DOC = "/api/lab/me/docs/welcome"


def only(text: str) -> Recorded:
    [found] = read_transcript(text)
    return found


def test_what_curl_showed_at_a_server_is_read() -> None:
    need("curl")
    curl = shutil.which("curl")
    assert curl
    with serving(create_app()) as origin:
        line = [
            "-X",
            "PUT",
            "-H",
            'If-Match: "0"',
            "-d",
            '{"title": "a", "body": "b"}',
            origin + DOC,
        ]
        verbose = subprocess.run([curl, "-sv", *line], capture_output=True, text=True)
        plain = subprocess.run([curl, "-si", *line], capture_output=True, text=True)
    first = only(verbose.stderr + verbose.stdout)
    second = only(f"$ curl -i -X PUT -H 'If-Match: \"0\"' -d '{{}}' {origin + DOC}\n{plain.stdout}")
    assert (first.method, first.status, dict(first.sent)["If-Match"]) == ("PUT", 412, '"0"')
    assert (second.method, second.status, dict(second.sent)["If-Match"]) == ("PUT", 412, '"0"')
    assert first.url == f"//{origin.removeprefix('http://')}{DOC}"
    assert second.url == origin + DOC
    assert first.content
    assert second.content
    assert b'"reason"' in first.content
    assert (first.body, second.body) == (None, b"{}")
    # The instance, a random name of the occurrence, makes the contents differ.
    assert len(first.content) == len(second.content)


def test_what_curl_says_behind_the_content_is_no_part_of_it() -> None:
    need("curl")
    with serving(create_app()) as origin:
        done = subprocess.run(
            ["curl", "-sv", "-X", "PUT", origin + DOC],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    found = only(done.stdout)
    assert found.status == 428
    assert found.content is not None
    assert json.loads(found.content)["status"] == 428
    assert only("> GET /1\n< 200 OK\n< \n{}* Connection #0 to host h left intact").content == b"{}"


def test_a_response_alone_has_no_request() -> None:
    found = only('HTTP/2 412 \r\netag: "2"\r\n\r\nchanged\r\n')
    assert (found.method, found.url, found.status, found.phrase) == ("", "", 412, "")
    assert found.got == (("etag", '"2"'),)
    assert found.content == b"changed"


def test_interim_answers_and_tunnels_are_left_out() -> None:
    text = "HTTP/1.1 200 Connection established\n\nHTTP/1.1 100 Continue\n\n"
    text += "HTTP/1.1 103 Early Hints\nLink: </a>\n\nHTTP/1.1 204 No Content\n\n"
    assert only(text).status == 204


def test_each_answer_of_a_redirect_is_an_exchange() -> None:
    text = (
        "$ curl -iL http://h/old\nHTTP/1.1 302 Found\nLocation: /new\n\nHTTP/1.1 200 OK\n\ntext\n"
    )
    first, second = read_transcript(text)
    assert (first.method, first.status, second.method, second.status) == ("GET", 302, "", 200)


def test_a_message_may_have_content_and_folded_lines() -> None:
    found = only(
        'PUT /docs/1?a=b HTTP/1.1\nHost: h\nIf-Match: "1",\n "2"\n\n{\n\n}\n'
        "HTTP/1.1 204 No Content\n\n"
    )
    assert dict(found.sent)["If-Match"] == '"1", "2"'
    assert (found.url, found.body) == ("//h/docs/1?a=b", b"{\n\n}")


def test_content_that_went_somewhere_else_is_unknown() -> None:
    assert only("> GET /1\n< 200 OK\n< Content-Length: 5\n").content is None
    assert only("> GET /1\n< 200 OK\n< Content-Length: 0\n").content == b""
    assert only("> HEAD /1\n< 200 OK\n< Content-Length: 5\n").content == b""


def test_noise_of_curl_is_no_content() -> None:
    text = "* Trying\n> GET /1 HTTP/1.1\n> \n  % Total\n{ [5 bytes data]\n"
    text += "< HTTP/1.1 200 OK\n< \n* Left\ntext\n"
    assert only(text).content == b"text"


@pytest.mark.parametrize(
    ("line", "method", "fields"),
    [
        ("curl http://h/1", "GET", ()),
        ("curl -sSiXPUT h/1 -H'If-Match: \"1\"'", "PUT", (("If-Match", '"1"'),)),
        ('curl --request PATCH h/1 --header "If-Match: \\"1\\""', "PATCH", (("If-Match", '"1"'),)),
        ("curl -I h/1", "HEAD", ()),
        ("curl -d a=b h/1", "POST", ()),
        ("curl -G -d a=b h/1", "GET", ()),
        ("curl -T file h/1", "PUT", ()),
        ("curl -o out -u me:pw h/1 -H 'If-Match;'", "GET", (("If-Match", ""),)),
        # What the shell fills in is not known.
        ('curl -X PUT h/1 -H "If-Match: $tag"', "", ()),
        ("curl -X PUT h/1 --etag-compare tag.txt", "", ()),
    ],
)
def test_a_command_tells_its_request(
    line: str, method: str, fields: tuple[tuple[str, str], ...]
) -> None:
    command = read_command(line)
    assert (command.method, command.fields) == (method, fields)
    assert command.url == ("http://h/1" if method else "")


def test_a_command_may_go_over_lines() -> None:
    found = only("$ curl -i \\\n  -X PUT \\\n  http://h/1\nHTTP/1.1 428 Precondition Required\n\n")
    assert (found.method, found.url, found.status) == ("PUT", "http://h/1", 428)


def test_words_are_split_as_a_shell_does() -> None:
    assert split_words("""a 'b c'"d \\" e"\\ f '' "" g""") == ["a", 'b cd " e f', "", "", "g"]


def test_a_long_hostile_transcript_takes_no_long_time() -> None:
    only("HTTP/1.1 200 OK\nETag: " + " " * 200_000 + "x\n\n" + "curl " * 50_000)
