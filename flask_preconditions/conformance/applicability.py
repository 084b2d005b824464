"""Which vectors a resource can be asked.

That is not a list: a vector applies when the rules, asked about the validators that the
resource really has, give the outcome that the vector expects.
"""

from ..core import ABSENT
from ..core import EntityTag
from ..core import InvalidField
from ..core import Outcome
from ..core import Reason
from ..core import State
from ..core import Validators
from ..core import evaluate
from ..core import parse_http_date
from .table import Vector
from .wire import Exchange

_DATE_FIELDS = {"If-Modified-Since", "If-Unmodified-Since"}
LONG_FIELD_OCTETS = 4_000
"""Fields longer than this may be too long for the server in front of the application."""


def why_not(vector: Vector, current: State, *, required: bool) -> str | None:
    """Say why a vector does not apply to a resource; ``None`` when it does.

    :param current: the state of the resource.
    :param required: whether it asks for a condition on writes.
    """
    expect = vector.expect
    fields = vector.resolve_fields(current)
    decision = evaluate(vector.method, fields, current, required=required)
    if (decision.outcome is Outcome.REQUIRED) is not (expect.outcome is Outcome.REQUIRED):
        return "it is about a resource that asks for a condition, or about one that does not"
    if needs_date(vector) and current is not ABSENT and current.last_modified is None:
        return "the resource tells no Last-Modified"
    if vector.mentions("{etag") and current is not ABSENT and current.etag is None:
        return "the resource tells no ETag"
    is_other_day = vector.mentions("{date:before}") or vector.mentions("{date:later}")
    sends_if_range = any(name == "If-Range" for name, _ in fields)
    if vector.mentions("{date") and sends_if_range and not is_other_day:
        return "only the server knows whether its date is a strong validator"
    found = (decision.outcome, decision.decided_by, decision.honours_range)
    wanted = (expect.outcome, expect.decided_by, expect.honours_range)
    # A weak tag matches nothing, so one that is not the current one is refused for either reason.
    is_alike = {decision.reason, expect.reason} <= {Reason.CHANGED, Reason.WEAK}
    is_same = found == wanted and (is_alike or decision.reason == expect.reason)
    return None if is_same else "it is about other validators than the resource has"


def needs_date(vector: Vector) -> bool:
    """Tell whether a vector sends the date of the resource."""
    return any("{date" in value for _, value in vector.fields)


def compares_date(vector: Vector) -> bool:
    """Tell whether a vector means something else where the resource tells no date.

    That is so for every date it sends, also one that no resource has told.
    """
    is_dated = vector.current is not ABSENT and vector.current.last_modified is not None
    sends_date = any(name in _DATE_FIELDS for name, _ in vector.fields)
    return needs_date(vector) or (is_dated and sends_date)


def is_long(vector: Vector) -> bool:
    """Tell whether a vector sends fields that may be too long for the server."""
    sent = vector.resolve_fields(vector.current)
    return sum(len(value) for _, value in sent) > LONG_FIELD_OCTETS


def may_be_required(vector: Vector) -> bool:
    """Tell whether 428 is a fair answer too: nothing was sent that it could ask for."""
    has_if_match = any(name == "If-Match" for name, _ in vector.fields)
    is_unread = vector.expect.reason is Reason.MALFORMED
    return vector.expect.unchanged and (is_unread or not has_if_match)


def state_of(seen: Exchange) -> State:
    """Read the state of a resource off a GET; a tag that cannot be read is none."""
    if seen.response.status in (404, 410):
        return ABSENT
    tag, date = seen.response.get("ETag"), seen.response.get("Last-Modified")
    try:
        parsed = EntityTag.parse(tag) if tag else None
    except InvalidField:
        parsed = None
    return Validators(parsed, parse_http_date(date or ""))
