"""A decision as a problem document (RFC 9457)."""

import json
from collections.abc import Mapping
from json.encoder import encode_basestring

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
            f"Send If-Match with the ETag of the {noun} as you read it, "
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


# What differs from one occurrence to the next, as long as a document is a draft.
_INSTANCE, _TAG, _HREF = "\ue000", "\ue001", "\ue002"


class Draft:
    """The problem document of one kind of refusal, but for what is new each time.

    A document is written once for each kind, so that a refusal costs little.

    :param tells_tag: whether it has the current tag; for the others see :func:`describe`.
    """

    __slots__ = ("detail", "pieces")

    def __init__(
        self,
        decision: Decision,
        *,
        noun: str,
        base_url: str | None,
        readable: bool,
        creates: bool,
        tells_tag: bool,
    ) -> None:
        members = describe(
            decision,
            instance=_INSTANCE,
            href=_HREF,
            current_etag=_TAG if tells_tag else None,
            noun=noun,
            base_url=base_url,
            readable=readable,
            creates=creates,
        )
        self.detail = str(members["detail"])
        text, _, after_href = f"{write_json(members)}\n".partition(f'"{_HREF}"')
        text, _, after_tag = text.partition(f'"{_TAG}"')
        before, _, after_instance = text.partition(f'"{_INSTANCE}"')
        self.pieces = before, after_instance, after_tag, after_href


@value
class Problem:
    """One occurrence of a problem.

    :param etag: the current tag in wire form; ``None`` where the draft has no place for it.
    """

    draft: Draft
    instance: str
    href: str
    etag: str | None

    def text(self) -> str:
        """Write the document."""
        before, after_instance, after_tag, after_href = self.draft.pieces
        tag = "" if self.etag is None else encode_basestring(self.etag)
        href = encode_basestring(self.href) if after_href else ""
        instance = encode_basestring(self.instance)
        return f"{before}{instance}{after_instance}{tag}{after_tag}{href}{after_href}"

    def members(self) -> dict[str, object]:
        """Give the members of the document."""
        members: dict[str, object] = json.loads(self.text())
        return members


_NAMES = frozenset(
    {
        *{"type", "title", "status", "detail", "instance", "failed_header", "reason"},
        *{"current_etag", "next", "action", "method", "href"},
    }
)


def write_json(members: Mapping[str, object]) -> str:
    """Write a problem document as ``json.dumps(members, indent=2, ensure_ascii=False)``.

    With an indent that one goes through a generator in Python, piece by piece.
    """
    text, comma = "{\n", ""
    for name, held in members.items():
        if name in _NAMES and type(held) is str:
            text += f'{comma}  "{name}": {encode_basestring(held)}'
        elif name == "status" and type(held) is int:
            text += f'{comma}  "status": {held}'
        elif name == "next" and (inner := _write_next(held)):
            text += f'{comma}  "next": {{{inner}\n  }}'
        else:
            own = json.dumps({name: held}, indent=2, ensure_ascii=False)[2:-2]
            # Half of a surrogate pair, which JSON can hold and UTF-8 cannot, becomes \\ud800.
            text += comma + own.encode("utf-8", "backslashreplace").decode()
        comma = ",\n"
    return f"{text}\n}}"


def _write_next(value: object) -> str:
    """Write the members of ``next``; nothing where somebody made something else of it."""
    text = ""
    for name, own in value.items() if type(value) is dict else ():
        if name not in _NAMES or type(own) is not str:
            return ""
        text += f'{"," if text else ""}\n    "{name}": {encode_basestring(own)}'
    return text
