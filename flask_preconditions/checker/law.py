"""What the RFC says of a finding: the clause, how much it binds, and what is right."""

from enum import StrEnum

from ..conformance import Kind
from ..conformance.verdicts import Result
from ..core import CLAUSES
from ..core import Clause
from ..core import Outcome
from . import fields
from .survey import intermediary
from .symptoms import Fault
from .symptoms import Symptom
from .symptoms import Topic
from .symptoms import has_unreadable_if_range
from .symptoms import symptom_of
from .symptoms import why_ignored


class Keyword(StrEnum):
    """How much a finding binds a server."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"
    JUDGEMENT = "our judgement"
    """No word of the RFC, but data or an answer is lost."""


_SHOULD = {fields.HEAD_VALIDATORS.id, fields.CODED_VARY.id}


def is_of_cache(shown: Result) -> bool:
    """Tell whether a cache may have answered, which SHOULD send a 304 and need not."""
    return shown.exchange is not None and intermediary(shown.exchange) is not None


def law_of(symptom: Symptom, shown: Result) -> tuple[Keyword, Clause]:
    """Give the keyword and the clause of what a vector shows."""
    vector, fault = shown.vector, symptom.fault
    if symptom.topic is Topic.SOMETIMES:
        symptom = symptom_of(shown)
    if vector.expect.outcome is Outcome.NOT_MODIFIED and is_of_cache(shown):
        return Keyword.SHOULD, CLAUSES["9111 4.3.2"]
    if shown.exchange and has_unreadable_if_range(shown.exchange):
        return Keyword.JUDGEMENT, vector.clause
    of_field = CLAUSES.get(_FIELD_CLAUSES.get(vector.group, ""), vector.clause)
    if fault is Fault.PERFORMED and symptom.topic is Topic.MALFORMED:
        return Keyword.JUDGEMENT, of_field
    if fault is Fault.PERFORMED and symptom.topic is Topic.LONG:
        return Keyword.MUST, CLAUSES["9110 5.4"]
    is_304_by_date = (
        vector.group == "if-modified-since" and vector.expect.outcome is Outcome.NOT_MODIFIED
    )
    if fault is Fault.PERFORMED and is_304_by_date:
        return Keyword.SHOULD, vector.clause
    if fault is Fault.WRITTEN or (fault is Fault.PERFORMED and symptom.topic is Topic.BASIC):
        return Keyword.MUST, of_field
    if fault is Fault.UNREAD:
        return Keyword.MUST, CLAUSES["9110 13.2.1"]
    if fault in (Fault.NO_ANSWER, Fault.ERROR, Fault.NOT_WRITTEN):
        return Keyword.JUDGEMENT, vector.clause
    if fault is Fault.OTHER_STATUS:
        if symptom.topic is Topic.MALFORMED:
            return Keyword.JUDGEMENT, vector.clause
        return Keyword.MUST, CLAUSES["9110 13.2.2"]
    if symptom.topic is Topic.LINES and fault is Fault.REFUSED:
        # Two dates are to be ignored (§13.1.3); of two lists it says only what they mean.
        is_date = vector.group in ("if-modified-since", "if-unmodified-since")
        return (Keyword.MUST if is_date else Keyword.JUDGEMENT), vector.clause
    if symptom.topic is Topic.DATE_FORM:  # every form MUST be read; of seconds it says less
        is_form = "leap-second" not in vector.id
        return (Keyword.MUST if is_form else Keyword.JUDGEMENT), vector.clause
    if vector.id in _SHOULD or is_304_by_date:
        return Keyword.SHOULD, vector.clause
    is_bound = vector.kind is Kind.REQUIRED or symptom.topic is Topic.ORDER
    is_law = is_bound and symptom.topic is not Topic.MALFORMED
    return (Keyword.MUST if is_law else Keyword.JUDGEMENT), vector.clause


_FIELD_CLAUSES = {
    "if-match": "9110 13.1.1",
    "if-none-match": "9110 13.1.2",
    "if-unmodified-since": "9110 13.1.4",
}

_RULES = {
    ("If-Match", Fault.PERFORMED): (
        "where no tag of If-Match is the current one by strong comparison, the method is not "
        "performed"
    ),
    ("If-None-Match", Fault.PERFORMED): (
        "where a tag of If-None-Match is the current one by weak comparison, or it is *, the "
        "method is not performed: GET and HEAD are 304, all others 412"
    ),
    ("If-Unmodified-Since", Fault.PERFORMED): (
        "where the resource was changed after the date, the method is not performed"
    ),
    ("If-Match", Fault.OTHER_STATUS): "a false If-Match is answered with 412",
    ("If-Unmodified-Since", Fault.OTHER_STATUS): "a false If-Unmodified-Since is 412",
}


def expected_of(symptom: Symptom, shown: Result) -> str:
    """Say what a server does that is right."""
    vector = shown.vector
    if vector.group == fields.GROUP:
        return vector.title
    statuses = " or ".join(map(str, vector.expect.status))
    if symptom.topic is Topic.MALFORMED:
        return (
            f"a field that cannot be read is refused ({statuses}), for the condition in it is not "
            f"known to hold; here: {vector.title}"
        )
    if symptom.topic in (Topic.METHOD, Topic.ABSENT):
        return "the answer is the one without preconditions, which do not count here"
    if symptom.fault is Fault.UNREAD:
        return (
            "a condition is evaluated whatever its tags are like: any text in quotes, weak or "
            f"strong, alone or in a list (§8.8.3); here: {vector.title} ({statuses})"
        )
    if symptom.topic is Topic.IGNORED:
        ignored = why_ignored(vector, symptom.field)
        return f"{ignored} is ignored, as if it was not sent ({statuses}); here: {vector.title}"
    rule = _RULES.get((symptom.field, symptom.fault))
    said = rule if rule and symptom.topic is Topic.BASIC else vector.title
    return (
        said
        if all(str(status) in said for status in vector.expect.status)
        else f"{said} ({statuses})"
    )
