"""The inspector of the browser finds what the one of the command finds, fact by fact."""

import json
import random
import re
import subprocess
from collections.abc import Iterable
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from flask_preconditions import SetupError
from flask_preconditions.inspector import Capture
from flask_preconditions.inspector import load_rules
from flask_preconditions.inspector.inspection import evidence
from flask_preconditions.inspector.inspection import facts_of
from flask_preconditions.inspector.inspection import holds
from flask_preconditions.inspector.inspection import inspect
from flask_preconditions.inspector.inspection import judge
from flask_preconditions.inspector.sources import read
from flask_preconditions.inspector.table import as_data
from flask_preconditions.simulator import FAULTS
from tests.inspector.samples import SERVERS
from tests.inspector.samples import recorded_of
from tests.inspector.samples import session
from tests.needs import need
from tests.recorded.test_recordings import cacheable

from .evaluators import SCRIPT
from .mutations import mutated

pytestmark = pytest.mark.external

SCRIPTS = [SCRIPT, *(SCRIPT.parent / f"{name}.js" for name in ("records", "rows", "facts"))]
DRIVER = Path(__file__).parent / "inspect.mjs"
RECORDINGS = sorted((Path(__file__).parents[1] / "recorded/har").glob("*.har"))
PROGRAMS = sorted(RECORDINGS[0].parents[1].glob("programs/*.txt"))
TRANSCRIPTS = [text for rule in load_rules() for text in (rule.passes, rule.fails)]


def plain(value: object) -> Any:
    return json.loads(json.dumps(value))


def text_of(octets: bytes | None) -> str | None:
    return None if octets is None else octets.decode(errors="replace")


def shape(capture: Capture) -> dict[str, Any]:
    """Give a capture as the scripts have it."""
    exchanges = [
        {
            "method": one.method,
            "sent": one.sent,
            "body": text_of(one.body),
            "status": one.status,
            "phrase": one.phrase,
            "got": one.got,
            "content": text_of(one.content),
            "url": one.url,
            "began": one.began,
            "ended": one.ended,
            "isDecoded": one.is_decoded,
        }
        for one in capture.exchanges
    ]
    return {"exchanges": exchanges, "isOfResource": capture.is_of_resource}


def ours(capture: Capture) -> dict[str, Any]:
    facts = facts_of(capture)
    return plain(  # type: ignore[no-any-return]
        {
            "exchanges": shape(capture)["exchanges"],
            "facts": facts,
            "findings": [
                [place, rule.id, evidence(rule, place, capture.exchanges, facts[place])]
                for place, rule in judge(capture)
            ],
            "unseen": [says for says, _ in inspect(capture).unseen],
        }
    )


def theirs(records: Iterable[object], scripts: list[Path] = SCRIPTS) -> list[dict[str, Any]]:
    need("node")
    lines = "".join(f"{json.dumps(line)}\n" for line in [as_data(), *records])
    done = subprocess.run(
        ["node", str(DRIVER), *map(str, scripts)],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.split("\n")[:-1]]


@cache
def wanted_of(text: str) -> dict[str, Any] | None:
    """Tell what the command finds; ``None`` where it refuses the record."""
    try:
        return ours(read(text.encode(), "a record"))
    except SetupError:
        return None


def differences(texts: list[str], scripts: list[Path] = SCRIPTS) -> Iterator[str]:
    for text, found in zip(texts, theirs(texts, scripts), strict=True):
        wanted = wanted_of(text)
        if wanted is None:
            if "error" not in found:
                yield f"{text}\nonly the command refuses it"
        elif found != wanted:
            yield f"{text}\nours   {json.dumps(wanted)}\ntheirs {json.dumps(found)}"


def test_what_browsers_proxies_and_programs_said_is_judged_alike() -> None:
    texts = [file.read_text("utf-8") for file in RECORDINGS]
    faulty = [cacheable(text) for text in texts]
    programs = [file.read_text("utf-8") for file in PROGRAMS]
    assert (len(texts), len(programs)) == (3, 4)
    assert list(differences([*texts, *faulty, *programs])) == []


def test_every_transcript_of_the_table_is_judged_alike() -> None:
    assert list(differences(TRANSCRIPTS)) == []


