"""The solution of a lesson as a file for a client: ``.http``, Hurl, a shell script, pytest.

Each runs against ``flask preconditions simulate``. What the lab does in between, the file does.
"""

import json
import shlex
from collections.abc import Callable
from collections.abc import Iterator

from .lessons import Lesson
from .lessons import Request
from .lessons import Step
from .rules import Rule

BASE = "http://127.0.0.1:5412/api/lab/me"
_RIVAL = Request("POST", "docs/welcome/rival", {}, {}, None)


def _status(step: Step) -> int:
    [status] = [rule[2] for rule in step.expect if rule[:2] == ["response.status", "is"]] or [200]
    return int(status)


def _requests(lesson: Lesson) -> Iterator[tuple[Step | None, Request]]:
    """Give the requests in their order; the rival's belong to no step."""
    for step in lesson.steps:
        if step.act == "rival":
            yield None, _RIVAL
        yield step, step.solution


def _header_of(path: str) -> str | None:
    first = "response.headers."
    return path.removeprefix(first) if path.startswith(first) else None


def _asserted(step: Step) -> Iterator[Rule]:
    """Give the rules about a field of the response that every format can say."""
    for rule in step.expect:
        if _header_of(rule[0]) and rule[1] in ("exists", "absent", "starts", "has"):
            yield rule


def as_http(lesson: Lesson) -> str:
    """Write a ``.http`` file, with the assertions and variables of httpyac."""
    parts = [f"@base = {BASE}", "", "### begin anew", "DELETE {{base}}", ""]
    for step, request in _requests(lesson):
        parts.append(f"### {step.id}: {step.say}" if step else "### somebody else saves")
        if step:
            parts.append(f"# @name {step.id.replace('-', '_')}")
        if step and 300 <= _status(step) < 400:
            parts.append("# @no-redirect")
        parts.append(f"{request.method} {{{{base}}}}/{request.target}")
        if request.body is not None:
            parts.append("Content-Type: application/json")
        parts += [f"{name}: {_braced(value)}" for name, value in request.headers.items()]
        if request.body is not None:
            parts += ["", request.content]
        parts.append("")
        if step:
            parts.append(f"?? status == {_status(step)}")
            for name, path in step.capture.items():
                field = _header_of(path)
                parts += ["{{", f'  exports.{name} = response.headers["{field}"];', "}}"]
        parts.append("")
    return "\n".join(parts)


def _braced(value: str) -> str:
    return value.replace("{", "{{").replace("}", "}}")


def as_hurl(lesson: Lesson) -> str:
    """Write a Hurl file: ``hurl --test lesson.hurl``."""
    parts = [f"# {lesson.title}", f"DELETE {BASE}", "HTTP 204", ""]
    for step, request in _requests(lesson):
        parts.append(f"# {step.say}" if step else "# somebody else saves")
        parts.append(f"{request.method} {BASE}/{request.target}")
        if request.body is not None:
            parts.append("Content-Type: application/json")
        parts += [f"{name}: {_braced(value)}" for name, value in request.headers.items()]
        if request.body is not None:
            parts.append(request.content)
        parts.append(f"HTTP {_status(step) if step else 200}")
        if step and step.capture:
            parts.append("[Captures]")
            for name, path in step.capture.items():
                parts.append(f'{name}: header "{_header_of(path)}"')
        if step and (rules := list(_asserted(step))):
            parts.append("[Asserts]")
            parts += [_hurl_assert(rule) for rule in rules]
        parts.append("")
    return "\n".join(parts)


def _hurl_assert(rule: Rule) -> str:
    path, op, *value = rule
    text = {"exists": "exists", "absent": "not exists", "starts": "startsWith", "has": "contains"}
    shown = f" {json.dumps(value[0], ensure_ascii=False)}" if value else ""
    return f'header "{_header_of(path)}" {text[op]}{shown}'


