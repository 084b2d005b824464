"""A decision as the members of a problem document (RFC 9457)."""

from .core import CLAUSES
from .core import Clause
from .core import Decision
from .core import Field
from .core import Outcome
from .core import Reason
from .core import value


@value
class ProblemType:
    """A kind of problem this package answers with.

    :param slug: the last part of its ``type`` URI and the name of its page.
    :param title: the same for every occurrence.
    :param clause: what its ``type`` links to where no pages are published, at
        ``reference``.
    """

    slug: str
    title: str
    clause: Clause

    reference: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reference", self.clause.url)

    def uri(self, base_url: str | None) -> str:
        """Give its ``type`` URI below the published problem pages, or the RFC's section."""
        return f"{base_url}{self.slug}/" if base_url else self.reference


PROBLEM_TYPES = {
    Outcome.FAILED: ProblemType(
        "precondition-failed", "Precondition Failed", CLAUSES["9110 15.5.13"]
    ),
    Outcome.REQUIRED: ProblemType(
        "precondition-required", "Precondition Required", CLAUSES["6585 3"]
    ),
    Outcome.MALFORMED: ProblemType(
        "malformed-precondition", "Malformed Precondition", CLAUSES["9110 8.8.3"]
    ),
}
"""Every kind of problem that a decision leads to, by its outcome."""

UNKNOWN = ProblemType(
    "outcome-unknown",
    "Outcome Unknown",
    Clause(9110, "15.6.4", "503 Service Unavailable"),
)
"""The problem of a write whose commit was never answered."""


def describe_unknown(
    *, instance: str, href: str, noun: str, base_url: str | None
) -> dict[str, object]:
    """Describe a write that is stored or not, for the client.

    :param instance: as for :func:`describe`, like the others.
    """
    return {
        "type": UNKNOWN.uri(base_url),
        "title": UNKNOWN.title,
        "status": 503,
        "detail": f"The connection to the database broke while your change to the {noun} was being "
        "stored. It is there or it is not: read it, and send the change again if it is not.",
        "instance": instance,
        "next": {"action": "refetch", "method": "GET", "href": href},
    }


_BY_STATUS = {outcome.status: problem for outcome, problem in PROBLEM_TYPES.items()}


def describe(
    decision: Decision,
    *,
    instance: str,
    href: str,
    current_etag: str | None = None,
    noun: str = "resource",
    base_url: str | None = None,
    readable: bool = True,
    creates: bool = False,
) -> dict[str, object]:
    """Describe a refused request for the client.

    :param decision: a decision that refuses.
    :param instance: what identifies this occurrence (RFC 9457 §3.1.5), not the target.
    :param href: the target as a URI reference, with its query.
    :param current_etag: its current tag, in wire form, where the client may know it.
    :param noun: what the resource is called in sentences.
    :param base_url: where the problem pages are published.
    :param readable: whether the client can GET the target.
    :param creates: whether the method would have created it.
    """
    problem = _BY_STATUS[decision.outcome.status]
    members: dict[str, object] = {
        "type": f"{base_url}{problem.slug}/" if base_url else problem.reference,
        "title": problem.title,
        "status": decision.outcome.status,
        "detail": _detail(decision, noun, creates),
        "instance": instance,
    }
    if decision.decided_by:
        members["failed_header"] = str(decision.decided_by)
    if decision.reason:
        members["reason"] = str(decision.reason)
    if current_etag is not None:
        members["current_etag"] = current_etag
    members["next"] = _next(decision, href, readable, creates)
    return members


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


def _next(decision: Decision, href: str, readable: bool, creates: bool) -> dict[str, str]:
    if decision.outcome is Outcome.MALFORMED or (decision.outcome is Outcome.REQUIRED and creates):
        return {"action": "resend"}
    if not readable or decision.reason is Reason.ABSENT:
        return {"action": "none"}
    return {"action": "refetch", "method": "GET", "href": href}
