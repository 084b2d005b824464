"""What a check found."""

from collections import Counter
from dataclasses import dataclass
from dataclasses import field
from enum import StrEnum
from functools import cached_property
from urllib.parse import urlsplit

from ..conformance import Kind
from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..pages import vector_page
from .coverage import why_undecided
from .findings import Defect
from .findings import find_causes
from .rounds import Race

MOST_DISTURBED = 5
"""How often somebody else may change the resource before the check proves nothing."""


class Conclusion(StrEnum):
    """The outcome of a check."""

    CONFORMS = "conforms"
    VIOLATES = "violates"
    UNDECIDED = "undecided"
    """Nothing wrong was found, and too little could be judged to say that it conforms."""

    @property
    def exit_status(self) -> int:
        """The exit status of the command."""
        return {Conclusion.CONFORMS: 0, Conclusion.VIOLATES: 1}.get(self, 2)


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
    :param other_races: those of PATCH beside PUT, and of two who create.
    :param not_restored: why the resource is not as it was; ``None`` when it is.
    :param versions: the fields by which the server names itself.
    :param methods: what each method was answered without any condition.
    :param notes: what else there is to say, such as what was not compared.
    :param requests: how many were sent.
    :param disturbed: how often somebody else changed the resource.
    :param site: where the pages of the vectors are published, with a slash at its end.
    """

    url: str
    validators: str
    results: tuple[Result, ...]
    strict: bool = False
    required: bool | None = None
    race: Race | None = None
    other_races: tuple[Race, ...] = ()
    not_restored: str | None = None
    versions: tuple[str, ...] = ()
    methods: dict[str, int | str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    requests: int = 0
    disturbed: int = 0
    site: str | None = None

    def page_of(self, finding: Defect) -> str | None:
        """Give the page of the vector that shows a finding best; a race has none."""
        return vector_page(self.site, finding.results[0].vector.id) if finding.results else None

    @property
    def origin(self) -> str:
        """Scheme and place of the server."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def races(self) -> list[Race]:
        """All that raced."""
        return [race for race in (self.race, *self.other_races) if race]

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
        """Why vectors do not apply here and were not played, and how many for each reason."""
        return Counter(r.detail for r in self.results if r.verdict is Verdict.SKIP)

    @property
    def unjudged(self) -> Counter[str]:
        """Why vectors that apply could not be judged, and how many for each reason."""
        return Counter(r.detail for r in self.results if r.verdict is Verdict.UNJUDGED)

    @cached_property
    def why_undecided(self) -> str | None:
        """Why too little was judged to say that it conforms; ``None`` where it was enough."""
        if self.disturbed > MOST_DISTURBED:
            return (
                f"the resource was changed {self.disturbed} times by what was not sent; check one "
                "that nobody else works on"
            )
        verdicts = (Verdict.PASS, Verdict.FAIL, Verdict.UNJUDGED)
        return why_undecided(r for r in self.results if r.verdict in verdicts and self._counts(r))

    @cached_property
    def findings(self) -> tuple[Defect, ...]:
        """What is wrong, by its cause; what loses data comes first."""
        return tuple(find_causes(self.judged, self.races))

    @property
    def conclusion(self) -> Conclusion:
        """Whether anything is wrong, or could be seen at all."""
        if self.findings or self.not_restored:
            return Conclusion.VIOLATES
        return Conclusion.UNDECIDED if self.why_undecided else Conclusion.CONFORMS

    def summary(self) -> str:
        """Say it in a sentence."""
        count = len(self.findings)
        found = f"{count} finding{'' if count == 1 else 's'}"
        race = ", and updates get lost" if any(race.lost for race in self.races) else ""
        left = ", and the resource was not put back" if self.not_restored else ""
        judged = f"{len(self.failed)} of {len(self.judged)} vectors fail"
        left_out = f"{self.left_out.total()} were not played"
        if unjudged := self.unjudged.total():
            left_out += f", and {unjudged} could not be judged"
        said = f"{self.conclusion}: {found}{race}{left}; {judged}, {left_out}."
        is_short = self.conclusion is Conclusion.UNDECIDED
        return f"{said} Whether it conforms is open: {self.why_undecided}." if is_short else said

    def _counts(self, result: Result) -> bool:
        return self.strict or result.vector.kind is Kind.REQUIRED