def test_what_servers_answered_is_judged_alike() -> None:
    captures = [Capture(fault or "", session(fault)) for fault in (None, *FAULTS)]
    for server in SERVERS:
        captures += [Capture(name, exchanges) for name, exchanges in recorded_of(server)]
    found = theirs(shape(capture) for capture in captures)
    for capture, told in zip(captures, found, strict=True):
        assert told == ours(capture)


FIELDS = (
    *("If-Match", "If-None-Match", "If-Unmodified-Since", "If-Modified-Since", "If", "Origin"),
    *("ETag", "Last-Modified", "Cache-Control", "Expires", "Date", "Age", "Vary", "Content-Type"),
    *("Content-Encoding", "Content-Language", "Content-Length", "Access-Control-Allow-Origin"),
    *("Access-Control-Expose-Headers", "Access-Control-Request-Method", "Host", "__proto__"),
    *("Access-Control-Request-Headers", "Access-Control-Allow-Headers", "constructor"),
    "Access-Control-Allow-Methods",
)
VALUES = (
    *('"1"', 'W/"1"', '"2"', '"1-gzip"', "1", "*", '"1", W/"2"', '"€"', '""', "", "\u00a0x\u00a0"),
    *("Tue, 15 Nov 1994 12:45:26 GMT", "Tue, 15 Nov 1994 12:45:27 GMT", "yesterday", "gzip", "en"),
    *(
        "max-age=60",
        'private="a, b", max-age=00, no-cache',
        "no-store, public",
        'max-age="7"',
        "s-maxage=x",
    ),
    *("application/problem+json", "application/json; charset=utf-8", "text/html", "if-match, etag"),
    *("https://app.example", "http://h", "null", "PUT", "Accept, Accept-Encoding", "0", "5"),
)
CONTENTS = (
    *("", "text", '{"title": "a", "status": 412}', '{"status": 409, "type": 1}', "{", "[]", "null"),
    *('{"status": "412"}', '{"title": "a", "status": 428, "detail": ""}', '{"a": NaN}', "> text"),
    *(
        "HTTP/1.1 200 OK",
        "curl -i h/2",
        "{}* Closing connection 0",
        '{"status": true, "toString": 1}',
    ),
)
METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "POST", "OPTIONS", "QUERY")
STATUSES = (200, 201, 204, 302, 304, 400, 404, 412, 412, 428, 500)
COMMANDS = (
    *("$ curl -i h/1", "curl -iX PUT 'http://h/1' -H 'If-Match: \"1\"' \\\n -d 'a b'"),
    *('curl -H "If-Match: $x" h/1', "curl -sI \"h/1#x\" -H 'If-None-Match;'", "curl --json '{}' h"),
)


def some_record(pick: random.Random) -> str:
    def fields(mark: str) -> list[str]:
        names = pick.choices(FIELDS, k=pick.randrange(6))
        return [f"{mark}{name}: {pick.choice(VALUES)}" for name in names]

    form = pick.choice(("verbose", "message", "command", "answer"))
    parts: list[str] = []
    for _ in range(pick.randrange(1, 6)):
        mark = {"verbose": ("> ", "< ")}.get(form, ("", ""))
        if form in ("verbose", "message"):
            version = " HTTP/1.1" if form == "message" else ""
            target = pick.choice(("/1", "/1", "/2", "http://h/1"))
            parts += [
                f"{mark[0]}{pick.choice(METHODS)} {target}{version}",
                *fields(mark[0]),
                mark[0],
            ]
            parts += [pick.choice(CONTENTS), ""] if form == "message" else []
        elif form == "command":
            parts.append(pick.choice(COMMANDS))
        parts += [f"{mark[1]}HTTP/1.1 {pick.choice(STATUSES)} Some", *fields(mark[1]), mark[1]]
        parts.append(pick.choice(CONTENTS))
    return pick.choice(("\n", "\r\n")).join(parts)


