"""The engines that stores are built on, as they were raced, and the code of each."""

import io
import tokenize
from dataclasses import dataclass
from functools import cache

import msgspec

from ..sources.data import Record
from ..sources.data import Text
from ..sources.data import read_text
from ..sources.errors import BlockError
from .bars import draw_bars
from .highlight import highlight
from .highlight import language_of
from .slot import Slot
from .slot import Sources

_NO_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
    *(tokenize.ENCODING, tokenize.ENDMARKER),
}


class Engine(Record, frozen=True):
    """An engine in words.

    :param file: its example in ``snippets/stores``.
    :param compares: what makes check and write one step.
    :param tag: what the tag is made of.
    :param several: what holds on more than one of its nodes.
    """

    name: Text
    title: Text
    file: Text
    compares: Text
    tag: Text
    several: Text


class Unfit(Record, frozen=True):
    """An engine that loses writes by itself, so that nothing is shown to be copied."""

    name: Text


class Engines(Record, frozen=True):
    """The file ``data/engines.toml``."""

    engine: list[Engine]
    unfit: list[Unfit]


class Race(msgspec.Struct, frozen=True):
    """What became of the writes of a race.

    :param refused: the attempts that were answered 412.
    :param unavailable: the attempts that were answered 503.
    """

    acknowledged: int
    present: int
    lost: int
    refused: int
    unavailable: int
    writes_per_second: int


class Outage(msgspec.Struct, frozen=True):
    """What became of the requests while the engine fell and rose.

    :param answers: how often each method was answered each status, such as ``PUT 503``.
    :param faults: what was lost, or refused and yet written.
    :param seconds: from the fall to the next acknowledged write.
    """

    what: str
    acknowledged: int
    answers: dict[str, int]
    faults: list[str]
    seconds: float


class Raced(msgspec.Struct, frozen=True):
    """What was measured of an engine.

    :param control: the race of the same example without its comparison.
    """

    versions: str
    date: str
    guarded: Race
    control: Race
    outages: list[Outage] = msgspec.field(default_factory=list)


class Races(msgspec.Struct, frozen=True):
    """The file ``data/engines.json``, which ``make engines`` writes."""

    clients: int
    rounds: int
    workers: int
    engines: dict[str, Raced]


class ReplicaRace(msgspec.Struct, frozen=True):
    """What became of the writes of clients that read from a replica."""

    what: str
    attempts: int
    acknowledged: int
    refused: int
    lost: int


class Replica(msgspec.Struct, frozen=True):
    """The file ``data/replica.json``, which ``make bench`` writes.

    :param lag: how much later the replica applies a commit.
    """

    version: str
    lag: str
    date: str
    races: list[ReplicaRace]


@dataclass(frozen=True, slots=True)
class Row:
    """An engine, in words and as it was raced."""

    engine: Engine
    raced: Raced
    lines: int


def engines(sources: Sources) -> Slot:
    """Show every engine with what its race lost, and what the race lost without the comparison."""
    rows, record = _rows(sources)
    raced = [(row.engine.title, row.raced.control) for row in rows]
    bars = draw_bars(
        (name, f"{c.lost} of {c.acknowledged}", c.lost / c.acknowledged) for name, c in raced
    )
    source = sources.facts.path("engines")
    return Slot("engines", {"rows": rows, "record": record, "source": source, "bars": bars})


def outages(sources: Sources) -> Slot:
    """Show what was answered while an engine fell and rose."""
    rows, _ = _rows(sources)
    fallen = [(row.engine.title, outage) for row in rows for outage in row.raced.outages]
    return Slot("outages", {"rows": fallen, "source": sources.facts.path("engines")})


def replica(sources: Sources) -> Slot:
    """Show what becomes of writes behind a replica that lags."""
    measured = sources.facts.read("replica.json", Replica)
    return Slot("replica", {"measured": measured, "source": sources.facts.path("replica.json")})


def lost_at(sources: Sources, name: str) -> Slot:
    """Say how many writes an engine lost that compares: ``96 of 200``."""
    raced = _raced(sources, name)
    words = f"{raced.guarded.lost} of {raced.guarded.acknowledged}"
    return Slot("words", {"words": words}, inline=True)


def versions_at(sources: Sources, name: str) -> Slot:
    """Say what was raced: ``etcd 3.4, requests 2.32``."""
    return Slot("words", {"words": _raced(sources, name).versions}, inline=True)


def engine(sources: Sources, name: str) -> Slot:
    """Show the example of an engine, whole."""
    known = {engine.name: engine for engine in sources.facts.read("engines", Engines).engine}
    if name not in known:
        raise BlockError(f"no engine '{name}'; engines.toml has: {', '.join(known)}")
    file = known[name].file
    code = highlight(_text(sources, file).rstrip(), language_of(file))
    return Slot("engine", {"code": code, "title": known[name].title, "file": file})


def _rows(sources: Sources) -> tuple[list[Row], Races]:
    listed = sources.facts.read("engines", Engines)
    races = sources.facts.read("engines.json", Races)
    named = {engine.name for engine in listed.engine} | {unfit.name for unfit in listed.unfit}
    if unlike := named ^ set(races.engines):
        raise BlockError(f"engines.json and engines.toml differ in: {', '.join(sorted(unlike))}")
    return [
        Row(engine, races.engines[engine.name], lines_of_code(_text(sources, engine.file)))
        for engine in listed.engine
    ], races


def _raced(sources: Sources, name: str) -> Raced:
    raced = sources.facts.read("engines.json", Races).engines
    if name not in raced:
        raise BlockError(f"no engine '{name}'; engines.json has: {', '.join(raced)}")
    return raced[name]


def _text(sources: Sources, file: str) -> str:
    path = sources.servers.root / "stores" / file
    if not path.is_file():
        raise BlockError(f"there is no {path.relative_to(sources.servers.root.parent)}")
    sources.note(path)
    return read_text(path)


@cache
def lines_of_code(text: str) -> int:
    """Count the lines of a module that are neither blank nor comments nor its docstring."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        is_docstring = token.type == tokenize.STRING and not lines
        if token.type not in _NO_CODE and not is_docstring:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines)
