"""A decision as the members of a problem document (RFC 9457)."""

from dataclasses import dataclass

from .core import ABSENT
from .core import CLAUSES
from .core import Clause
from .core import Decision
from .core import EntityTag
from .core import Field
from .core import Outcome
from .core import Reason
from .core import State


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem this package answers with.

    :param slug: the last part of its ``type`` URI and the name of its page.
    :param title: the same for every occurrence.
    :param clause: what its ``type`` links to where no pages are published.
    """

    outcome: Outcome
    slug: str
    title: str
    clause: Clause

    def uri(self, base_url: str | None) -> str:
        """Give its ``type`` URI below the published problem pages, or the RFC's section."""
        return f"{base_url}{self.slug}/" if base_url else self.clause.url


PROBLEM_TYPES = {
    problem.outcome: problem
    for problem in (
        ProblemType(
            Outcome.FAILED, "precondition-failed", "Precondition Failed", CLAUSES["9110 15.5.13"]
        ),
        ProblemType(
            Outcome.REQUIRED, "precondition-required", "Precondition Required", CLAUSES["6585 3"]
        ),
        ProblemType(
            Outcome.MALFORMED,
            "malformed-precondition",
            "Malformed Precondition",
            CLAUSES["9110 8.8.3"],
        ),
    )
}
"""Every kind of problem that a decision leads to, by its outcome."""

OUTCOME_UNKNOWN = "outcome-unknown"
"""The slug of the problem of a write whose commit was never answered."""


def describe_unknown(*, path: str, noun: str, base_url: str | None) -> dict[str, object]:
    """Describe a write that is stored or not, for the client."""
    clause = Clause(9110, "15.6.4", "503 Service Unavailable")
    return {
        "type": f"{base_url}{OUTCOME_UNKNOWN}/" if base_url else clause.url,
        "title": "Outcome Unknown",
        "status": 503,
        "detail": f"The connection to the database broke while your change to the {noun} was being "
        "stored. It is there or it is not: read it, and send the change again only if it is not.",
        "instance": path,
        "next": {"action": "refetch", "method": "GET", "href": path},
    }


def describe(
    decision: Decision,
    *,
    path: str,
    current: State | None = None,
    noun: str = "resource",
    base_url: str | None = None,
    readable: bool = True,
    creates: bool = False,
) -> dict[str, object]:
    """Describe a refused request for the client.

    :param decision: a decision that refuses.
    :param path: the path of the target.
    :param current: its current state, where the client may know it.
    :param noun: what the resource is called in sentences.
    :param base_url: where the problem pages are published.
    :param readable: whether the client can GET the target.
    :param creates: whether the method would have created it.
    """
    problem = PROBLEM_TYPES[decision.outcome]
    members: dict[str, object] = {
        "type": problem.uri(base_url),
        "title": problem.title,
        "status": decision.status,
        "detail": _detail(decision, noun, creates),
        "instance": path,
    }
    if decision.decided_by:
        members["failed_header"] = str(decision.decided_by)
    if decision.reason:
        members["reason"] = str(decision.reason)
    if decision.outcome is Outcome.FAILED and (tag := _tag_of(current)):
        members["current_etag"] = str(tag)
    members["next"] = _next(decision, path, readable, creates)
    return members


def _tag_of(current: State | None) -> EntityTag | None:
    return None if current is None or current is ABSENT else current.etag


def _detail(decision: Decision, noun: str, creates: bool) -> str:
    if decision.malformed:
        return decision.malformed.problem
    if decision.outcome is Outcome.REQUIRED:
        if creates:
            return f"To create the {noun}, send If-None-Match: * with this request."
        return (
            f"To change the {noun}, send If-Match with the ETag of the version you read, "
            "so that nobody else's change is lost."
        )
    match decision.reason:
        case Reason.LOST_RACE:
            return f"Another write to the {noun} came first, while this one was under way."
        case Reason.ABSENT:
            return f"The {noun} does not exist, and {decision.decided_by} asks that it does."
        case Reason.WEAK:
            return (
                "If-Match compares strongly, and a weak entity tag (W/) never matches. "
                "Send the tag as the server issued it."
            )
        case Reason.EXISTS:
            return f"The {noun} exists in a state that your {Field.IF_NONE_MATCH} rules out."
        case _:
            return f"The {noun} changed after you read it."


def _next(decision: Decision, path: str, readable: bool, creates: bool) -> dict[str, str]:
    if decision.outcome is Outcome.MALFORMED or (decision.outcome is Outcome.REQUIRED and creates):
        return {"action": "resend"}
    if not readable or decision.reason is Reason.ABSENT:
        return {"action": "none"}
    return {"action": "refetch", "method": "GET", "href": path}
