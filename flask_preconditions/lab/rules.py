"""The rule language of the lessons: what must hold of an exchange, as rows of data.

A rule is ``[path, op]`` or ``[path, op, value]``. All rules of a list must hold.

A path leads into the facts of an exchange::

    request.method                 "PUT"
    request.path                   "docs/welcome": what stands behind the name of the lab
    request.query.fault            "weaken"
    request.headers.if-match       '"v1"'; names in lower case, lines joined with ", "
    request.body.title             of JSON content; request.body is the whole, or its text
    response.status                412
    response.headers.etag          response.body.reason
    changes.STEP                   what of the request differs from the one that passed STEP,
                                   as a sorted list of its paths

The ops are those of :mod:`..rows`. ``{name}`` in a value stands for what a step noted by that
name (``capture``).

``changes`` looks at the method, the path, the query, the content and those header fields that
decide what the request means (:data:`COMPARED`), not at what clients add by themselves.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from urllib.parse import urlsplit

from ..conformance.wire import Exchange
from ..conformance.wire import Fields
from ..rows import MISSING
from ..rows import Facts as Facts
from ..rows import Row
from ..rows import follow
from ..rows import satisfies

Rule = Row

NOTED = re.compile(r"\{([a-z_]+)\}")
"""The name of what was noted, within a text."""

COMPARED = (
    *("if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since"),
    *("prefer", "range"),
)

REFUSED = (400, 404, 405, 409, 413, 422)
"""Statuses of a request that is none of a lesson: mistyped, or not there."""

LONGEST_COMPLAINT = 300

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_PLACE = re.compile(r"^.*/(docs/.*)$")


def facts_of(exchange: Exchange) -> Facts | None:
    """Give the facts of an exchange, or ``None`` where it was not about a document."""
    try:
        parts = urlsplit(exchange.target)
    except ValueError:  # a HAR may hold anything
        return None
    place = _PLACE.match(parts.path)
    if place is None or place[1].endswith("/rival"):
        return None
    answer = exchange.response
    return {
        "request": {
            "method": exchange.method,
            "path": place[1],
            "query": dict(parse_qsl(parts.query, keep_blank_values=True)),
            "headers": _joined(exchange.fields),
            "body": _content(exchange.body),
        },
        "response": {
            "status": answer.status,
            "headers": _joined(answer.fields),
            "body": _content(answer.body),
        },
    }


def _joined(fields: Fields) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in fields:
        key = name.lower()
        joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return joined


def _content(body: bytes) -> Any:
    text = body.decode(errors="replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def value_at(path: str, facts: Facts, passed: Mapping[str, Facts]) -> Any:
    """Follow a path.

    :param passed: the facts of the exchanges that passed earlier steps.
    :return: what is there; a path that leads nowhere gives a value that equals nothing.
    """
    first, *rest = path.split(".")
    if first == "changes":
        return changes(facts["request"], passed[rest[0]]["request"])
    return follow((first, *rest), facts)


def changes(now: Facts, before: Facts) -> list[str]:
    """List what of a request differs from another one."""
    paths = [name for name in ("method", "path", "query", "body") if now[name] != before[name]]
    paths += [
        f"headers.{name}"
        for name in COMPARED
        if now["headers"].get(name) != before["headers"].get(name)
    ]
    return sorted(f"request.{path}" for path in paths)


def resolve(value: Any, notes: Mapping[str, str]) -> Any:
    """Put what was noted in the place of its name."""
    if isinstance(value, str):
        return NOTED.sub(lambda found: notes.get(found[1], found[0]), value)
    if isinstance(value, list):
        return [resolve(item, notes) for item in value]
    if isinstance(value, dict):
        return {name: resolve(item, notes) for name, item in value.items()}
    return value


def holds(rule: Rule, facts: Facts, passed: Mapping[str, Facts], notes: Mapping[str, str]) -> bool:
    """Tell whether a rule holds of an exchange."""
    path, op, *given = rule
    found = value_at(path, facts, passed)
    return satisfies(found, op, *(resolve(value, notes) for value in given))


def describe_unmet(
    rule: Rule, facts: Facts, passed: Mapping[str, Facts], notes: Mapping[str, str]
) -> str:
    """Say what a rule wanted, and what there was."""
    path, op, *given = rule
    found = value_at(path, facts, passed)
    shown = "absent" if found is MISSING else _as_json(found)
    wanted = op
    if given:
        value = _as_json(resolve(given[0], notes))
        wanted = value if op == "is" else f"{op} {value}"
    return f"{path} is {shown if len(shown) < 80 else shown[:79] + '…'}, wanted: {wanted}"


def complaint(facts: Facts) -> str:
    """Give what an answer itself says is wrong with a request that was refused as such."""
    told = follow(("response", "body", "detail"), facts)
    is_refused = facts["response"]["status"] in REFUSED and isinstance(told, str)
    return _CONTROL.sub(" ", told)[:LONGEST_COMPLAINT] if is_refused else ""


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
