"""A report is safe to paste: no secret of who asks, no control character of who answers."""

import base64
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from click.testing import Result

from flask_preconditions.checker import FORMATS
from flask_preconditions.checker import CheckReport
from flask_preconditions.checker import Unusable
from flask_preconditions.checker import check
from flask_preconditions.checker.text import Screen
from flask_preconditions.cli import preconditions
from flask_preconditions.conformance.wire import Exchange
from flask_preconditions.conformance.wire import Response
from tests.needs import need

from .resource import Fields
from .resource import Handler
from .resource import Resource
from .resource import drops
from .resource import field_of
from .resource import serving

TOKEN = "TOKEN-OF-MINE"
BASIC = base64.b64encode(f"ana:{TOKEN}".encode()).decode()
SECRETS = [
    ("Authorization", f"Bearer {TOKEN}"),
    ("Cookie", f"a=1; session={TOKEN}"),
    ("X-CSRF-Token", TOKEN),
]
NASTY = "\x1b]52;c;aGk=\x07\x1b[2J\u202e\u2066\x85\ufffe\U000e0041`</b>|x"


def run(*options: str) -> Result:
    return CliRunner().invoke(preconditions, ["check", *options])


def ignoring(**more: Any) -> Resource:
    return Resource(read=drops("If-Match", methods=("GET", "PUT")), **more)


@pytest.fixture(scope="module", params=SECRETS, ids=[name for name, _ in SECRETS])
def echoed(request: pytest.FixtureRequest) -> CheckReport:
    """What a check finds at a server that says back what it is told."""
    header = request.param

    def echo(resource: Resource, method: str, status: int, fields: dict[str, str]) -> None:
        fields["X-Echo"] = f"{header[1]} {TOKEN}"

    with serving(ignoring(answer=echo, content=lambda body: body + TOKEN.encode())) as server:
        return check(server.url, headers=[header])


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_shows_what_the_fields_of_the_user_say(form: str, echoed: CheckReport) -> None:
    assert echoed.findings
    said = FORMATS[form](echoed)
    assert TOKEN not in said
    assert "[masked]" in said


def test_what_a_secret_is_made_of_is_masked_in_all_its_forms() -> None:
    screen = Screen([("Authorization", f"Basic {BASIC}"), ("X-Key", 'a "b" c')])
    forms = [BASIC, f"ana:{TOKEN}", TOKEN, "a%20%22b%22%20c", r"a \"b\" c", "a &quot;b&quot; c"]
    shown = screen.text(" ".join(forms))
    assert shown == " ".join(["[masked]"] * 6)
    assert Screen([], "http://h/d?access_token=abc123&page=2").text("abc123 page=2") == (
        "[masked] page=2"
    )


def test_what_names_the_server_or_is_a_word_of_any_text_is_not_masked() -> None:
    fields = [("X-Pin", "42"), ("Origin", "http://h:1425"), ("Referer", "http://h:1425/d")]
    url = "http://h:1425/d"
    assert Screen(fields, url).text(url) == url
    assert Screen([("X-Key", "h:14")], url).text(url) == url


def test_a_cookie_of_the_server_and_an_escape_of_php_are_masked() -> None:
    screen = Screen([("Authorization", "Bearer ab/cd+ef")])
    assert screen.text(r"you sent Bearer ab\/cd+ef") == "you sent [masked]"
    told = Response(200, "OK", (("Set-Cookie", "sid=abcdef; Path=/; Secure"),), b"")
    shown = screen.exchange(Exchange("GET", "/d", (), b"", told))
    assert shown.response.fields == (("Set-Cookie", "sid=[masked]; Path=/; Secure"),)


