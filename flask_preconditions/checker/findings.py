"""Findings by cause: one for what is wrong, and the requests that show it."""

import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from ..conformance import Kind
from ..conformance import Vector
from ..conformance import load_vectors
from ..conformance.verdicts import Result
from ..conformance.wire import Exchange
from ..core import CLAUSES
from ..core import SAFE_METHODS
from ..core import Clause
from ..core import Outcome
from . import fields
from .report import Race
from .survey import intermediary
from .symptoms import Fault
from .symptoms import Symptom
from .symptoms import Topic
from .symptoms import sends_star
from .symptoms import symptom_of
from .titles import title_of


class Keyword(StrEnum):
    """How much a finding binds a server."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"
    JUDGEMENT = "our judgement"
    """No word of the RFC, but data or an answer is lost."""


@dataclass(frozen=True, slots=True)
class Defect:
    """What is wrong, and what shows it.

    :param id: in lower case with hyphens.
    :param title: a short sentence, such as ``PUT ignores If-Match``.
    :param keyword: how much the clause binds.
    :param clause: what it follows from.
    :param expected: what a server does that is right.
    :param seen: what this one did.
    :param results: the vectors that show it, the simplest first.
    :param exchanges: what was sent and came back.
    :param through: by which field the answer says that it came through a cache or a proxy.
    """

    id: str
    title: str
    keyword: Keyword
    clause: Clause
    expected: str
    seen: str
    results: tuple[Result, ...]
    exchanges: tuple[Exchange, ...]
    through: str | None = None


_PLACES = {vector.id: place for place, vector in enumerate(load_vectors())}

# Where the plain case fails by the same fault, all that is said of it besides follows.
_FOLLOWS = (Fault.PERFORMED, Fault.REFUSED, Fault.PARTIAL)
_PLAIN = (Topic.BASIC, Topic.IGNORED)
# Whether it is let through or not is chance where a value is not read as a whole.
_MISREAD = (Topic.LIST, Topic.LINES, Topic.DATE_FORM)
_ONE_BY_STATUS = (Fault.OTHER_STATUS, Fault.ERROR)

_LOSES_DATA = (Fault.WRITTEN, Fault.READ_WRITES, Fault.NOT_WRITTEN, Fault.PERFORMED)


def find_causes(failed: Iterable[Result], race: Race | None) -> list[Defect]:
    """Group failed vectors by their causes, what loses data first."""
    by_method: dict[Symptom, list[Result]] = {}
    for result in failed:
        by_method.setdefault(symptom_of(result), []).append(result)
    causes: dict[Symptom, list[Result]] = {}
    for symptom, results in by_method.items():
        for result in results:
            cause = _explained(symptom, result.vector, by_method) or _cause_of(symptom, by_method)
            causes.setdefault(cause, []).append(result)
    found = []
    by_title = sorted(causes.items(), key=lambda item: _without_method(item[0]))
    for _, group in groupby(by_title, key=lambda item: _without_method(item[0])):
        members = list(group)
        found.append(_make([s for s, _ in members], [r for _, rs in members for r in rs]))
    found += _race_findings(race) if race else []
    return sorted(found, key=_weight)


def _cause_of(symptom: Symptom, known: Iterable[Symptom]) -> Symptom:
    fault, field, method, status = symptom.fault, symptom.field, symptom.method, symptom.status
    if fault in (Fault.NO_ANSWER, Fault.WRITTEN, Fault.READ_WRITES, Fault.NOT_WRITTEN):
        return Symptom(fault, "", Topic.BASIC, method)
    if symptom.topic in (Topic.ANSWER, Topic.METHOD, Topic.ABSENT):
        if fault is Fault.REFUSED or (fault is Fault.ERROR and symptom.topic is not Topic.ANSWER):
            return Symptom(fault, "", symptom.topic, method, status)
        return symptom
    if symptom.topic in _MISREAD and fault in (*_FOLLOWS, Fault.OTHER_STATUS):
        basic = Symptom(fault, field, Topic.BASIC, method, status)
        name = "" if symptom.topic is Topic.LINES else field
        misread = Symptom(Fault.PERFORMED, name, symptom.topic, method)
        return basic if basic in known else misread
    if fault in _ONE_BY_STATUS:
        topic = Topic.BASIC if symptom.topic is not Topic.MALFORMED else Topic.MALFORMED
        same = Symptom(fault, field, Topic.BASIC, method, status)
        others = {s.topic for s in known if _is_alike(s, same)} - {Topic.MALFORMED}
        return same if others else Symptom(fault, field, topic, method, status)
    basic = Symptom(fault, field, Topic.BASIC, method, status)
    return basic if fault in _FOLLOWS and basic in known else symptom


def _explained(symptom: Symptom, vector: Vector, known: Iterable[Symptom]) -> Symptom | None:
    """Give the simpler fault of which an answer is the consequence.

    A field that is not read right by itself is not read right among others.
    """
    if symptom.topic not in (Topic.ORDER, Topic.MALFORMED, Topic.LINES):
        return None
    sent = {name for name, _ in vector.fields}
    near = "If-Range" if symptom.fault is Fault.PARTIAL else symptom.field
    for other in sorted(known, key=lambda other: other.field != near):
        if other.method != symptom.method or other.field not in sent:
            continue
        is_same = other.topic is Topic.STAR and sends_star(vector, other.field)
        is_same = is_same or (other.topic is Topic.NOWHERE and vector.state == "absent")
        if symptom.topic is Topic.ORDER:
            is_plain = other.topic in _PLAIN
        else:
            is_plain = symptom.topic is Topic.LINES and other.topic is Topic.IGNORED
        if (is_plain or is_same) and other.fault in (*_FOLLOWS, *_ONE_BY_STATUS):
            return _cause_of(other, known)
    return None


def _is_alike(one: Symptom, other: Symptom) -> bool:
    return (one.fault, one.field, one.method, one.status) == (
        other.fault,
        other.field,
        other.method,
        other.status,
    )


def _without_method(symptom: Symptom) -> tuple[str, str, str, int, bool]:
    # A read and a write are other code, and other harm.
    is_read = symptom.method in SAFE_METHODS
    return (symptom.fault, symptom.field, symptom.topic, symptom.status, is_read)


def _make(symptoms: Sequence[Symptom], results: list[Result]) -> Defect:
    results.sort(key=lambda r: (symptom_of(r).topic is not Topic.BASIC, *_place(r)))
    shown, symptom = results[0], symptoms[0]
    methods = list(dict.fromkeys(r.vector.method for r in results))
    title = title_of(symptom, methods, shown)
    has_star = any(sends_star(result.vector, symptom.field) for result in results)
    if not has_star and title.endswith((" ignores If-None-Match", " ignore If-None-Match")):
        title = title.replace(" If-None-Match", " the tags of If-None-Match")
    words = [*methods, symptom.fault, symptom.field, symptom.topic, str(symptom.status or "")]
    if shown.vector.group == fields.GROUP:
        words = [shown.vector.id]
    keyword, clause = _law(symptom, shown)
    exchange = shown.exchange
    return Defect(
        id=re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-"),
        title=title,
        keyword=keyword,
        clause=clause,
        expected=_expected(symptom, shown),
        seen=_seen(shown),
        results=tuple(results),
        exchanges=(exchange,) if exchange else (),
        through=intermediary(exchange) if exchange else None,
    )


def _place(result: Result) -> tuple[int, int]:
    return (len(result.vector.fields), _PLACES.get(result.vector.id, 0))


def _seen(result: Result) -> str:
    exchange = result.exchange
    if exchange is None or result.vector.group == fields.GROUP:
        return result.detail
    status = f"{exchange.response.status} {exchange.response.phrase}".strip()
    changed = {True: ", and the resource was changed", False: ", and it was left as it was"}
    is_read = result.vector.method in SAFE_METHODS and not result.is_changed
    did = "" if is_read or result.is_changed is None else changed[result.is_changed]
    is_about_fields = symptom_of(result).fault is Fault.FIELDS
    return f"{status}{did}: {result.detail}" if is_about_fields else f"{status}{did}"


_SHOULD = {fields.HEAD_VALIDATORS.id, fields.CODED_VARY.id}


def _law(symptom: Symptom, shown: Result) -> tuple[Keyword, Clause]:
    """Give the clause that a finding breaks, and its keyword."""
    vector, fault = shown.vector, symptom.fault
    of_field = CLAUSES.get(_FIELD_CLAUSES.get(vector.group, ""), vector.clause)
    if fault is Fault.PERFORMED and symptom.topic is Topic.MALFORMED:
        return Keyword.JUDGEMENT, of_field
    if fault is Fault.PERFORMED and symptom.topic is Topic.LONG:
        return Keyword.MUST, CLAUSES["9110 5.4"]
    if fault is Fault.WRITTEN:
        return Keyword.MUST, of_field
    if fault in (Fault.NO_ANSWER, Fault.ERROR, Fault.NOT_WRITTEN):
        return Keyword.JUDGEMENT, vector.clause
    if fault is Fault.OTHER_STATUS:
        if symptom.topic is Topic.MALFORMED:
            return Keyword.JUDGEMENT, vector.clause
        return Keyword.MUST, CLAUSES["9110 13.2.2"]
    if symptom.topic is Topic.DATE_FORM:  # every form MUST be read; of seconds it says less
        is_form = "leap-second" not in vector.id
        return (Keyword.MUST if is_form else Keyword.JUDGEMENT), vector.clause
    is_304 = vector.expect.outcome is Outcome.NOT_MODIFIED
    if vector.id in _SHOULD or (vector.group == "if-modified-since" and is_304):
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


def _expected(symptom: Symptom, shown: Result) -> str:
    vector = shown.vector
    if vector.group == fields.GROUP:
        return vector.title
    statuses = " or ".join(map(str, vector.expect.status))
    if symptom.topic is Topic.MALFORMED:
        return (
            f"a field that cannot be read is refused ({statuses}), for the condition in it is not "
            "known to hold"
        )
    if symptom.topic in (Topic.METHOD, Topic.ABSENT):
        return "the answer is the one without preconditions, which do not count here"
    rule = _RULES.get((symptom.field, symptom.fault))
    said = rule if rule and symptom.topic is Topic.BASIC else vector.title
    return f"{said} ({statuses})"


def _race_findings(race: Race) -> Iterator[Defect]:
    clause = CLAUSES["9110 13.1.1"]
    if race.lost:
        yield Defect(
            "lost-update",
            "Two writers with the same ETag are both acknowledged, and one update is lost",
            Keyword.MUST,
            clause,
            "the second of two writes with one tag is 412: check and write are one step",
            str(race),
            (),
            race.evidence or (),
        )
    if race.written_under_refusal:
        yield Defect(
            "written-under-refusal",
            "A write that is refused is stored all the same when two come at once",
            Keyword.MUST,
            clause,
            "what is refused is not performed",
            f"in {race.written_under_refusal} of {race.rounds} rounds a refused write is there",
            (),
            race.refusal or (),
        )


_KEYWORDS = list(Keyword)


def _weight(finding: Defect) -> tuple[bool, int, int]:
    faults = {symptom_of(result) for result in finding.results}
    loses = not finding.results or any(
        s.fault in _LOSES_DATA and s.method not in SAFE_METHODS for s in faults
    )
    return (not loses, _KEYWORDS.index(finding.keyword), -len(finding.results))
