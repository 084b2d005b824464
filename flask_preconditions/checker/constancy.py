"""Whether a fault is there each time, or now and then: what was found is played again.

A server of which one part is unguarded, or one request in seven, fails vectors by chance. What
they have in common is then no list, no date and no order, but that each passes another time.
"""

from collections import Counter
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Sequence
from dataclasses import replace

from ..conformance.table import Vector
from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..core import Outcome
from . import fields
from .causes import group_by_cause
from .symptoms import field_of
from .symptoms import symptom_of

ATTEMPTS = 2
"""How often a vector is played again before its fault is taken for one that is always there."""

MOST_ATTEMPTS = 60
"""How often that is done in all."""

_JUDGED = (Verdict.PASS, Verdict.FAIL)

Kind = tuple[str, str]
"""A fault and a method."""


class Constancy:
    """Plays one vector of each cause again, and the others of it where that one passes.

    :param play: plays a vector once more; ``None`` where nothing can be told of it.
    :param kept: vectors that are not played again.
    """

    def __init__(self, play: Callable[[Vector], Result | None], kept: Collection[str]) -> None:
        self._play = play
        self._kept = kept
        self._left = MOST_ATTEMPTS
        self._played: Counter[Vector] = Counter()
        self._failed: Counter[Vector] = Counter()

    def judge(self, results: Sequence[Result]) -> list[Result]:
        """Give the results; those that passed too tell how often their fault was seen."""
        passed: set[str] = set()
        for _, shown in group_by_cause(results):
            for result in filter(self._may_be_played, shown):
                if self._passes(result.vector):
                    passed.add(result.vector.id)
                elif not passed & {each.vector.id for each in shown}:
                    break
        kinds = {_kind(r): _fields(results, passed, _kind(r)) for r in results if _is(r, passed)}
        times = {kind: self._times(results, kind, names) for kind, names in kinds.items()}
        return [replace(r, times=times[_kind(r)]) if _is(r, passed) else r for r in results]

    def _may_be_played(self, result: Result) -> bool:
        is_rule = result.vector.group == fields.GROUP
        return result.exchange is not None and not is_rule and result.vector.id not in self._kept

    def _passes(self, vector: Vector) -> bool:
        for _ in range(min(ATTEMPTS, self._left)):
            self._left -= 1
            result = self._play(vector)
            if result is None or result.verdict not in _JUDGED:
                return False
            self._played[vector] += 1
            if result.verdict is Verdict.PASS:
                return True
            self._failed[vector] += 1
        return False

    def _times(
        self, results: Sequence[Result], kind: Kind, names: Collection[str]
    ) -> tuple[int, int]:
        """Count the requests like those that failed, and how many of them did."""
        failed = [r.vector for r in results if _kind(r) == kind and field_of(r.vector) in names]
        stops = {_stops(vector) for vector in failed}
        sent = {
            r.vector
            for r in results
            if r.verdict in _JUDGED and r.exchange and r.vector.method == kind[1]
            if _stops(r.vector) in stops and field_of(r.vector) in names
        }
        return (
            len(failed) + sum(self._failed[vector] for vector in failed),
            len(sent) + sum(self._played[vector] for vector in sent),
        )


def _stops(vector: Vector) -> bool:
    """Tell whether a condition is false; by which status it is refused makes no difference."""
    return vector.expect.outcome is not Outcome.PERFORM


def _is(result: Result, passed: Collection[str]) -> bool:
    return result.verdict is Verdict.FAIL and result.vector.id in passed


def _kind(result: Result) -> Kind:
    fault = symptom_of(result).fault if result.verdict is Verdict.FAIL else ""
    return str(fault), result.vector.method


def _fields(results: Sequence[Result], passed: Collection[str], kind: Kind) -> set[str]:
    return {field_of(r.vector) for r in results if _is(r, passed) and _kind(r) == kind}
