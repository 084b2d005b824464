"""The reusable parts of a description.

Fields and parameters are data (``components.json``). The problems are made of what the
package answers with, and their examples by the code that answers.
"""

import json
from collections.abc import Collection
from importlib.resources import files
from typing import Any

from ..core import ABSENT
from ..core import Decision
from ..core import EntityTag
from ..core import Field
from ..core import Outcome
from ..core import Reason
from ..core import State
from ..core import Validators
from ..core import evaluate
from ..core import lose_race
from ..problems import PROBLEM_TYPES
from ..problems import UNKNOWN
from ..problems import ProblemType
from ..problems import describe
from ..problems import describe_unknown

Json = dict[str, Any]

RESPONSES = {
    Outcome.NOT_MODIFIED: ("304", "NotModified"),
    Outcome.MALFORMED: ("400", "MalformedPrecondition"),
    Outcome.FAILED: ("412", "PreconditionFailed"),
    Outcome.REQUIRED: ("428", "PreconditionRequired"),
}
"""The status and the name of the response component of every outcome that is an answer."""

UNKNOWN_RESPONSE = ("503", "OutcomeUnknown")
"""The same for a write whose commit was never answered."""

PROBLEM_JSON = "application/problem+json"

_DESCRIPTIONS = {
    Outcome.MALFORMED: "A condition cannot be read, so nothing was done. The detail shows the "
    "right spelling.",
    Outcome.FAILED: "A condition is false, so nothing was done: somebody else's change came first "
    "(RFC 9110 §15.5.13).",
    Outcome.REQUIRED: "The request must carry a condition, so nothing was done (RFC 6585 §3).",
}

_MEMBERS: Json = {
    "title": {"type": "string", "description": "What kind of problem it is, always the same."},
    "detail": {"type": "string", "description": "What went wrong this time, for people."},
    "instance": {
        "type": "string",
        "format": "uri",
        "description": "What identifies this occurrence, also in the log of the server.",
    },
    "failed_header": {
        "type": "string",
        "enum": [str(field) for field in Field],
        "description": "The field whose condition is false or cannot be read.",
    },
    "current_etag": {
        "type": "string",
        "description": "The current ETag, where the client may know it.",
    },
    "next": {
        "type": "object",
        "description": "What to do now.",
        "required": ["action"],
        "properties": {
            "action": {"type": "string", "enum": ["refetch", "resend", "none"]},
            "method": {"type": "string", "enum": ["GET"]},
            "href": {"type": "string", "format": "uri-reference"},
        },
    },
}

_INSTANCE = "urn:uuid:8f14e45f-ceea-467f-9b54-3c1f2d9c3b3a"
_CURRENT = Validators(EntityTag("2"))


REWRITTEN = "Rewritten"
"""What the name of a response begins with that an error handler of the application writes."""


def components(base_url: str | None = None, rewritten: Collection[Outcome] = ()) -> Json:
    """Give the components that :func:`apply` refers to.

    :param base_url: where the problem pages are published; see :class:`.Policy`.
    :param rewritten: the outcomes that an error handler of the application answers.
    """
    text = files(__package__).joinpath("components.json").read_text(encoding="utf-8")
    parts: Json = json.loads(text)
    parts["schemas"] = {}
    parts["responses"] = {"NotModified": _not_modified()}
    for outcome in (Outcome.MALFORMED, Outcome.FAILED, Outcome.REQUIRED):
        status, name = RESPONSES[outcome]
        parts["schemas"][f"{name}Problem"] = _schema(outcome, int(status), base_url)
        parts["responses"][name] = _response(outcome, name, base_url)
        if outcome in rewritten:
            parts["responses"][REWRITTEN + name] = rewritten_response(outcome)
    status, name = UNKNOWN_RESPONSE
    parts["schemas"][f"{name}Problem"] = _schema_of(UNKNOWN, int(status), base_url)
    parts["responses"][name] = _unknown(name, base_url)
    return parts


def rewritten_response(outcome: Outcome) -> Json:
    """Describe a refusal of which only the status can be promised."""
    return {"description": _DESCRIPTIONS[outcome]}


def _not_modified() -> Json:
    return {
        "description": "The copy that the client has is current (RFC 9110 §15.4.5).",
        "headers": {name: _header(name) for name in ("ETag", "Last-Modified")},
    }


def _header(name: str) -> Json:
    return {"$ref": f"#/components/headers/{name}"}