@pytest.mark.parametrize(
    "option", ["--timeout=-1", "--timeout=nan", "--timeout=0", "--deadline=inf", "--rounds=-5"]
)
def test_a_number_that_is_none_is_named(option: str) -> None:
    result = run("http://127.0.0.1:9/d", option)
    assert result.exit_code == 2
    assert f"{option.partition('=')[0]} is" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["http://ana:TOKEN-OF-MINE@127.0.0.1:9/d"],
        ["http://127.0.0.1:9/d", "-H", "Authorization TOKEN-OF-MINE"],
        ["http://127.0.0.1:9/d", "-H", "Authorization: TOKEN-OF-MINEé"],
        ["http://127.0.0.1:9/d", "-H", "Author ization: TOKEN-OF-MINE"],
    ],
)
def test_no_error_shows_a_secret(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert TOKEN not in result.output + result.stderr
    assert "-H" in result.stderr


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/a b?access_token=TOKEN-OF-MINE",
        "http://127.0.0.1:9/d?code=TOKEN-OF-MINE#é",
        "ftp://127.0.0.1/d?code=TOKEN-OF-MINE",
        "http://127.0.0.1:99999/d?code=TOKEN-OF-MINE",
        "http://[::1/d?code=TOKEN-OF-MINE",
        "http://127.0.0.1:9/d;jsessionid=TOKEN-OF-MINE",
        "http://127.0.0.1:9/d#TOKEN-OF-MINE",
    ],
)
@pytest.mark.parametrize("place", ["url", "absent"])
def test_no_error_shows_the_secret_of_a_url(url: str, place: str) -> None:
    if place == "url":
        result = run(url)
    else:
        with serving(Resource()) as server:
            result = run(server.url, "--absent", url)
    assert result.exit_code == 2
    assert TOKEN not in result.output + result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["http://127.0.0.1:9/café?q=ü"], "check 'http://127.0.0.1:9/caf%C3%A9?q=%C3%BC'"),
        (["http://bücher.example/"], "check 'http://xn--bcher-kva.example/'"),
        (["http://127.0.0.1:port/d"], "the URL cannot be read"),
        (["http://127.0.0.1:99999/d"], "the URL cannot be read"),
        (["http://[::1/d"], "the URL cannot be read"),
        (["127.0.0.1:5000/d"], "is no URL of a resource; give one like https://"),
        (["ftp://127.0.0.1/d"], "is no URL of a resource"),
        (["http://u@127.0.0.1:9/d"], "Authorization: Basic $(printf"),
        (["http://127.0.0.1:9/d", "-H", "If-Match: *"], "is what the check itself sends"),
        (["http://127.0.0.1:9/d"], "does not answer as a server does"),
        (["http://127.0.0.1:9/d", "--field", "nope"], "--field says how to write"),
        (["http://127.0.0.1:9/d", "--method", "PUT"], "add --write, or leave it out"),
    ],
)
def test_a_wrong_invocation_is_2_with_what_to_type(arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output


@pytest.fixture(scope="module")
def nasty() -> CheckReport:
    def answer(resource: Resource, method: str, status: int, fields: dict[str, str]) -> None:
        fields["X-Nasty"] = NASTY.encode().decode("latin-1")
        fields["Server"] = fields["X-Nasty"]

    body = json.dumps({"text": "x"}).encode() + NASTY.encode()
    with serving(ignoring(answer=answer), body) as server:
        return check(server.url)


@pytest.mark.parametrize("form", FORMATS)
def test_every_character_of_the_server_prints(form: str, nasty: CheckReport) -> None:
    said = FORMATS[form](nasty)
    assert nasty.findings
    assert all(c.isprintable() or c == "\n" for c in said)
    assert "\\x1b" in said


def test_a_report_can_be_read_by_programs_whatever_the_server_says(nasty: CheckReport) -> None:
    ElementTree.fromstring(FORMATS["junit"](nasty))
    assert json.loads(FORMATS["json"](nasty))["findings"][0]["id"] == "get-performed-if-match-basic"
    log = json.loads(FORMATS["sarif"](nasty))["runs"][0]
    assert log["results"][0]["ruleId"] == "get-performed-if-match-basic"


def test_markdown_is_the_text_of_an_issue(nasty: CheckReport) -> None:
    said = FORMATS["markdown"](nasty)
    lines = said.splitlines()
    assert lines[0] == "## Preconditions of HTTP: 1 finding"
    row = "| 1 | GET ignores If-Match | [RFC 9110 §13.1.1](https://"
    assert any(line.startswith(row) and line.endswith(" MUST |") for line in lines)
    assert "### 1. GET ignores If-Match" in lines
    assert "```http" in lines
    assert any(line.startswith("curl -sS -i -H 'If-Match: ") for line in lines)


def test_no_text_of_the_server_ends_a_block() -> None:
    body = b"```\n# Not a heading\n````"
    with serving(ignoring(), body) as server:
        said = FORMATS["markdown"](check(server.url))
    assert "\n`````http\n" in said
    assert said.count("`````") == 2


@pytest.mark.external
def test_the_line_of_curl_shows_what_was_seen(tmp_path: Path) -> None:
    need("bash", "curl")
    with serving(ignoring(required=False)) as server:
        report = check(server.url, write=True, field="text", headers=[("X-Key", TOKEN)])
        finding = next(f for f in report.findings if f.title == "PUT ignores If-Match")
        line = next(
            row["curl"]
            for row in json.loads(FORMATS["json"](report))["findings"]
            if row["id"] == finding.id
        )
        assert '-H "X-Key: $X_KEY"' in line
        done = subprocess.run(
            ["bash", "-c", line], capture_output=True, text=True, env={"X_KEY": TOKEN}, check=True
        )
        assert done.stdout.startswith("HTTP/1.1 204")
        assert ("X-Key", TOKEN) in server.sent[-1][2]
        assert field_of(server.sent[-1][2], "If-Match") == '"stale"'


def test_a_finding_says_what_was_expected_and_by_which_words() -> None:
    with serving(ignoring(answer=version)) as server:
        result = run(server.url, "--write", "--field", "text")
    assert result.exit_code == 1
    said = result.output
    assert "  Server: Snail/0.1\n" in said
    assert "without conditions: GET 200, HEAD 200, OPTIONS 204, TRACE 501, QUERY 501" in said
    top = said.partition("\n\n")[2].partition("\n\n")[0].splitlines()
    assert [line.partition(".")[2].strip() for line in top] == [
        "MUST  PUT ignores If-Match (RFC 9110 §13.1.1)",
        "MUST  Two writers with the same ETag are both acknowledged, and one update is lost "
        "(RFC 9110 §13.1.1)",
        "MUST  GET ignores If-Match (RFC 9110 §13.1.1)",
    ]
    assert "Expected: where no tag of If-Match is the current one by strong comparison" in said
    assert "Shown by " in said
    assert said.rstrip().splitlines()[-1].startswith("violates: 3 findings, and updates get lost")


def version(resource: Resource, method: str, status: int, fields: dict[str, str]) -> None:
    fields["Server"] = "Snail/0.1"


def test_a_resource_that_is_too_long_is_told() -> None:
    with serving(Resource(), b"x" * 2**21) as server, pytest.raises(Unusable, match="longer than"):
        check(server.url)


def test_a_write_that_is_refused_and_stored_in_the_race_is_told() -> None:
    def refuses(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        if handler.command == "PUT" and b" race " in handler.new:
            resource.docs["/thing"] = handler.new
            return 412
        return None

    with serving(Resource(decide=refuses)) as server:
        report = check(server.url, write=True, field="text", rounds=3)
    assert report.race
    assert (report.race.written_under_refusal, report.race.won, report.race.lost) == (3, 0, 0)
    assert [finding.id for finding in report.findings] == ["written-under-refusal"]
    assert report.conclusion == "violates"


def test_an_issue_begins_with_the_verdict_and_the_race() -> None:
    with serving(Resource()) as server:
        report = check(server.url, write=True, field="text", rounds=2)
    lines = FORMATS["markdown"](report).splitlines()
    assert lines[:2] == ["## Preconditions of HTTP: 0 findings", ""]
    assert lines[2].startswith("It conforms: 0 findings; 0 of ")
    assert lines[2].endswith(
        " Race: one writer was acknowledged in 2 of 2 rounds, never both."
        " Race of PATCH: one writer was acknowledged in 2 of 2 rounds, never both."
    )


def test_a_finding_links_to_the_vector_that_shows_it(nasty: CheckReport) -> None:
    site = "https://docs.example/ref/"
    [finding] = nasty.findings
    vector = finding.results[0].vector
    page = f"{site}vectors/{vector.group}/#{vector.id}"
    for form, write in FORMATS.items():
        assert page in write(replace(nasty, site=site)), form
        assert site not in write(nasty)


def test_a_site_that_is_none_is_an_error_before_anything_is_sent() -> None:
    for given in ("docs.example", "ftp://docs.example/", "https://docs.example/?a=b"):
        result = run("http://127.0.0.1:9/", "--site", given)
        assert result.exit_code == 2
        assert "Error: --site is the URL of a site, such as https://docs.example/" in result.stderr
