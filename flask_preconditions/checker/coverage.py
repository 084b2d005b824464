"""What must have been judged before a server is said to conform."""

from collections import Counter
from collections.abc import Iterable

from ..conformance import Vector
from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..core import SAFE_METHODS
from .symptoms import field_of

JUDGED_IN_ALL = 0.9
"""The share of the vectors that apply, without which nobody is said to conform."""

JUDGED_OF_EACH = 0.5
"""The share of them for each field, of reads and of writes apart."""

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
    return None


def _kind(result: Result) -> tuple[str, str]:
    vector: Vector = result.vector
    return ("reads" if vector.method in SAFE_METHODS else "writes"), field_of(vector)


def _reason(missing: Iterable[Result]) -> str:
    """Give the reason that most of them have."""
    found = Counter(r.detail for r in missing if r.verdict is Verdict.UNJUDGED).most_common(1)
    return f": {found[0][0]}" if found else ""
