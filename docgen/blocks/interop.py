"""What frameworks and servers do by themselves, as it was measured."""

from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass

from flask_preconditions.conformance import Vector

from ..records.cases import find_vector
from ..records.defaults import Default
from ..records.defaults import RaceRecord
from ..records.findings import RecordedVerdict
from ..sources.data import Record
from ..sources.data import Text
from ..sources.errors import BlockError
from ..sources.errors import BuildError
from .bars import draw_bars
from .slot import Slot
from .slot import Sources


class Question(Record, frozen=True):
    """A row of the matrix.

    :param text: a sentence that holds where the RFC is followed.
    :param vector: the id of the vector that tells.
    """

    text: Text
    vector: Text


class QuestionGroup(Record, frozen=True):
    """Questions on one subject."""

    title: Text
    questions: list[Question]


class Questions(Record, frozen=True):
    """The file ``data/interop.toml``.

    :param no_writes: why a program that only reads has no answer about writes.
    :param reasons: why a check left a vector out, in the words of the check and in plain ones.
    """

    no_writes: Text
    reasons: dict[str, Text]
    group: list[QuestionGroup]


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A question and what each program answered."""

    question: Question
    vector: Vector
    findings: list[RecordedVerdict]

    @property
    def is_played(self) -> bool:
        """Tell whether one program at least could be asked."""
        return any(finding.word in ("pass", "fail") for finding in self.findings)


@dataclass(frozen=True, slots=True)
class AnswerGroup:
    """Rows on one subject."""

    title: str
    rows: list[AnswerRow]


def interop(sources: Sources, writes: bool | None = None) -> Slot:
    """Show what every program does by itself, question by question.

    :param writes: whether to show those that take writes, or those that only read; all of them
        by default.
    """
    chosen = [p for p in sources.servers.defaults.values() if writes in (None, p.writes)]
    return _answers(sources, chosen, is_whole=True, is_played=writes is not None)


def by_itself(sources: Sources, server: str) -> Slot:
    """Show what the mechanisms of a framework do by themselves."""
    name = sources.servers.get(server).name
    programs = [program for program in sources.servers.defaults.values() if program.server == name]
    if not programs:
        raise BlockError(f"defaults.toml has no program with server = '{name}'")
    return _answers(sources, programs, is_whole=False, is_played=True)


def program_count(sources: Sources, writes: bool | None = None) -> Slot:
    """Say how many programs there are, or how many of those that take writes or only read."""
    found = [p for p in sources.servers.defaults.values() if writes in (None, p.writes)]
    return Slot("words", {"words": f"{len(found)}"}, inline=True)


def causes(sources: Sources, writes: bool) -> Slot:
    """List what is wrong with each program, by its cause, with the clause and how it binds.

    :param writes: whether to list those that take writes, or those that only read.
    """
    shown = _shown(sources, [p for p in sources.servers.defaults.values() if p.writes is writes])
    data = {"programs": shown, "writes": writes}
    return Slot("causes", data)


def fails(sources: Sources, vector: str) -> Slot:
    """Say how many programs fail a vector, of those that it could be played at."""
    failed, played = _failed(sources, vector)
    return Slot("words", {"words": f"{len(failed)} of {len(played)}"}, inline=True)


def failing(sources: Sources, vector: str) -> Slot:
    """Name the programs that fail a vector."""
    failed, _ = _failed(sources, vector)
    if not failed:
        raise BlockError(f"nothing fails '{vector}'")
    names = [program.title for program in failed]
    words = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return Slot("words", {"words": words}, inline=True)


def answer(sources: Sources, program: str, vector: str) -> Slot:
    """Say with which status a program failed a vector."""
    shown = _program(sources, program)
    status = shown.finding(find_vector(vector).id).status
    if status is None:
        raise BlockError(f"{shown.title} did not fail '{vector}' by its status")
    return Slot("words", {"words": status}, inline=True)


def failures(sources: Sources, program: str) -> Slot:
    """Say how many vectors a program failed, of those it played: ``7 of 102``."""
    shown = _program(sources, program)
    return Slot("words", {"words": f"{shown.counts['fail']} of {shown.played}"}, inline=True)


def losing(sources: Sources) -> Slot:
    """Say how many programs lost an update, of those at which two writers raced."""
    raced = _raced(sources)
    words = f"{sum(race.lost > 0 for _, race in raced)} of {len(raced)}"
    return Slot("words", {"words": words}, inline=True)


def losses(sources: Sources) -> Slot:
    """Draw in how many rounds each program lost an update, for those that lost any."""
    lost = [(program, race) for program, race in _raced(sources) if race.lost]
    lost.sort(key=lambda row: (-row[1].lost, row[0].title.lower()))
    bars = draw_bars(
        (program.title, f"{race.lost} of {race.rounds}", race.lost) for program, race in lost
    )
    return Slot("losses", {"bars": bars})


def _raced(sources: Sources) -> list[tuple[Default, RaceRecord]]:
    """Give the programs at which two writers raced."""
    return [
        (program, program.run.race)
        for program in _shown(sources, sources.servers.defaults.values())
        if program.run and program.run.race
    ]


def _answers(
    sources: Sources, programs: Sequence[Default], *, is_whole: bool, is_played: bool
) -> Slot:
    shown = _shown(sources, programs)
    questions = sources.facts.read("interop", Questions)
    groups = []
    for group in questions.group:
        rows = [_row(sources, question, shown) for question in group.questions]
        rows = [row for row in rows if row.is_played or not is_played]
        if rows:
            groups.append(AnswerGroup(group.title, rows))
    data = {"programs": shown, "groups": groups, "is_whole": is_whole, "is_played": is_played}
    data |= {"reasons": questions.reasons, "no_writes": questions.no_writes}
    return Slot("interop", data | {"source": sources.facts.path("interop")})


def _row(sources: Sources, question: Question, programs: Iterable[Default]) -> AnswerRow:
    try:
        vector = find_vector(question.vector)
    except BlockError as error:
        raise BuildError(sources.facts.path("interop"), None, str(error)) from None
    return AnswerRow(question, vector, [program.finding(vector.id) for program in programs])


def _shown(sources: Sources, programs: Iterable[Default]) -> list[Default]:
    shown = list(programs)
    for program in shown:
        sources.show_record(program)
    return shown


def _program(sources: Sources, name: str) -> Default:
    known = sources.servers.defaults
    if name not in known:
        raise BlockError(f"no program '{name}'; defaults.toml has: {', '.join(known)}")
    return _shown(sources, [known[name]])[0]


def _failed(sources: Sources, vector: str) -> tuple[list[Default], list[Default]]:
    """Give the programs that fail a vector, and those that it was played at."""
    id = find_vector(vector).id
    shown = _shown(sources, sources.servers.defaults.values())
    played = [each for each in shown if each.finding(id).word in ("pass", "fail")]
    return [each for each in played if each.finding(id).word == "fail"], played


def _framework_titles(sources: Sources) -> dict[str, str]:
    return {server.name: server.title for server in sources.servers.by_name.values()}
