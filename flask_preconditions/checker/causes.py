"""Which vectors fail for one reason: the causes of findings."""

import re
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby

from ..conformance import Vector
from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..core import SAFE_METHODS
from ..core import Outcome
from ..core import Reason
from ..core import parse_http_date
from . import fields
from .symptoms import Fault
from .symptoms import Symptom
from .symptoms import Topic
from .symptoms import field_of
from .symptoms import sends_star
from .symptoms import symptom_of
from .symptoms import topic_of
from .unread import find_unread
from .unread import sends_other_form

# Where the plain case fails by the same fault, all that is said of it besides follows.
_FOLLOWS = (Fault.PERFORMED, Fault.REFUSED, Fault.PARTIAL)
# Whether it is let through or not is chance where a value is not read as a whole.
_MISREAD = (Topic.LIST, Topic.LINES, Topic.DATE_FORM)
_ONE_BY_STATUS = (Fault.OTHER_STATUS, Fault.ERROR)
_READ_WRONG = (304, 412)
"""The statuses of a condition that was read, and read wrong."""

_UNREAD = (400, 413, 431)
"""What a server answers to a field that it does not like, whatever it is for."""

Known = Mapping[Symptom, list[Result]]
"""What is wrong, and what shows it."""

Cause = tuple[list[Symptom], list[Result]]
"""What is wrong, by method, and what shows it."""


def group_by_cause(judged: Iterable[Result]) -> list[Cause]:
    """Group the vectors that fail by their causes.

    :param judged: those that pass too: they tell what a server does look at.
    """
    given = list(judged)
    ignored = _ignored(given)
    unread = find_unread(given)
    by_method: dict[Symptom, list[Result]] = {}
    causes: dict[Symptom, list[Result]] = {}
    for result in given:
        if result.verdict is Verdict.FAIL:
            found = symptom_of(result)
            if result.times:
                cause = replace(found, field="", topic=Topic.SOMETIMES)
                causes.setdefault(cause, []).append(result)
                continue
            if _is_unread(result, unread):
                cause = Symptom(Fault.UNREAD, "", Topic.BASIC, found.method, found.status)
                causes.setdefault(cause, []).append(result)
                continue
            is_ignored = (found.fault, found.field, found.method) in ignored
            symptom = replace(found, topic=Topic.BASIC) if is_ignored else found
            by_method.setdefault(symptom, []).append(result)
    for symptom, results in by_method.items():
        for result in results:
            cause = _explained(symptom, result.vector, by_method) or _cause_of(symptom, by_method)
            causes.setdefault(cause, []).append(result)
    groups = []
    by_title = sorted(causes.items(), key=lambda item: _without_method(item[0]))
    for _, group in groupby(by_title, key=lambda item: _without_method(item[0])):
        members = list(group)
        groups.append(([s for s, _ in members], [r for _, rs in members for r in rs]))
    return groups


def _is_unread(result: Result, unread: Mapping[str, int]) -> bool:
    """Tell whether a vector fails because a tag is of a form that the server does not read."""
    status = result.exchange.response.status if result.exchange else 0
    return any(
        status == refusal and sends_other_form(result.vector, field)
        for field, refusal in unread.items()
    )


def _ignored(judged: Iterable[Result]) -> set[tuple[Fault, str, str]]:
    """Find the fields that a method does not look at: nothing that they say has any effect.

    Where a resource has a weak tag or none, the plain vectors do not apply. Then this tells a
    field that is not read from one that is read wrong.
    """
    topics: dict[tuple[Fault, str, str], set[Topic]] = {}
    read: set[tuple[str, str]] = set()
    for result in judged:
        vector = result.vector
        is_range = vector.group == "if-range"
        stops = vector.expect.outcome is not Outcome.PERFORM
        if not (stops or (is_range and not vector.expect.honours_range)):
            continue
        field, topic = field_of(vector), topic_of(vector)
        if len({name.lower() for name, _ in vector.fields} - {"range"}) != 1:
            continue
        is_fault = result.verdict is Verdict.FAIL and not result.times
        fault = symptom_of(result).fault if is_fault else None
        if fault in (Fault.PERFORMED, Fault.PARTIAL):
            topics.setdefault((fault, field, vector.method), set()).add(topic)
        elif result.exchange and result.exchange.response.status not in _UNREAD:
            read.add((field, vector.method))
    return {
        (fault, field, method)
        for (fault, field, method), found in topics.items()
        if len(found) > 1 and (field, method) not in read
    }


def _cause_of(symptom: Symptom, known: Known) -> Symptom:
    fault, field, method, status = symptom.fault, symptom.field, symptom.method, symptom.status
    if fault in (Fault.NO_ANSWER, Fault.WRITTEN, Fault.READ_WRITES, Fault.NOT_WRITTEN):
        return Symptom(fault, "", Topic.BASIC, method)
    if symptom.topic in (Topic.ANSWER, Topic.METHOD, Topic.ABSENT):
        if fault is Fault.REFUSED or (fault is Fault.ERROR and symptom.topic is not Topic.ANSWER):
            return Symptom(fault, "", symptom.topic, method, status)
        return symptom
    if symptom.topic is Topic.EARLIER and _takes_any_of_its_length(symptom, known):
        return replace(symptom, topic=Topic.PART)
    if symptom.topic is Topic.ORDER and fault is Fault.REFUSED and status in _READ_WRONG:
        other = Symptom(Fault.PERFORMED, field, Topic.ORDER, method)
        return other if other in known else symptom
    if symptom.topic in _MISREAD and fault in (*_FOLLOWS, Fault.OTHER_STATUS):
        basic = Symptom(fault, field, Topic.BASIC, method, status)
        if basic in known:
            return basic
        if _refuses_lists(field, method, known):  # several lines are one list (§5.3)
            return Symptom(Fault.REFUSED, field, Topic.LIST, method, status)
        if symptom.topic is Topic.LINES and _misreads_lists(field, method, known):
            return Symptom(Fault.PERFORMED, field, Topic.LIST, method)
        if symptom.topic is Topic.LINES and not any(_is_misread(s, method) for s in known):
            return Symptom(Fault.REFUSED, "", Topic.LINES, method, status)
        name = "" if symptom.topic is Topic.LINES else field
        return Symptom(Fault.PERFORMED, name, symptom.topic, method)
    if fault in _ONE_BY_STATUS:
        topic = Topic.BASIC if symptom.topic is not Topic.MALFORMED else Topic.MALFORMED
        same = Symptom(fault, field, Topic.BASIC, method, status)
        others = {s.topic for s in known if _is_alike(s, same)} - {Topic.MALFORMED}
        return same if others else Symptom(fault, field, topic, method, status)
    basic = Symptom(fault, field, Topic.BASIC, method, status)
    return basic if fault in _FOLLOWS and basic in known else symptom