def some_har(pick: random.Random) -> str:
    def listed() -> list[dict[str, str]]:
        names = pick.choices((*FIELDS, ":method"), k=pick.randrange(6))
        return [{"name": name, "value": pick.choice((*VALUES, "a\nb"))} for name in names]

    entries = []
    for _ in range(pick.randrange(1, 7)):
        content: dict[str, object] = {"size": pick.choice((0, 5))}
        if pick.random() < 0.8:
            content["text"] = pick.choice((*CONTENTS, "eyJhIjoxfQ==", "%"))
        if pick.random() < 0.2:
            content["encoding"] = "base64"
        asked = {"method": pick.choice(METHODS), "url": "http://h/1", "headers": listed()}
        if pick.random() < 0.5:
            asked["postData"] = {"text": pick.choice(CONTENTS)}
        answered = {
            "status": pick.choice((*STATUSES, 0, -1)),
            "headers": listed(),
            "content": content,
        }
        entry = {"request": asked, "response": answered, "time": pick.choice((0, 500, 1500, -1))}
        if pick.random() < 0.95:
            entry["startedDateTime"] = f"2026-01-01T10:00:0{pick.randrange(4)}.000Z"
        if pick.random() < 0.1:
            entry["_fromCache"] = "disk"
        entries.append(entry)
    return json.dumps({"log": {"entries": entries}})


def some_texts(count: int, seed: int) -> list[str]:
    pick = random.Random(seed)
    return [some(pick) for _ in range(count) for some in (some_record, some_har)]


def recorded_texts() -> list[str]:
    files = (*RECORDINGS, *PROGRAMS)
    return [*(file.read_text("utf-8") for file in files), *TRANSCRIPTS]


def test_recorded_exchanges_with_faults_put_into_them_are_judged_alike() -> None:
    assert next(differences(mutated(recorded_texts(), 600, 1)), "") == ""


def test_random_records_are_judged_alike() -> None:
    assert next(differences(some_texts(1000, 1)), "") == ""


@pytest.mark.parametrize(
    ("script", "right", "wrong"),
    [
        ("facts.js", "one.status !== 412 && !isRead", "one.status !== 412"),
        ("facts.js", 'told.includes(known.variant) ? "superseded"', 'true ? "superseded"'),
        ("facts.js", "(one.isDecoded || !coding(one))", "true"),
        ("facts.js", "ended < began ||", "ended <= began + 1 ||"),
        (
            "records.js",
            'if (status === 304 || method === "HEAD") return text',
            "if (0) return text",
        ),
        ("records.js", "'\\\\\"$`'.includes(next)", "'\\\\\"$`x'.includes(next)"),
    ],
)
def test_a_wrong_script_is_noticed(tmp_path: Path, script: str, right: str, wrong: str) -> None:
    texts = [*TRANSCRIPTS, *some_texts(300, 2), TWO_LANGUAGES, CODED, QUOTED]
    scripts = []
    for path in SCRIPTS:
        text = path.read_text("utf-8")
        if path.name == script:
            assert right in text
            text = text.replace(right, wrong)
        scripts.append(tmp_path / path.name)
        scripts[-1].write_text(text, "utf-8")
    assert next(differences(texts, scripts), None)


TWO_LANGUAGES = """
> GET /1
< 200 OK
< ETag: "en"
< Content-Language: en

> GET /1
< 200 OK
< ETag: "fr"
< Content-Language: fr

> PUT /1
> If-Match: "en"
< 204 No Content
"""


# It is not known that a compressed content is what was sent.
CODED = """
PUT /1 HTTP/1.1
If-Match: "1"

text
HTTP/1.1 204 No Content
ETag: "2"

GET /1 HTTP/1.1

HTTP/1.1 200 OK
ETag: "2"
Content-Encoding: gzip

txt
"""

QUOTED = """
curl -H "If-Match: \\x" h/1
HTTP/1.1 200 OK

"""


def test_no_pattern_of_the_scripts_takes_long() -> None:
    # Each is tried at what makes a pattern that gives back slow.
    hostile = [
        "HTTP/1.1 200 OK\nCache-Control: " + '",' * 50_000 + "\n\n",
        "HTTP/1.1 200 OK\nETag: " + " " * 100_000 + "x\n\n" + "\n" * 100_000 + "x",
        "curl " + "'" * 100_001 + "\nHTTP/1.1 200 OK\n\n",
    ]
    assert len(theirs(hostile)) == 3
    assert all(re.match("HTTP|curl", text) for text in hostile)


def test_the_table_holds_no_more_than_rows() -> None:
    rows = [row for rule in as_data()["rules"] for row in rule["when"]]
    assert all(isinstance(row[0], str) for row in rows)
    assert holds([], {})
