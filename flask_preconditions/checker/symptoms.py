"""What is wrong with one answer, and which part of the rules it is about."""

import re
from dataclasses import dataclass
from enum import StrEnum

from ..conformance import Kind
from ..conformance import Vector
from ..conformance.verdicts import Result
from ..conformance.wire import Exchange
from ..core import SAFE_METHODS
from ..core import EntityTag
from ..core import Field
from ..core import InvalidField
from ..core import Outcome
from ..core import Reason
from ..core import parse_http_date
from .fields import GROUP


class Fault(StrEnum):
    """What an answer does that it must not."""

    PERFORMED = "performed"
    """A condition that is false did not stop the method, or a read is answered as if it had not."""
    PARTIAL = "partial"
    """A range was sent where the whole was due."""
    REFUSED = "refused"
    """A request was stopped that nothing stops."""
    OTHER_STATUS = "other status"
    """The method was stopped, with a status that says something else: also one of success."""
    WRITTEN = "written"
    """The answer is a refusal, and the resource was changed."""
    READ_WRITES = "read writes"
    """A safe method changed the resource."""
    NOT_WRITTEN = "not written"
    """The answer is a success, and nothing was changed."""
    ERROR = "error"
    """The server failed."""
    NO_ANSWER = "no answer"
    """There was no answer, or none that is HTTP."""
    UNREAD = "unread"
    """Every value is refused that is not of the form of the server's own tags."""
    FIELDS = "fields"
    """The fields of the answer are not as they must be."""