def _takes_any_of_its_length(symptom: Symptom, known: Known) -> bool:
    """Tell whether any tag is taken that is as long as the current one: earlier ones are, too."""
    near = known.get(replace(symptom, topic=Topic.PART), [])
    return any(result.vector.mentions("{etag:length}") for result in near)


def _is_misread(symptom: Symptom, method: str) -> bool:
    """Tell whether a method reads a field of several lines, and reads it wrong."""
    is_read = symptom.status in (0, *_READ_WRONG)
    return symptom.topic is Topic.LINES and symptom.method == method and is_read


_PLAIN_LIST = re.compile(r"if-match-list-(first|last)|if-none-match-list")


def _misreads_lists(field: str, method: str, known: Known) -> bool:
    """Tell whether no list is read, on one line or on several: they are the same (§5.3)."""
    lists = [
        rs for s, rs in known.items() if (s.topic, s.field, s.method) == (Topic.LIST, field, method)
    ]
    return any(_PLAIN_LIST.fullmatch(result.vector.id) for rs in lists for result in rs)


def _refuses_lists(field: str, method: str, known: Known) -> bool:
    """Tell whether every list that a method answers wrong is answered as what is not read."""
    lists = [s for s in known if (s.topic, s.field, s.method) == (Topic.LIST, field, method)]
    return bool(lists) and {s.status for s in lists} <= set(_UNREAD)


def _explained(symptom: Symptom, vector: Vector, known: Known) -> Symptom | None:
    """Give the simpler fault of which an answer is the consequence.

    A field that is not read right by itself is not read right among others.
    """
    if symptom.fault is Fault.FIELDS and vector.expect.outcome is Outcome.NOT_MODIFIED:
        return next((other for other in known if other.field == fields.BARE_304.id), None)
    is_one_tag = re.fullmatch(r'"[^"]*"', vector.fields[0][1]) if vector.fields else None
    if is_one_tag and (symptom.topic, symptom.fault) == (Topic.LIST, Fault.PERFORMED):
        part = replace(symptom, topic=Topic.PART)  # it is one tag, that is like the current one
        return _cause_of(part, known) if part in known else None
    if symptom.topic is Topic.WEAK and any("," in value for _, value in vector.fields):
        misread = replace(symptom, topic=Topic.LIST)
        return _cause_of(misread, known) if misread in known else None
    if symptom.topic is Topic.LINES and any(not value.strip() for _, value in vector.fields):
        misread = replace(symptom, topic=Topic.LIST)  # it is an empty element of the list (§5.3)
        return _cause_of(misread, known) if misread in known else None
    if symptom.topic is Topic.LONG and vector.expect.reason is Reason.MALFORMED:
        malformed = replace(symptom, topic=Topic.MALFORMED)
        return _cause_of(malformed, known) if malformed in known else None
    if symptom.topic not in (Topic.ORDER, Topic.MALFORMED, Topic.LINES):
        return None
    sent = {name for name, _ in vector.fields}
    near = "If-Range" if symptom.fault is Fault.PARTIAL else symptom.field
    for other in sorted(known, key=lambda other: other.field != near):
        if other.method != symptom.method or other.field not in sent:
            continue
        if other.fault not in (*_FOLLOWS, *_ONE_BY_STATUS):
            continue
        is_star = other.topic is Topic.STAR and sends_star(vector, other.field)
        is_nowhere = other.topic is Topic.NOWHERE and vector.state == "absent"
        is_plain = other.topic is Topic.BASIC and symptom.topic is Topic.ORDER
        is_bad = other.topic is Topic.IGNORED and symptom.topic is not Topic.MALFORMED
        if is_star or is_nowhere or is_plain or (is_bad and _is_to_be_ignored(vector, other.field)):
            return _cause_of(other, known)
    return None


def _is_to_be_ignored(vector: Vector, field: str) -> bool:
    """Tell whether a date is one that must be ignored: of this method, or no date at all."""
    if field == "If-Modified-Since" and vector.method not in ("GET", "HEAD"):
        return True
    sent = [value for name, value in vector.fields if name == field]
    return len(sent) > 1 or not (sent[0].startswith("{date") or parse_http_date(sent[0]))


def _is_alike(one: Symptom, other: Symptom) -> bool:
    return (one.fault, one.field, one.method, one.status) == (
        other.fault,
        other.field,
        other.method,
        other.status,
    )


def _without_method(symptom: Symptom) -> tuple[str, str, str, int, bool]:
    # A read and a write are other code, and other harm; but one reader of fields is both.
    is_read = symptom.method in SAFE_METHODS and symptom.fault is not Fault.UNREAD
    return (symptom.fault, symptom.field, symptom.topic, symptom.status, is_read)
