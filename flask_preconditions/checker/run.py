"""One check, from the first look to the report."""

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass

from ..conformance import load_vectors
from ..conformance.verdicts import Result
from ..conformance.wire import Exchange
from . import race
from . import undoing
from .bodies import Bodies
from .bodies import FieldBodies
from .bodies import GivenBodies
from .client import CheckClient
from .client import OutOfTime
from .client import target_beside
from .comparison import Comparison
from .documents import parse_path
from .fields import VALIDATORS
from .fields import FieldRules
from .fields import judge_plain
from .player import Player
from .preparation import Preparation
from .report import CheckReport
from .restoring import restored
from .rounds import Race
from .session import Session
from .survey import Survey
from .survey import survey
from .survey import survey_absent
from .text import Screen
from .vacancy import Vacancy
from .writes import Writer

RACE_SHARE = 0.25
"""The share of the time that the table leaves to the race: a lost update is the worst finding."""


@dataclass(frozen=True)
class Options:
    """What is written, and how; see :func:`check`."""

    write: bool
    field: str | None
    bodies: Sequence[bytes]
    restore: bytes | None
    content_type: str | None
    absent: str | None
    required: bool | None
    rounds: int
    method: str | None
    ignore: Sequence[str]
    waits: int


class Run:
    """One check, from the first look to the report."""

    def __init__(self, client: CheckClient, target: str, screen: Screen, options: Options) -> None:
        self.client = client
        self.target = target
        self.screen = screen
        self.options = options
        self.comparison = Comparison([parse_path(text) for text in options.ignore])
        self.rules = FieldRules()
        self.found: Survey
        self.required: bool | None = None
        self.results: list[Result] = []
        self.race: Race | None = None
        self.races: list[Race] = []
        self.notes: list[str] = []
        self.disturbed = 0
        self.faults: list[str] = []

    def look(self) -> None:
        """Find out what there is, without any condition."""
        self.found = found = survey(self.client, self.target)
        self.client.content_type = (
            found.first.response.get("Content-Type") or self.client.content_type
        )
        for judgement in judge_plain(found):
            self.rules.add(judgement)
        self.comparison.learn(*found.reads[:2])

    def play(self) -> None:
        """Play the table, and put everything back."""
        if not self.options.write:
            vacancy = self._vacancy(None)
            self._play(None, vacancy, _reads_only(self.found))
            return
        self._vacancy_is_absent()
        restores: list[Callable[[], str | None]] = []
        with restored(self.client.allowance, restores) as faults:
            writer = self._writer()
            restores.append(lambda: undoing.restore(writer))
            preparation = Preparation(writer)
            asks = preparation.prepare()
            self.required = asks if self.options.required is None else self.options.required
            vacancy = self._vacancy(writer)
            if vacancy:
                restores.append(vacancy.restore)
                vacancy.prepare()
            reasons = self._reasons(preparation, vacancy)
            with self.client.allowance.keeping(RACE_SHARE if self.options.rounds > 0 else 0):
                self._play(writer, vacancy, reasons)
            self._race(writer, vacancy, patches="PATCH" not in reasons)
        self.faults = faults

    def _writer(self) -> Writer:
        options, first = self.options, self.found.first
        made: Bodies
        if options.bodies:
            made = GivenBodies(first, options.bodies, options.restore, self.comparison)
        else:
            made = FieldBodies(first, options.field, self.comparison.ignored, options.restore)
        return Writer(
            self.client,
            self.target,
            self.found,
            self.comparison,
            made,
            options.method,
            options.content_type,
        )

    def _vacancy_is_absent(self) -> None:
        """See that nothing is at ``--absent`` before anything is written."""
        if self.options.absent:
            target = target_beside(self.client.base_url, self.options.absent)
            survey_absent(self.client, target, self.found, is_write=True)

    def _vacancy(self, writer: Writer | None) -> Vacancy | None:
        if not self.options.absent:
            return None
        target = target_beside(self.client.base_url, self.options.absent)
        if writer is None:
            survey_absent(self.client, target, self.found, is_write=False)
        return Vacancy(self.client, target, writer)

    def _reasons(self, preparation: Preparation, vacancy: Vacancy | None) -> dict[str, str]:
        writer, reasons = preparation.writer, _never_sent(self.found)
        if writer.method != "PUT":
            reasons["PUT"] = f"writes are sent by {writer.method}"
        if writer.method == "PATCH":
            reasons.pop("PATCH", None)
        elif self.options.method is not None:
            reasons["PATCH"] = f"writes are sent by {writer.method}"
        elif why := preparation.prepare_patch():
            reasons["PATCH"] = why
        if vacancy and vacancy.can_delete:
            reasons.pop("DELETE")
        return reasons

    def _play(
        self, writer: Writer | None, vacancy: Vacancy | None, reasons: dict[str, str]
    ) -> None:
        player = Player(
            self.client,
            self.target,
            self.found,
            self.comparison,
            self.rules,
            writer,
            vacancy,
            bool(self.required),
            self.options.waits,
        )
        self.results += Session(player, self.screen, reasons).play_all(load_vectors())
        self.notes += player.disturbances.notes()
        self.disturbed = player.disturbances.others
        self.results += map(self.screen.result, self.rules.results(self.comparison.by_tag))

    def _race(self, writer: Writer, vacancy: Vacancy | None, *, patches: bool) -> None:
        rounds, screen = self.options.rounds, self.screen
        if rounds < 1:
            return
        self.race = self._raced("", lambda: race.run(writer, rounds, screen))
        found = []
        if patches and writer.method != "PATCH":
            found.append(
                self._raced(" of PATCH", lambda: race.run(writer, rounds, screen, "PATCH"))
            )
        if vacancy and vacancy.can_create:
            run_creations = race.run_creations
            found.append(
                self._raced(" to create", lambda: run_creations(vacancy, writer, rounds, screen))
            )
        self.races = [each for each in found if each]

    def _raced(self, what: str, run: Callable[[], Race | str]) -> Race | None:
        try:
            found = run()
        except OutOfTime as error:
            found = str(error)
        except OSError as error:
            found = f"it was not answered: {error}"
        if isinstance(found, str):
            self.notes.append(self.screen.text(f"no race{what}: {found}"))
            return None
        return found

    def report(self, url: str, strict: bool) -> CheckReport:
        """Tell what was found."""
        text, found = self.screen.text, self.found
        left = "; ".join(self.faults)
        return CheckReport(
            url=url,
            validators=text(_validators(found.first)),
            results=tuple(self.results),
            strict=strict,
            required=self.required,
            race=self.race,
            other_races=tuple(self.races),
            not_restored=text(left, "\n") or None,
            versions=tuple(map(text, found.versions)),
            methods={
                name: text(answer) if isinstance(answer, str) else answer
                for name, answer in found.plain.items()
            },
            notes=tuple(map(text, [*self.comparison.notes(), *self.notes])),
            requests=self.client.requests,
            disturbed=self.disturbed,
        )


def _never_sent(found: Survey) -> dict[str, str]:
    reasons = {
        name: found.why_not(name)
        for name in ("HEAD", "OPTIONS", "TRACE", "QUERY")
        if not found.answers(name)
    }
    if not found.offers_query:
        reasons.setdefault("QUERY", "neither Allow nor Accept-Query says that QUERY is taken")
    reasons["CONNECT"] = "CONNECT is for proxies"
    reasons["POST"] = "POST is not sent, for it may make something new"
    reasons["DELETE"] = "DELETE is sent to --absent alone, where PUT creates something with --write"
    return reasons


def _reads_only(found: Survey) -> dict[str, str]:
    writes = {name: f"{name} is sent with --write" for name in ("PUT", "PATCH")}
    return _never_sent(found) | writes


def _validators(seen: Exchange) -> str:
    told = [f"{n}: {value}" for n in VALIDATORS if (value := seen.response.get(n))]
    return ", ".join(told) or "neither ETag nor Last-Modified"
