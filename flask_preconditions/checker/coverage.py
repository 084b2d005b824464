"""What must have been judged before a server is said to conform."""

from collections import Counter
from collections.abc import Iterable

from ..conformance import Vector
from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..core import Outcome
from .symptoms import Topic
from .symptoms import field_of
from .symptoms import topic_of

JUDGED_IN_ALL = 0.9
"""The share of the vectors that apply, without which nobody is said to conform."""

JUDGED_OF_EACH = 0.5
"""The share of them for each method and field, and of those with a plain false condition one."""

_JUDGED = (Verdict.PASS, Verdict.FAIL)


def why_undecided(due: Iterable[Result]) -> str | None:
    """Say why too little was judged to say that a server conforms.

    :param due: the vectors that apply, and count, whether they could be judged or not.
    """
    given = list(due)
    if not any(result.verdict in _JUDGED for result in given):
        return f"nothing could be judged{_reason(given)}"
    missing = [result for result in given if result.verdict is Verdict.UNJUDGED]
    if len(given) - len(missing) < JUDGED_IN_ALL * len(given):
        part = f"{len(missing)} of {len(given)} vectors that apply could not be judged"
        return f"{part}{_reason(missing)}"
    all_of, missing_of = (Counter(map(_kind, results)) for results in (given, missing))
    for kind, count in missing_of.items():
        if count > (1 - JUDGED_OF_EACH) * all_of[kind]:
            what = " ".join(filter(None, kind))
            part = f"{count} of {all_of[kind]} vectors about {what} could not be judged"
            return f"{part}{_reason([r for r in missing if _kind(r) == kind])}"
    plain, missing_plain = (Counter(map(_kind, filter(_is_plain, rs))) for rs in (given, missing))
    for kind, count in missing_plain.items():
        if count == plain[kind]:
            what = " ".join(filter(None, kind))
            reason = _reason([r for r in missing if _kind(r) == kind])
            return f"no vector about {what} with a plain false condition could be judged{reason}"
    return None


def _kind(result: Result) -> tuple[str, str]:
    return result.vector.method, field_of(result.vector)


def _is_plain(result: Result) -> bool:
    """Tell whether a vector is one of the plainest of those in which a condition is false."""
    vector: Vector = result.vector
    return topic_of(vector) is Topic.BASIC and vector.expect.outcome is not Outcome.PERFORM


def _reason(missing: Iterable[Result]) -> str:
    """Give the reason that most of them have."""
    found = Counter(r.detail for r in missing if r.verdict is Verdict.UNJUDGED).most_common(1)
    return f": {found[0][0]}" if found else ""
