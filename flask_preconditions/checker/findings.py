"""Findings by cause: one for what is wrong, and the requests that show it."""

import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass

from ..conformance import load_vectors
from ..conformance.verdicts import Result
from ..conformance.wire import Exchange
from ..core import CLAUSES
from ..core import SAFE_METHODS
from ..core import Clause
from ..core import Outcome
from . import fields
from .causes import group_by_cause
from .disturbances import STORED_LATER
from .law import Keyword as Keyword
from .law import expected_of
from .law import law_of
from .rounds import CREATE
from .rounds import Race
from .survey import intermediary
from .symptoms import Fault
from .symptoms import Symptom
from .symptoms import Topic
from .symptoms import symptom_of
from .symptoms import topic_of
from .titles import title_of
from .unread import form_of


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

_KEYWORDS = list(Keyword)
_LOSES_DATA = (Fault.WRITTEN, Fault.READ_WRITES, Fault.NOT_WRITTEN, Fault.PERFORMED)


def find_causes(judged: Iterable[Result], races: Iterable[Race]) -> list[Defect]:
    """Give a finding for each cause, what loses data first.

    :param judged: the vectors that fail, and those that pass.
    """
    given = list(judged)
    form = form_of(given)
    found = [_make(symptoms, results, form) for symptoms, results in group_by_cause(given)]
    found += [finding for race in races for finding in _race_findings(race)]
    return sorted(found, key=_weight)


def _make(symptoms: Sequence[Symptom], results: list[Result], form: str) -> Defect:
    symptom = symptoms[0]
    results.sort(key=lambda result: _rank(symptom, result))
    shown = results[0]
    methods = list(dict.fromkeys(r.vector.method for r in results))
    title = title_of(symptom, methods, results, form)
    has_star = any(topic_of(result.vector) is Topic.STAR for result in results)
    if not has_star and title.endswith((" ignores If-None-Match", " ignore If-None-Match")):
        title = title.replace(" If-None-Match", " the tags of If-None-Match")
    words = [*methods, symptom.fault, symptom.field, symptom.topic, str(symptom.status or "")]
    if shown.vector.group == fields.GROUP:
        words = [shown.vector.id]
    keyword, clause = law_of(symptom, shown)
    exchange = shown.exchange
    return Defect(
        id=re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-"),
        title=title,
        keyword=keyword,
        clause=clause,
        expected=expected_of(symptom, shown),
        seen=_seen(shown),
        results=tuple(results),
        exchanges=(exchange,) if exchange else (),
        through=intermediary(exchange) if exchange else None,
    )


_SPECIAL = (Topic.MALFORMED, Topic.LONG)


def _rank(symptom: Symptom, result: Result) -> tuple[int, ...]:
    """Put first what nobody can doubt, then what is plain, what binds most, what is simple."""
    topic, vector = symptom_of(result).topic, result.vector
    is_rule = vector.group == fields.GROUP  # of which the vectors are instances
    is_special = topic in _SPECIAL or "leap-second" in vector.id
    plain = 0 if topic is Topic.BASIC or is_rule else 2 if is_special else 1
    binds = _KEYWORDS.index(law_of(symptom, result)[0])
    # That a false condition is not refused in the right words harms less than a true one refused.
    is_false = symptom.fault is Fault.UNREAD and vector.expect.outcome is Outcome.FAILED
    return is_false, plain, binds, len(vector.fields), _PLACES.get(vector.id, 0)


def _seen(result: Result) -> str:
    exchange = result.exchange
    if exchange is None or result.vector.group == fields.GROUP:
        return result.detail
    status = f"{exchange.response.status} {exchange.response.phrase}".strip()
    if result.detail == STORED_LATER:
        return f"{status}, and {STORED_LATER}"
    changed = {True: ", and the resource was changed", False: ", and it was left as it was"}
    is_read = result.vector.method in SAFE_METHODS and not result.is_changed
    did = "" if is_read or result.is_changed is None else changed[result.is_changed]
    is_about_fields = symptom_of(result).fault is Fault.FIELDS
    return f"{status}{did}: {result.detail}" if is_about_fields else f"{status}{did}"


def _race_findings(race: Race) -> Iterator[Defect]:
    clause = CLAUSES[race.clause]
    lost, refused = finding_ids(race)
    if race.lost:
        yield Defect(
            lost,
            _LOST.get(race.name, _LOST[""]),
            Keyword.MUST,
            clause,
            "the second of two writes under one condition is 412: check and write are one step",
            str(race),
            (),
            race.evidence or (),
        )
    if race.written_under_refusal:
        yield Defect(
            refused,
            "A write that is refused is stored all the same when two come at once",
            Keyword.MUST,
            clause,
            "what is refused is not performed",
            f"in {race.written_under_refusal} of {race.rounds} rounds a refused write is there",
            (),
            race.refusal or (),
        )


_LOST = {
    "": "Two writers with the same ETag are both acknowledged, and one update is lost",
    "PATCH": "Two PATCHes with the same ETag are both acknowledged, and one update is lost",
    CREATE: "Two writers with If-None-Match: * both create the same, and one of them is lost",
}


def finding_ids(race: Race) -> tuple[str, str]:
    """Name what a race may show: a lost update, and a write that was refused and is there."""
    suffix = f"-{race.name.lower()}" if race.name else ""
    return f"lost-update{suffix}", f"written-under-refusal{suffix}"


def _weight(finding: Defect) -> tuple[bool, int, int]:
    faults = {symptom_of(result) for result in finding.results}
    loses = not finding.results or any(
        s.method not in SAFE_METHODS and (s.fault in _LOSES_DATA or 200 <= s.status < 300)
        for s in faults
    )
    return (not loses, _KEYWORDS.index(finding.keyword), -len(finding.results))