def as_curl(lesson: Lesson) -> str:
    """Write a shell script that ends at the first answer that is not the expected one."""
    parts = [
        "#!/usr/bin/env bash",
        f"# {lesson.title}",
        "set -euo pipefail",
        f'base="${{BASE:-{BASE}}}"',
        "answer=$(mktemp)",
        "trap 'rm -f \"$answer\"' EXIT",
        "expect() {",
        '  local got; got=$(head -n 1 "$answer" | cut -d " " -f 2)',
        '  if [ "$got" = "$1" ]; then echo "ok   $1 $2"; '
        'else echo "FAIL $got, not $1: $2"; exit 1; fi',
        "}",
        'field() { grep -i "^$1:" "$answer" | cut -d " " -f 2- | tr -d "\\r"; }',
        "",
        'curl -s -X DELETE "$base"',
    ]
    for step, request in _requests(lesson):
        parts += ["", f"# {step.say}" if step else "# somebody else saves"]
        words = ["curl", "-si"] + ([] if request.method == "GET" else ["-X", request.method])
        line = " ".join([*words, f'"$base/{request.target}"'])
        for name, value in request.headers.items():
            line += f" -H {_shell(f'{name}: {value}')}"
        if request.body is not None:
            line += f" -H 'Content-Type: application/json' -d {shlex.quote(request.content)}"
        parts.append(f'{line} > "$answer"')
        if step:
            parts.append(f"expect {_status(step)} {step.id}")
            for name, path in step.capture.items():
                parts.append(f"{name}=$(field {_header_of(path)})")
    return "\n".join([*parts, ""])


def _shell(text: str) -> str:
    """Quote a header for the shell, with what was noted as its variables."""
    pieces = []
    rest = text
    while "{" in rest:
        before, _, rest = rest.partition("{")
        name, _, rest = rest.partition("}")
        pieces += [shlex.quote(before) if before else "", f'"${name}"']
    if rest:
        pieces.append(shlex.quote(rest))
    return "".join(pieces)


def as_pytest(lesson: Lesson) -> str:
    """Write a test for pytest and httpx."""
    parts = [
        f'"""{lesson.title}. It needs httpx, and `flask preconditions simulate` running."""',
        "",
        "import os",
        "",
        "import httpx",
        "",
        f'BASE = os.environ.get("BASE", "{BASE}")',
        "",
        "",
        f"def test_{lesson.id.replace('-', '_')}():",
        "    with httpx.Client() as client:",
        "        client.delete(BASE)",
    ]
    for step, request in _requests(lesson):
        parts += ["", f"        # {step.say}" if step else "        # somebody else saves"]
        arguments = [json.dumps(request.method), f"BASE + {json.dumps(f'/{request.target}')}"]
        if request.headers:
            listed = ", ".join(f"{n!r}: {_python(v)}" for n, v in request.headers.items())
            arguments.append(f"headers={{{listed}}}")
        if request.body is not None:
            arguments.append(f"json={request.body!r}")
        parts.append(f"        answer = client.request({', '.join(arguments)})")
        parts.append(f"        assert answer.status_code == {_status(step) if step else 200}")
        for rule in _asserted(step) if step else ():
            parts.append(f"        assert {_python_assert(rule)}")
        for name, path in step.capture.items() if step else ():
            parts.append(f'        {name} = answer.headers["{_header_of(path)}"]')
    return "\n".join([*parts, ""])


def _python(value: str) -> str:
    is_noted = value.startswith("{") and value.endswith("}")
    return value[1:-1] if is_noted else repr(value)


def _python_assert(rule: Rule) -> str:
    path, op, *value = rule
    field = _header_of(path)
    if op in ("exists", "absent"):
        return f'"{field}" {"in" if op == "exists" else "not in"} answer.headers'
    if op == "starts":
        return f'answer.headers["{field}"].startswith({value[0]!r})'
    return f'{value[0]!r} in answer.headers["{field}"]'


FORMATS: dict[str, Callable[[Lesson], str]] = {
    "http": as_http,
    "hurl": as_hurl,
    "curl": as_curl,
    "pytest": as_pytest,
}
"""Every format by its name."""
