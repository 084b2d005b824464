"""The lab of the browser judges as the one of the terminal, and answers as the simulator does."""

import json
import re
import subprocess
from collections.abc import Iterable
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from flask_preconditions.conformance.wire import Exchange
from flask_preconditions.conformance.wire import Response
from flask_preconditions.lab import Lesson
from flask_preconditions.lab import Run
from flask_preconditions.lab import load_lessons
from flask_preconditions.lab.engine import Judgement
from flask_preconditions.lab.lessons import Request
from flask_preconditions.lab.lessons import as_data
from flask_preconditions.lab.player import LAB
from flask_preconditions.lab.player import record
from flask_preconditions.simulator import create_app
from tests.needs import need

from .evaluators import SCRIPT

pytestmark = pytest.mark.external

SCRIPTS = [
    SCRIPT,
    *(SCRIPT.parent / f"{name}.js" for name in ("rows", "answers", "lab-judge", "lab-documents")),
]
DRIVER = Path(__file__).parent / "lab.mjs"
LESSONS = load_lessons()


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL", "flask_preconditions")


def theirs(tasks: Iterable[list[Any]], scripts: Iterable[Path] = SCRIPTS) -> list[Any]:
    need("node")
    done = subprocess.run(
        ["node", str(DRIVER), *map(str, scripts)],
        input="".join(f"{json.dumps(task)}\n" for task in tasks),
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@cache
def sessions() -> list[tuple[Lesson, list[Any], int | None]]:
    """Give each recorded session, and the number of the hint for its last exchange."""
    found = []
    for lesson in LESSONS:
        for facts, hint in record(lesson):
            places = [s.hints.index(hint) for s in lesson.steps if hint in s.hints]
            found.append((lesson, facts, places[0] if places else None))
    return found


def judged(lesson: Lesson, facts: list[Any]) -> list[dict[str, Any] | None]:
    run = Run(lesson)
    return [told(run, run.judge(json.loads(json.dumps(one)))) for one in facts]


def told(run: Run, judgement: Judgement | None) -> dict[str, Any] | None:
    """Give a judgement as the driver does."""
    if judgement is None:
        return None
    hints = judgement.step.hints
    return {
        "due": None if run.step is None else as_request(run.solution_of(run.step)),
        "kind": judgement.kind,
        "hint": None if judgement.hint is None else hints.index(judgement.hint),
        "unmet": list(judgement.unmet),
        "notes": dict(run.notes),
        "requests": list(run.requests),
    }


def differences(recorded: list[Any], scripts: Iterable[Path] = SCRIPTS) -> Iterator[str]:
    tasks = [["judge", as_data(lesson), facts] for lesson, facts, _ in recorded]
    for (lesson, facts, _), found in zip(recorded, theirs(tasks, scripts), strict=True):
        ours = judged(lesson, facts)
        for mine, their in zip(ours, found, strict=True):
            # The driver shows notes and requests as they are at the end.
            if their is None or mine is None or any(mine[n] != their[n] for n in NAMES):
                yield f"{lesson.id}\n{facts[-1]}\nterminal {mine}\nbrowser  {their}"
        if ours[-1] and found[-1] != ours[-1]:
            yield f"{lesson.id}\nterminal {ours[-1]}\nbrowser  {found[-1]}"


NAMES = ("kind", "hint", "unmet", "due")


def test_every_solution_and_every_recorded_mistake_is_judged_alike() -> None:
    recorded = sessions()
    mistakes = [hint for _, _, hint in recorded if hint is not None]
    assert len(mistakes) == sum(len(s.hints) for lesson in LESSONS for s in lesson.steps)
    assert len(recorded) == len(mistakes) + len(LESSONS)
    for lesson, facts, hint in recorded:
        last = judged(lesson, facts)[-1]
        assert last is not None
        assert (last["kind"], last["hint"]) == ("passed" if hint is None else "failed", hint)
    assert list(differences([*recorded, *beside_the_steps()])) == []


@pytest.mark.parametrize(
    ("script", "right", "wrong"),
    [
        ("rows.js", "found.startsWith(value)", "found.includes(value)"),
        ("rows.js", "isSame(a[name], b[name])", "true"),
        ("lab-judge.js", "return `${path} is ${shown}", "return `${path}: ${shown}"),
        ("lab-judge.js", "value.replaceAll(text, () => `{${noted}}`)", "value"),
        ("lab-judge.js", "...asRequest(before), headers", "...solution, headers"),
        ("lab-judge.js", "REFUSED.includes(status) && ", ""),
        ("lab-judge.js", "\\x7f-\\x9f]/g", "]/g"),
        ("lab-judge.js", "!SAFE.includes(step.solution.method)", "true"),
    ],
)
def test_a_wrong_judge_is_noticed(tmp_path: Path, script: str, right: str, wrong: str) -> None:
    recorded = [*sessions(), *beside_the_steps()]
    assert next(differences(recorded, broken(tmp_path, script, right, wrong)), None)


def broken(tmp_path: Path, script: str, right: str, wrong: str) -> list[Path]:
    scripts = []
    for path in SCRIPTS:
        text = path.read_text("utf-8")
        if path.name == script:
            assert right in text
            text = text.replace(right, wrong)
        scripts.append(tmp_path / path.name)
        scripts[-1].write_text(text, "utf-8")
    return scripts


def beside_the_steps() -> Iterator[tuple[Lesson, list[Any], None]]:
    """Give exchanges that no hint is about: reads beside a write, other clients, long contents."""
    lesson = next(lesson for lesson in LESSONS if lesson.id == "cached-read")
    recorded = next(record(lesson))[0]
    other = {"title": {"b": 1, "a": [2]}, "more": ["…" * 90, 'W/"x"']}
    for first, second in product(recorded, repeat=2):
        odd = {**second, "request": {**second["request"], "method": "PATCH", "body": other}}
        head = {**second, "request": {**second["request"], "method": "HEAD", "query": {"a": "b"}}}
        yield lesson, [first, odd, head, second, *recorded], None
    for status in (400, 404, 412, 422, 500):
        for body in ({"detail": "\x1b€\x9b" + "😀" * 400}, {"detail": 1}, {"detail": ""}, "", None):
            answer = {"status": status, "headers": {}, "body": body}
            refused = {**recorded[0], "response": answer}
            yield lesson, [{**refused, "request": {**refused["request"], "method": "PUT"}}], None
    welcome = next(lesson for lesson in LESSONS if lesson.id == "reproduce")
    whole = next(record(welcome))[0]
    turned = {"body": whole[1]["request"]["body"]["body"], "title": "Welcome"}
    yield welcome, [whole[0], whole[0], whole[1], whole[0], mixed(whole[2], turned)], None
    yield welcome, [whole[0], mixed(whole[1], {**turned, "body": "my own"})], None
    yield welcome, [*whole[:2], mixed(whole[2], {**turned, "title": "x"}), whole[2]], None


def mixed(facts: dict[str, Any], body: object) -> dict[str, Any]:
    return {**facts, "request": {**facts["request"], "body": body}}


# --- What answers ---


def as_request(request: Request) -> dict[str, Any]:
    return {
        "method": request.method,
        "target": request.target,
        "headers": dict(request.headers),
        "body": request.body or "",
    }


def as_exchange(found: dict[str, Any]) -> Exchange:
    query = f"?{found['query']}" if found["query"] else ""
    return Exchange(
        found["method"],
        f"/lab/{found['path']}{query}",
        tuple((name, value) for name, value in found["sent"]),
        found["body"].encode(),
        Response(
            found["status"],
            "",
            tuple((name, value) for name, value in found["got"]),
            found["content"].encode(),
        ),
    )


def test_what_the_browser_answers_passes_each_solution_and_fails_each_mistake() -> None:
    plays = []
    for lesson in LESSONS:
        for place, step in enumerate(lesson.steps):
            plays.append((lesson, place, None, None))
            for number, hint in enumerate(step.hints):
                wrong = {**as_request(hint.wrong), "body": hint.wrong.content}
                plays.append((lesson, place, number, wrong))
    tasks = [["play", as_data(lesson), place, wrong] for lesson, place, _, wrong in plays]
    for (lesson, place, hint, _), (exchange, judgement) in zip(plays, theirs(tasks), strict=True):
        kind = "passed" if hint is None else "failed"
        where = (lesson.id, place, hint, exchange, judgement)
        assert (judgement["kind"], judgement["hint"]) == (kind, hint), where
        # What the page shows is what flask preconditions lab --har would judge.
        assert as_exchange(exchange).response.status == exchange["status"]


TOLD = ("Content-Type", "Cache-Control", "Location", "Content-Range", "Accept-Ranges", "Allow")
TOLD += ("Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "ETag")
CONTENT = json.dumps({"title": "Welcome", "body": "Mine."})
SENT: tuple[tuple[tuple[str, str], ...], ...] = (
    *((), (("If-Match", '"stale"'),), (("If-Match", "*"),), (("If-Match", "v1"),)),
    *((("If-None-Match", "*"),), (("If-None-Match", '"other"'),), (("Range", "bytes=3-9"),)),
    *((("Range", "bytes=-4"),), (("Range", "bytes=9999-"),), (("Range", "bytes=4-"),)),
    *((("Range", "bytes=9-3"),), (("Range", "bytes=-0"),), (("Range", "lines=1-2"),)),
    *((("Range", "bytes=1-2,4-5"),), (("Range", "bytes=-9999"),), (("Range", "bytes=9-9999"),)),
    (("Range", "bytes=0-3"), ("If-Range", '"other"')),
)
QUERIES = ("", *(f"fault={name}" for name in ("bare", "cacheable", "html", "ignore", "no-cors")))
QUERIES += ("fault=redirect", "fault=strip-etag", "fault=suffix-gzip", "fault=unquoted")
QUERIES += ("fault=weaken", "cors=off", "require=0", "fault=storm", "color=red", "cors=on&cors=on")
PATHS = ("docs/welcome", "docs/none", "docs/a%20b", "else")
METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "POST", "QUERY", "OPTIONS")


def requests() -> Iterator[list[dict[str, Any]]]:
    for method, path, query in product(METHODS, PATHS, QUERIES):
        is_usual = path == "docs/welcome" and method in ("GET", "HEAD", "PUT", "PATCH", "DELETE")
        if not is_usual and "fault" in query and query != "fault=html":
            continue
        for sent in SENT if is_usual else SENT[:3]:
            body = CONTENT if method in ("PUT", "PATCH") else ""
            yield [{"method": method, "path": path, "query": query, "fields": sent, "body": body}]
    for body in ("", "[]", "{", '{"title": 1}', '{"title": "T"}', '{"other": ""}', "x" * 16_385):
        for method, tag in product(("PUT", "PATCH"), ("*", '"stale"')):
            fields = (("If-Match", tag),)
            yield [{"method": method, "path": "docs/welcome", "fields": fields, "body": body}]
    create = {"method": "PUT", "fields": (("If-None-Match", "*"),), "body": CONTENT}
    yield [{**create, "path": f"docs/{number}"} for number in range(22)]
    rival = {"method": "POST", "path": "docs/welcome/rival"}
    gone = {"method": "DELETE", "path": "docs/welcome", "fields": (("If-Match", "*"),)}
    begun = {"method": "DELETE", "path": ""}
    read = {"method": "GET", "path": "docs/welcome"}
    for name in ("constructor", "__proto__", "toString"):
        path = f"docs/{name}"
        match = {"path": path, "fields": (("If-Match", "*"),)}
        yield [
            *({"method": "GET", "path": path}, {**rival, "path": f"{path}/rival"}),
            *({**create, "path": path}, {"method": "GET", "path": path}),
            *({**match, "method": "DELETE"}, {"method": "GET", "path": path}),
        ]
    yield [read, rival, read, gone, rival, read, begun, read, {**rival, "path": "docs/none/rival"}]


def shape(status: int, fields: Iterable[tuple[str, str]], body: str, method: str) -> Any:
    headers = {name: value for name, value in fields if name in TOLD}
    for name, value in headers.items():  # a tag is random, and may be without its quotes
        text = re.sub(r"[0-9a-f]{16}", "TAG", value.replace(LAB.strip("/"), "").lstrip("/"))
        headers[name] = ", ".join(sorted(text.split(", "))) if name == "Allow" else text
    if status == 302 or (not body and method != "HEAD"):  # a type of nothing says nothing
        headers.pop("Content-Type", None)
    try:
        content = json.loads(body)
    except ValueError:
        content = body
    if isinstance(content, dict):
        for name in ("instance", "detail", "type", "next"):  # each has its own words and places
            content.pop(name, None)
        if "reason" not in content:  # nor are the phrases of Python those of RFC 9110
            content.pop("title", None) if "status" in content else None
        content = json.loads(re.sub(r"[0-9a-f]{16}|(?<=here: )\w+", "TAG", json.dumps(content)))
    return {"status": status, "headers": headers, "content": content}


def simulated(asked: list[dict[str, Any]], player: Any) -> Iterator[Any]:
    for one in asked:
        query = f"?{one['query']}" if one.get("query") else ""
        path = f"/{one['path']}" if one["path"] else ""
        got = player.open(
            f"{LAB}{path}{query}",
            method=one["method"],
            headers=list(one.get("fields", ())),
            data=one.get("body") or None,
        )
        yield shape(got.status_code, list(got.headers), got.get_data(as_text=True), one["method"])


def test_the_documents_of_the_browser_answer_as_those_of_the_simulator() -> None:
    asked = list(requests())
    app = create_app()
    faults = []
    for one, found in zip(asked, theirs([["serve", each] for each in asked]), strict=True):
        client = app.test_client()
        client.delete(LAB)
        for request, ours, their in zip(one, simulated(one, client), found, strict=True):
            their = shape(their["status"], their["got"], their["content"], request["method"])
            if ours != their:
                faults.append(f"{request}\nsimulator {ours}\nbrowser   {their}")
    assert len(asked) > 800
    assert faults == [], "\n".join(faults[:5])