def _schema(outcome: Outcome, status: int, base_url: str | None) -> Json:
    problem = PROBLEM_TYPES[outcome]
    reasons: list[Reason] = []
    if outcome is Outcome.MALFORMED:
        reasons = [Reason.MALFORMED]
    elif outcome is Outcome.FAILED:
        reasons = [reason for reason in Reason if reason is not Reason.MALFORMED]
    schema = _schema_of(problem, status, base_url)
    properties = schema["properties"]
    if reasons:
        properties["failed_header"] = _MEMBERS["failed_header"]
        properties["reason"] = {"type": "string", "enum": [str(reason) for reason in reasons]}
        schema["required"].append("reason")
    if outcome is Outcome.FAILED:
        properties["current_etag"] = _MEMBERS["current_etag"]
    return schema


def _schema_of(problem: ProblemType, status: int, base_url: str | None) -> Json:
    """Describe the members that every problem document has."""
    properties: Json = {
        "type": {"type": "string", "format": "uri-reference", "enum": [problem.uri(base_url)]},
        "status": {"type": "integer", "enum": [status]},
        **{name: _MEMBERS[name] for name in ("title", "detail", "instance", "next")},
    }
    return {
        "type": "object",
        "title": problem.title,
        "description": f"A problem document (RFC 9457) of {problem.clause}.",
        "required": ["type", "title", "status", "detail", "instance", "next"],
        "properties": properties,
    }


def _unknown(name: str, base_url: str | None) -> Json:
    example = describe_unknown(
        instance=_INSTANCE, href="/articles/7", noun="article", base_url=base_url
    )
    return {
        "description": "The connection to the database broke while the change was being stored, "
        "so it is there or it is not: GET, and send it again only if it is not there.",
        "headers": {
            "Cache-Control": {"schema": {"type": "string", "enum": ["no-store"]}},
            "Retry-After": {"schema": {"type": "integer"}, "description": "In seconds."},
        },
        "content": {
            PROBLEM_JSON: {
                "schema": {"$ref": f"#/components/schemas/{name}Problem"},
                "examples": {"unknown": {"value": example}},
            }
        },
    }


def _response(outcome: Outcome, name: str, base_url: str | None) -> Json:
    headers: Json = {
        "Cache-Control": {"schema": {"type": "string", "enum": ["no-store"]}},
    }
    if outcome is Outcome.FAILED:
        headers["ETag"] = _header("ETag")
    return {
        "description": _DESCRIPTIONS[outcome],
        "headers": headers,
        "content": {
            PROBLEM_JSON: {
                "schema": {"$ref": f"#/components/schemas/{name}Problem"},
                "examples": {
                    label: {"value": value}
                    for label, value in _examples(base_url).items()
                    if value["status"] == int(RESPONSES[outcome][0])
                },
            }
        },
    }


def _examples(base_url: str | None) -> dict[str, Json]:
    """Let the package answer one request for every problem there is."""
    held = evaluate("PUT", {"If-Match": '"2"'}, _CURRENT)
    cases: dict[str, tuple[Decision, State]] = {
        "changed": (evaluate("PUT", {"If-Match": '"1"'}, _CURRENT), _CURRENT),
        "exists": (evaluate("PUT", {"If-None-Match": "*"}, _CURRENT), _CURRENT),
        "absent": (evaluate("PUT", {"If-Match": '"1"'}, ABSENT), ABSENT),
        "weak": (evaluate("PUT", {"If-Match": 'W/"2"'}, _CURRENT), _CURRENT),
        "lost-race": (
            lose_race(held),
            Validators(EntityTag("3")),
        ),
        "malformed": (evaluate("PUT", {"If-Match": "2"}, _CURRENT), _CURRENT),
        "update": (evaluate("PUT", {}, _CURRENT, required=True), _CURRENT),
        "create": (evaluate("PUT", {}, ABSENT, required=True), ABSENT),
    }
    return {
        label: describe(
            decision,
            instance=_INSTANCE,
            href="/articles/7",
            current_etag=_told(decision, current),
            noun="article",
            base_url=base_url,
            creates=current is ABSENT,
        )
        for label, (decision, current) in cases.items()
    }


def _told(decision: Decision, current: State) -> str | None:
    """Give the tag that a 412 tells."""
    if decision.outcome is not Outcome.FAILED or current is ABSENT:
        return None
    return str(current.etag)
