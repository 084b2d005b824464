"""What a response tells of its request: the fields seen, the decision, caches, what next."""

from collections.abc import Iterable
from typing import Any

from flask import Request
from flask import Response

from ..core import CLAUSES
from ..core import Clause
from ..core import Decision
from ..core import State
from .errors import phrase_of
from .limits import SHOWN_CHARACTERS

# Never Cookie or Authorization, nor what else could hold a secret.
_SHOWN = (
    *("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"),
    *("Range", "Prefer", "Accept", "Accept-Encoding", "Origin", "Content-Type"),
)

# RFC 9110 §15.1.
_HEURISTIC = frozenset({200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501})
_STORING = Clause(9111, "3", "Storing Responses in Caches")
_HEURISTICS = Clause(9111, "4.2.2", "Calculating Heuristic Freshness")
_RETRY_AFTER = Clause(9110, "10.2.3", "Retry-After")
_IDEMPOTENT = Clause(9110, "9.2.2", "Idempotent Methods")
_CONFLICT = Clause(9110, "15.5.10", "409 Conflict")
_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "QUERY", "TRACE"})
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})


def diagnose(
    request: Request, response: Response, decision: Decision, state: State
) -> dict[str, Any]:
    """Tell of a request and the response that it gets.

    :param decision: what its conditions come to at ``state``.
    """
    status = response.status_code
    return {
        "method": request.method,
        "url": _url(request),
        "status": status,
        "title": phrase_of(status),
        "fields": dict(_fields(request)),
        "evaluated": describe_decision(decision, state),
        "cacheable": _cacheable(request.method, response),
        "retry": _retry(request.method, status),
    }


def describe_decision(decision: Decision, state: State) -> dict[str, Any]:
    """Tell a decision with the steps of RFC 9110 §13.2.2 that led to it."""
    tag = getattr(state, "etag", None)
    return {
        "current_etag": tag and str(tag),
        "outcome": str(decision.outcome),
        "status": decision.status,
        "decided_by": decision.decided_by and str(decision.decided_by),
        "reason": decision.reason and str(decision.reason),
        "trace": [
            {
                "step": step.number,
                "field": step.field and str(step.field),
                "truth": step.evaluation.truth.value,
                "note": step.evaluation.note,
                "clause": str(step.clause),
            }
            for step in decision.trace
        ],
    }


def _url(request: Request) -> str:
    query = request.query_string.decode("latin-1")
    url = f"{request.script_root}{request.path}"
    return _shorten(f"{url}?{query}" if query else url)


def _fields(request: Request) -> Iterable[tuple[str, str]]:
    for name in _SHOWN:
        value = request.headers.get(name)
        if value is not None:
            yield name, _shorten(value)


def _shorten(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def _cacheable(method: str, response: Response) -> dict[str, Any]:
    """Tell whether a cache may keep a response."""
    control = response.cache_control
    is_explicit = control.public or control.max_age is not None or "Expires" in response.headers
    if method not in ("GET", "HEAD"):
        return _told(False, f"the response to {method} is not kept for later requests", _STORING)
    if control.no_store:
        return _told(False, "Cache-Control says no-store", _STORING)
    if is_explicit:
        which = "private caches only" if control.private else "any cache"
        return _told(True, f"the response says itself how long; {which}", _STORING)
    if response.status_code in _HEURISTIC:
        why = "it says nothing, and caches may guess how long for this status"
        return _told(True, why, _HEURISTICS)
    return _told(False, "no cache may keep this status unless the response says so", _STORING)


def _told(is_so: bool, why: str, clause: Clause) -> dict[str, Any]:
    return {"may_be_stored": is_so, "why": why, "clause": str(clause)}


def _retry(method: str, status: int) -> dict[str, Any]:
    """Advise on sending the request again."""
    rows: dict[int, tuple[bool, str, Clause]] = {
        304: (False, "use the copy that you have", CLAUSES["9110 15.4.5"]),
        409: (False, "resolve the conflict that the content names, then send", _CONFLICT),
        412: (
            False,
            "the same request fails again: read, merge, and send it with the new tag in If-Match",
            CLAUSES["9110 15.5.13"],
        ),
        428: (
            False,
            "read first, and send the ETag in If-Match; or If-None-Match: * to create",
            CLAUSES["6585 3"],
        ),
    }
    if status in rows:
        return _advice(*rows[status])
    if status < 400:
        return _advice(False, "there is no need to", _IDEMPOTENT)
    if status in (429, 503):
        return _advice(True, "after what Retry-After says, with growing pauses", _RETRY_AFTER)
    if status in _LATER and method in _REPEATABLE:
        return _advice(True, f"{method} may be sent again as it is, with pauses", _IDEMPOTENT)
    if status in _LATER:
        why = f"{method} may have been performed: find out first, or guard it with If-Match"
        return _advice(False, why, _IDEMPOTENT)
    return _advice(False, "the same request fails again; change it", _IDEMPOTENT)


def _advice(is_so: bool, what: str, clause: Clause) -> dict[str, Any]:
    return {"as_it_is": is_so, "advice": what, "clause": str(clause)}
