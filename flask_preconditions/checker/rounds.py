"""What became of the rounds in which two writers raced."""

from collections import Counter
from dataclasses import dataclass

from ..conformance.wire import Exchange
from ..core import CLAUSES

CREATE = "create"
"""The race of two writers who create with If-None-Match: * where nothing is."""


@dataclass(frozen=True)
class Race:
    """Two writers at once, with the same tag, again and again.

    :param rounds: how often both were answered.
    :param answers: how often each pair of statuses was the answer, the lower one first.
    :param evidence: the two exchanges of a round in which both writes were acknowledged.
    :param written_under_refusal: in how many rounds a write that was refused is there all
        the same.
    :param refusal: the two exchanges of such a round.
    :param unanswered: in how many rounds a writer had no answer.
    :param name: what else than the writes of the check raced: ``PATCH``, or ``create``.
    """

    rounds: int
    answers: Counter[tuple[int, int]]
    evidence: tuple[Exchange, Exchange] | None = None
    written_under_refusal: int = 0
    refusal: tuple[Exchange, Exchange] | None = None
    unanswered: int = 0
    name: str = ""

    @property
    def clause(self) -> str:
        """The clause that a lost update breaks."""
        return "9110 13.1.2" if self.name == CREATE else "9110 13.1.1"

    @property
    def lost(self) -> int:
        """In how many rounds both were acknowledged, so that one write was lost."""
        return sum(n for (_, higher), n in self.answers.items() if 200 <= higher < 300)

    @property
    def won(self) -> int:
        """In how many rounds one was acknowledged and the other was not."""
        return sum(n for (low, higher), n in self.answers.items() if 200 <= low < 300 <= higher)

    def __str__(self) -> str:
        said = self._outcome()
        if self.written_under_refusal:
            said += f"; in {self.written_under_refusal} a write that was refused is there"
        if self.unanswered:
            said += f"; in {self.unanswered} more a writer had no answer"
        return said

    def _why_nobody(self) -> str:
        statuses = sorted({status for pair in self.answers for status in pair})
        if not statuses:
            return ""
        if statuses == [412] and self.name != CREATE:
            return ": If-Match never matches the tag that GET tells"
        told = " or ".join(map(str, statuses))
        return f", for both were answered with {told}: that proves nothing"

    def _outcome(self) -> str:
        if self.lost:
            return (
                f"in {self.lost} of {self.rounds} rounds both writers were acknowledged, and "
                "one write was lost: the check and the write are two steps "
                f"({CLAUSES[self.clause]})"
            )
        if not self.won:
            return f"in {self.rounds} rounds no writer was acknowledged{self._why_nobody()}"
        return f"one writer was acknowledged in {self.won} of {self.rounds} rounds, never both"
