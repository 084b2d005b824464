"""What became of a vector, and what is wrong with an answer."""

from collections.abc import Container
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ..core import State
from .table import Kind
from .table import Vector
from .table import resolve
from .wire import Exchange


class Verdict(StrEnum):
    """What became of a vector at a server."""

    PASS = "pass"
    FAIL = "fail"
    SKIP = "skip"
    OBSERVED = "observed"
    """Played and recorded, but not judged."""
    UNJUDGED = "unjudged"
    """It applies, and nothing can be told of it: no answer, no time, or another one in between."""


@dataclass(frozen=True, slots=True)
class Result:
    """A vector, its verdict and the evidence.

    :param detail: why it failed, was skipped or is not judged; the status where it was observed.
    :param exchange: the request and response, unless it was skipped or not answered.
    :param is_changed: whether the target was another one afterwards; ``None`` when nothing
        is known of that.
    :param times: how often such a request failed, and how often one was sent, where it passed
        too when it was played again.
    """

    vector: Vector
    verdict: Verdict
    detail: str = ""
    exchange: Exchange | None = None
    is_changed: bool | None = None
    times: tuple[int, int] | None = None

    def explain(self) -> str:
        """Tell everything that is needed to see why a vector failed."""
        vector = self.vector
        return (
            f"{vector.id}: {vector.title} ({vector.clause}, {vector.kind})\n"
            f"{self.detail}\n{self.exchange or ''}"
        )


def no_answer(vector: Vector, error: OSError) -> Result:
    """Give the result of a request that a server did not answer."""
    if vector.kind is Kind.OBSERVED:
        return Result(vector, Verdict.OBSERVED, "no answer")
    return Result(vector, Verdict.FAIL, f"no answer: {str(error) or type(error).__name__}")


def judge(
    vector: Vector,
    current: State,
    exchange: Exchange,
    is_changed: bool | None,
    statuses: Container[int] = (),
) -> Result:
    """Compare an exchange and what it did with what a vector expects.

    :param current: the state of the target when it was sent.
    :param is_changed: whether the target is another one after it; ``None`` when nothing is
        known of that.
    :param statuses: what is right here besides what the vector names.
    """
    if vector.kind is Kind.OBSERVED:
        status = str(exchange.response.status)
        return Result(vector, Verdict.OBSERVED, status, exchange, is_changed)
    faults = list(_find_faults(vector, current, exchange, is_changed, statuses))
    verdict = Verdict.FAIL if faults else Verdict.PASS
    return Result(vector, verdict, "; ".join(faults), exchange, is_changed)


def _find_faults(
    vector: Vector,
    current: State,
    exchange: Exchange,
    is_changed: bool | None,
    statuses: Container[int],
) -> Iterator[str]:
    expect, response = vector.expect, exchange.response
    if not expect.accepts_status(response.status) and response.status not in statuses:
        yield f"status {response.status}, expected {' or '.join(map(str, expect.status))}"
    for name, value in expect.has:
        wanted = resolve(value, current)
        if response.get(name) != wanted:
            yield f"{name} is {response.get(name)}, expected {wanted}"
    for name in expect.lacks:
        if response.get(name) is not None:
            yield f"{name} is {response.get(name)}, expected none"
    if is_changed is expect.unchanged:
        yield "the target was changed" if is_changed else "the target was not changed"


def is_same(before: Exchange, after: Exchange) -> bool:
    """Tell whether two GETs saw the same: status, tag and content."""
    return _representation(before) == _representation(after)


def _representation(seen: Exchange) -> tuple[int, str | None, bytes]:
    response = seen.response
    # Of a target that is not there only that counts.
    if response.status == 404:
        return (404, None, b"")
    return (response.status, response.get("ETag"), response.body)
