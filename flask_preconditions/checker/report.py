"""What a check found."""

from collections import Counter
from dataclasses import dataclass
from dataclasses import field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..conformance import Kind
from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..conformance.wire import Exchange
from ..exceptions import SetupError
from ..placement import NOWHERE

if TYPE_CHECKING:
    from .findings import Defect


class Unusable(SetupError):
    """The target cannot be checked; the message says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message, NOWHERE)


class Conclusion(StrEnum):
    """The outcome of a check."""

    CONFORMS = "conforms"
    VIOLATES = "violates"


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
    """

    rounds: int
    answers: Counter[tuple[int, int]]
    evidence: tuple[Exchange, Exchange] | None = None
    written_under_refusal: int = 0
    refusal: tuple[Exchange, Exchange] | None = None
    unanswered: int = 0

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

    def _outcome(self) -> str:
        if self.lost:
            return (
                f"in {self.lost} of {self.rounds} rounds both writers were acknowledged, and "
                "one write was lost: the check and the write are two steps (RFC 9110 §13.1.1)"
            )
        if not self.won:
            return (
                f"in {self.rounds} rounds no writer was acknowledged: If-Match never matches the "
                "tag that GET tells"
            )
        return f"one writer was acknowledged in {self.won} of {self.rounds} rounds, never both"


@dataclass(frozen=True)
class CheckReport:
    """What a check found; nothing in it is a secret of who asked.

    :param url: the resource.
    :param validators: what its GET told of them.
    :param results: a result for every vector of the table, and for every rule about fields.
    :param strict: whether what the RFC leaves open was judged too.
    :param required: whether a write without a condition is refused; ``None`` when no write
        was sent.
    :param race: the race of two writers, if there was one.
    :param not_restored: why the resource is not as it was; ``None`` when it is.
    :param versions: the fields by which the server names itself.
    :param methods: what each method was answered without any condition.
    :param notes: what else there is to say, such as what was not compared.
    :param requests: how many were sent.
    """

    url: str
    validators: str
    results: tuple[Result, ...]
    strict: bool = False
    required: bool | None = None
    race: Race | None = None
    not_restored: str | None = None
    versions: tuple[str, ...] = ()
    methods: dict[str, int | str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    requests: int = 0

    @property
    def origin(self) -> str:
        """Scheme and place of the server."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def judged(self) -> list[Result]:
        """The results that count."""
        verdicts = (Verdict.PASS, Verdict.FAIL)
        return [r for r in self.results if r.verdict in verdicts and self._counts(r)]

    @property
    def failed(self) -> list[Result]:
        """The results that break a rule."""
        return [result for result in self.judged if result.verdict is Verdict.FAIL]

    @property
    def left_out(self) -> Counter[str]:
        """Why vectors were not played, and how many for each reason."""
        return Counter(r.detail for r in self.results if r.verdict is Verdict.SKIP)

    @cached_property
    def findings(self) -> "tuple[Defect, ...]":
        """What is wrong, by its cause; what loses data comes first."""
        from .findings import find_causes

        return tuple(find_causes(self.judged, self.race))

    @property
    def conclusion(self) -> Conclusion:
        """Whether anything is wrong."""
        is_wrong = self.findings or self.not_restored
        return Conclusion.VIOLATES if is_wrong else Conclusion.CONFORMS

    def summary(self) -> str:
        """Say it in a sentence."""
        count = len(self.findings)
        found = f"{count} finding{'' if count == 1 else 's'}"
        race = ", and updates get lost" if self.race and self.race.lost else ""
        return (
            f"{self.conclusion}: {found}{race}; {len(self.failed)} of {len(self.judged)} vectors "
            f"fail, {self.left_out.total()} were not played."
        )

    def _counts(self, result: Result) -> bool:
        return self.strict or result.vector.kind is Kind.REQUIRED