class Topic(StrEnum):
    """What a vector is about, besides its field."""

    BASIC = "basic"
    STAR = "star"
    QUOTED_STAR = "quoted star"
    """A tag that is a star, which is not the wildcard."""
    PART = "part"
    """The tag is nearly the current one."""
    EARLIER = "earlier"
    """The tag is one that the server told before."""
    LIST = "list"
    LINES = "lines"
    """The field has several lines."""
    WEAK = "weak"
    MALFORMED = "malformed"
    IGNORED = "ignored"
    """The field is one that must be ignored: no date, or on a method it is not for."""
    DATE_FORM = "date form"
    OTHER_DATE = "other date"
    """The date is a day beside that of the resource."""
    LONG = "long"
    ORDER = "order"
    OTHER = "other"
    """A special case, where the plain one is right."""
    NOWHERE = "nowhere"
    """A write where nothing is, and a condition that says so."""
    ABSENT = "absent"
    """Nothing is there, so that conditions are not looked at."""
    METHOD = "method"
    """The method is one that takes no conditions."""
    ANSWER = "answer"
    """What else the answer says."""
    SECOND = "second"
    """The request is not the first one of its connection."""
    SOMETIMES = "sometimes"
    """Whatever it is about, it is right another time."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """What is wrong with one answer.

    :param field: the field that it is about; empty where it is about none.
    :param status: the status, where that makes a difference.
    """

    fault: Fault
    field: str
    topic: Topic
    method: str
    status: int = 0


# The plainest vectors of each field: where they pass, no field is ignored as such.
_PLAIN = re.compile(
    r"if-match-(current|stale)-tag"
    r"|if-none-match-(current|other)-tag"
    r"|if-unmodified-since-(older|equal)"
    r"|if-modified-since-(older|equal|long-before)"
    r"|if-range-(current|other)-tag|if-range-(equal|older|newer|weak)-date"
)
CONNECTION = "connection"
"""The group of vectors that are the second request of a connection."""

_GROUP_FIELDS = {field.lower(): str(field) for field in Field}


def symptom_of(result: Result) -> Symptom:
    """Tell what is wrong with an answer that failed its vector."""
    vector = result.vector
    fault = _fault(result)
    shows_status = fault in (Fault.REFUSED, Fault.OTHER_STATUS, Fault.ERROR)
    status = result.exchange.response.status if shows_status and result.exchange else 0
    return Symptom(fault, field_of(vector), topic_of(vector), vector.method, status)


def _fault(result: Result) -> Fault:
    vector, expect = result.vector, result.vector.expect
    if result.exchange is None:
        return Fault.NO_ANSWER
    if vector.group == GROUP:
        return Fault.FIELDS
    status = result.exchange.response.status
    is_success, is_right = 200 <= status < 300, expect.accepts_status(status)
    if expect.unchanged and result.is_changed and vector.method in SAFE_METHODS:
        return Fault.READ_WRITES
    if expect.unchanged and result.is_changed and not is_success:
        return Fault.WRITTEN
    if not is_right and status >= 500:
        return Fault.ERROR
    if not is_right and status == 206:
        return Fault.PARTIAL
    if expect.outcome is not Outcome.PERFORM:
        if is_success:
            is_left = result.is_changed is False and vector.method not in SAFE_METHODS
            return Fault.OTHER_STATUS if is_left else Fault.PERFORMED
        return Fault.FIELDS if is_right else Fault.OTHER_STATUS
    if not is_right:
        return Fault.REFUSED
    return (
        Fault.NOT_WRITTEN if result.is_changed is False and not expect.unchanged else Fault.FIELDS
    )


def field_of(vector: Vector) -> str:
    """Name the field that a vector is about."""
    if vector.group == GROUP:
        return vector.id
    if vector.expect.decided_by:
        return str(vector.expect.decided_by)
    if vector.group in _GROUP_FIELDS:
        return _GROUP_FIELDS[vector.group]
    sent = [name for name, _ in vector.fields if name.lower() in _GROUP_FIELDS]
    return sent[0] if sent else ""


def topic_of(vector: Vector) -> Topic:
    """Tell which part of the rules of a field a vector is about."""
    expect, clause = vector.expect, vector.clause.section
    values = [value for name, value in vector.fields if name.lower() in _GROUP_FIELDS]
    names = [name for name, _ in vector.fields]
    is_date = vector.group in ("if-modified-since", "if-unmodified-since")
    rules = [
        (vector.group == GROUP, Topic.ANSWER),
        (vector.id == "if-range-weak-current", Topic.WEAK),
        (vector.group == CONNECTION, Topic.SECOND),
        (vector.method in ("OPTIONS", "TRACE", "CONNECT"), Topic.METHOD),
        (vector.state == "absent" and expect.accepts_status(404), Topic.ABSENT),
        (vector.state == "absent" and expect.outcome is Outcome.FAILED, Topic.NOWHERE),
        (vector.kind is Kind.OPTIONAL and bool(expect.has or expect.lacks), Topic.ANSWER),
        (any("{pad:" in value or "{tags:" in value for value in values), Topic.LONG),
        (expect.reason is Reason.MALFORMED, Topic.MALFORMED),
        (vector.group == "precedence", Topic.ORDER),
        (len({name.lower() for name in names}) < len(names), Topic.LINES),
        (vector.mentions("{etag:earlier"), Topic.EARLIER),
        (vector.mentions("{date:before}") or vector.mentions("{date:later}"), Topic.OTHER_DATE),
        (is_nearly(vector), Topic.PART),
        (clause == "5.6.7", Topic.DATE_FORM),
        (is_date and expect.decided_by is None, Topic.IGNORED),
        (expect.reason is Reason.WEAK or clause == "8.8.3.2", Topic.WEAK),
        (any(value.strip() == "*" for value in values), Topic.STAR),
        (any(value.strip() == '"*"' for value in values), Topic.QUOTED_STAR),
        (_PLAIN.match(vector.id) is not None, Topic.BASIC),
        (clause in ("5.3", "5.6.1", "8.8.3") or _is_list(vector, values), Topic.LIST),
    ]
    return next((topic for applies, topic in rules if applies), Topic.OTHER)


_NEARLY = re.compile(r"\{etag:(gzip|beginning|end|longer|preceded|case|length|percent)\}")


def is_nearly(vector: Vector) -> bool:
    """Tell whether the only tag of a vector is nearly the current one."""
    return len(vector.fields) == 1 and bool(_NEARLY.fullmatch(vector.fields[0][1]))


def sends_star(vector: Vector, field: str) -> bool:
    """Tell whether all that a field says is the wildcard."""
    sent = [value.strip() for name, value in vector.fields if name == field]
    return set(sent) == {"*"}


def _is_list(vector: Vector, values: list[str]) -> bool:
    is_tags = vector.group in ("if-match", "if-none-match")
    return is_tags and (len(values) > 1 or "," in "".join(values))


def has_unreadable_if_range(exchange: Exchange) -> bool:
    """Tell whether If-Range is neither one tag nor a date; the RFC says nothing of such a one."""
    values = [value for name, value in exchange.fields if name == "If-Range"]
    return len(values) > 1 or any(not _is_validator(value) for value in values)


def _is_validator(value: str) -> bool:
    try:
        EntityTag.parse(value)
    except InvalidField:
        return parse_http_date(value) is not None
    return True


def why_ignored(vector: Vector, field: str) -> str:
    """Name a date that must be ignored, and why (RFC 9110 §13.1.3, §13.1.4)."""
    sent = [value for name, value in vector.fields if name == field]
    if field == "If-Modified-Since" and vector.method not in ("GET", "HEAD"):
        return f"{field}, which is for GET and HEAD alone"
    is_date = len(sent) == 1 and (sent[0] == "{date}" or parse_http_date(sent[0]) is not None)
    if is_date:
        return f"{field} where the resource tells no date"
    return f"an {field} that is no HTTP date"
