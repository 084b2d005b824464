"""Tags that are nearly the current one: a server that compares in part takes them.

They are played after the table, and told where one is taken. What the table has shown of a server
is not changed by one that is not.
"""

from collections.abc import Iterable
from collections.abc import Mapping

from ..conformance import Expectation
from ..conformance import Kind
from ..conformance import Vector
from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..core import CLAUSES
from ..core import Field
from ..core import Outcome
from ..core import Reason
from .writes import is_success

_KINDS = {
    "beginning": "the current tag without its last character",
    "end": "the current tag without its first character",
    "longer": "the current tag with a character after it",
    "preceded": "the current tag with a character before it",
    "case": "the current tag with its letters in the other case",
    "percent": "the current tag with its first character written as a percent sign and digits",
    "length": "another tag that is as long as the current one",
}

_CLAUSE = CLAUSES["9110 8.8.3.2"]


_OTHER_TAG = {
    Field.IF_MATCH: "if-match-stale-tag",
    Field.IF_NONE_MATCH: "if-none-match-other-tag",
}


def nearly(method: str | None, results: Mapping[str, Result]) -> list[Vector]:
    """Give the vectors: writes, where any are sent, and conditional reads.

    :param method: of the writes.
    :param results: of the table; where a tag that is quite another one is taken, all are.
    """
    stops = Expectation(
        Outcome.FAILED, (412,), unchanged=True, decided_by=Field.IF_MATCH, reason=Reason.CHANGED
    )
    goes_on = Expectation(Outcome.PERFORM, ("2xx",), unchanged=True, decided_by=Field.IF_NONE_MATCH)
    made = []
    for kind, title in _KINDS.items():
        for field, sent, expect in (
            (Field.IF_MATCH, method, stops),
            (Field.IF_NONE_MATCH, "GET", goes_on),
        ):
            if sent is not None and results[_OTHER_TAG[field]].verdict is Verdict.PASS:
                fields = ((str(field), f"{{etag:{kind}}}"),)
                id = f"{field.lower()}-nearly-{kind}"
                made.append(
                    Vector(
                        id,
                        f"{title} does not match",
                        _CLAUSE,
                        Kind.REQUIRED,
                        field.lower(),
                        "document",
                        sent,
                        fields,
                        expect,
                    )
                )
    return made


def taken(results: Iterable[Result]) -> list[Result]:
    """Keep those that show that a tag was taken for the current one."""
    return [result for result in results if result.verdict is Verdict.FAIL and _is_taken(result)]


def _is_taken(result: Result) -> bool:
    if result.exchange is None:
        return False
    if result.vector.expect.outcome is Outcome.FAILED:
        return is_success(result.exchange)
    return result.exchange.response.status == 304
