"""What goes on the wire: validators, 304, and the refusals."""

from datetime import UTC
from datetime import datetime
from datetime import timedelta
from urllib.parse import quote

from flask import Request
from flask import Response
from flask import current_app
from flask import request

from .config import Policy
from .core import ABSENT
from .core import Decision
from .core import Outcome
from .core import State
from .core import Validators
from .core import format_http_date
from .exceptions import HTTPPrecondition
from .exceptions import MalformedCondition
from .exceptions import NotModified
from .exceptions import PreconditionFailed
from .exceptions import PreconditionRequired
from .problems import describe

_REFUSALS: dict[Outcome, type[HTTPPrecondition]] = {
    Outcome.FAILED: PreconditionFailed,
    Outcome.MALFORMED: MalformedCondition,
    Outcome.REQUIRED: PreconditionRequired,
}


def is_settled(last_modified: datetime, now: datetime) -> bool:
    """Tell whether the second of a modification is over.

    While it lasts another write could share its date, so the date is not sent yet; once
    it is over, a date that was sent names one state only (RFC 9110 §8.8.2.2). A date in
    the future is never sent (§8.8.2.1).
    """
    return now >= last_modified + timedelta(seconds=1)


def validator_headers(current: Validators) -> dict[str, str]:
    """Give the header fields that tell a state."""
    headers = {}
    if current.etag:
        headers["ETag"] = str(current.etag)
    if current.last_modified and is_settled(current.last_modified, datetime.now(UTC)):
        headers["Last-Modified"] = format_http_date(current.last_modified)
    return headers


def stamp(response: Response, current: Validators, policy: Policy) -> None:
    """Put the validators on a success, over any the view has set itself.

    A tag of the view's own would be one that If-Match is never compared with.
    """
    response.headers.update(validator_headers(current))
    if policy.cache_control and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = policy.cache_control
    response.vary.update(policy.vary)


def not_modified_headers(current: Validators, policy: Policy) -> dict[str, str]:
    """Choose the fields of a 304 out of those that the 200 would have.

    §15.4.5 asks for ETag, Cache-Control, Content-Location, Date, Expires and Vary. A
    Last-Modified beside a tag helps nobody.
    """
    headers = validator_headers(current)
    if "ETag" in headers:
        headers.pop("Last-Modified", None)
    if policy.cache_control:
        headers["Cache-Control"] = policy.cache_control
    if policy.vary:
        headers["Vary"] = ", ".join(policy.vary)
    return headers


def refuse(
    decision: Decision,
    current: State | None,
    policy: Policy,
    *,
    noun: str,
    creates: bool,
    target: object = None,
) -> HTTPPrecondition:
    """Build the exception that answers a request whose decision is not to perform it.

    :param current: the target's state; ``None`` when it is not known.
    :param target: the target itself, for a policy that shows it.
    """
    if decision.outcome is Outcome.NOT_MODIFIED:
        assert isinstance(current, Validators)
        return NotModified(decision, current, {}, not_modified_headers(current, policy))
    readable = _is_readable()
    tells = policy.disclose == "if-readable" and readable
    told = current if tells or policy.disclose == "etag" or callable(policy.disclose) else None
    problem = describe(
        decision,
        path=_reference_of(request),
        current=told,
        noun=noun,
        base_url=policy.problem_base_url,
        readable=readable,
        creates=creates and current is ABSENT,
    )
    if callable(policy.disclose) and decision.outcome is Outcome.FAILED and target is not None:
        problem["current"] = policy.disclose(target)
    # A 412 is built afresh: nothing of the would-be 200, and nothing for a cache to keep.
    headers = {"Cache-Control": "no-store"}
    if decision.outcome is Outcome.FAILED and isinstance(told, Validators) and told.etag:
        headers["ETag"] = str(told.etag)
    return _REFUSALS[decision.outcome](decision, current, problem, headers)


def _reference_of(request: Request) -> str:
    """Give the target as a URI reference: mounted where it is, and percent-encoded again."""
    return quote(request.script_root + request.path, safe="/!$&'()*+,;=:@~")


def _is_readable() -> bool:
    """Tell whether the URL of this request answers GET too."""
    adapter = current_app.create_url_adapter(request)
    return adapter is not None and "GET" in adapter.allowed_methods()
