"""What became of a vector, and what is wrong with an answer."""

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


@dataclass(frozen=True, slots=True)
class Result:
    """A vector, its verdict and the evidence.

    :param detail: why it failed or was skipped; the status where it was observed.
    :param exchange: the request and response, unless it was skipped.
    """

    vector: Vector
    verdict: Verdict
    detail: str = ""
    exchange: Exchange | None = None

    def explain(self) -> str:
        """Tell everything that is needed to see why a vector failed."""
        vector = self.vector
        return (
            f"{vector.id}: {vector.title} ({vector.clause}, {vector.kind})\n"
            f"{self.detail}\n{self.exchange or ''}"
        )


def no_answer(vector: Vector, error: OSError) -> Result:
    """Give the result of a request that a server broke off."""
    if vector.kind is Kind.OBSERVED:
        return Result(vector, Verdict.OBSERVED, "no answer")
    return Result(vector, Verdict.FAIL, f"no answer: {error!r}")


def find_faults(
    vector: Vector, current: State, exchange: Exchange, before: Exchange, after: Exchange
) -> Iterator[str]:
    """Compare an exchange and what it did with what a vector expects.

    :param before: a GET of the target before the exchange.
    :param after: a GET of the target after it.
    """
    yield from find_answer_faults(vector, current, exchange)
    is_same = _representation(before) == _representation(after)
    if is_same is not vector.expect.unchanged:
        yield "the target was changed" if vector.expect.unchanged else "the target was not changed"


def find_answer_faults(vector: Vector, current: State, exchange: Exchange) -> Iterator[str]:
    """Compare an answer alone with what a vector expects."""
    expect, response = vector.expect, exchange.response
    if not expect.accepts_status(response.status):
        yield f"status {response.status}, expected {' or '.join(map(str, expect.status))}"
    for name, value in expect.has:
        wanted = resolve(value, current)
        if response.get(name) != wanted:
            yield f"{name} is {response.get(name)}, expected {wanted}"
    for name in expect.lacks:
        if response.get(name) is not None:
            yield f"{name} is {response.get(name)}, expected none"


def _representation(seen: Exchange) -> tuple[int, str | None, bytes]:
    response = seen.response
    # Of a target that is not there only that counts.
    if response.status == 404:
        return (404, None, b"")
    return (response.status, response.get("ETag"), response.body)
