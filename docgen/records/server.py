"""A server whose code pages show, and what its last conformance run proved."""

from functools import cached_property
from pathlib import Path
from typing import Annotated

import msgspec

from ..sources.data import Text
from ..sources.errors import BlockError
from ..sources.errors import BuildError
from .findings import NOT_PLAYED
from .findings import RecordedVerdict
from .findings import read_findings
from .record import Run
from .record import find_doubt
from .record import read_record
from .regions import Region
from .regions import extract_regions

EVALUATOR = "preconditions"
"""The region to paste into a server that one has."""


class ServerEntry(msgspec.Struct, frozen=True):
    """A table of ``servers.toml``; keys for other readers of the file are left alone.

    :param sources: the files that readers copy and that the record belongs to.
    :param also: what it needs besides to be built and run, and nobody reads.
    :param runtime: what it runs on, named as in the record's versions.
    :param package: the name of the framework there, where it is not the title.
    :param not_applicable: why it has no region of a name, where tabs of all servers show one.
    """

    title: str
    language: str
    runtime: str
    sources: Annotated[list[str], msgspec.Meta(min_length=1)]
    also: list[str] = []
    package: Text | None = None
    not_applicable: dict[str, Text] = {}


class Message(msgspec.Struct, frozen=True):
    """What requests and responses have in common.

    :param fields: names and values, in the order they were sent.
    """

    fields: list[tuple[str, str]] = []
    body: str | None = None

    def get(self, name: str) -> str | None:
        """Read a field by its name, in any case."""
        values = (value for key, value in self.fields if key.lower() == name.lower())
        return next(values, None)


class Request(Message, frozen=True, kw_only=True):
    """A request as it was sent."""

    method: str
    target: str


class Response(Message, frozen=True, kw_only=True):
    """A response as it came back."""

    status: int
    phrase: str = ""


class Exchange(msgspec.Struct, frozen=True):
    """One request with its response."""

    request: Request
    response: Response


class Results(Run, frozen=True, kw_only=True):
    """The record of a conformance run.

    :param vectors: what became of each vector, by its id: ``pass``, ``fail: …``,
        ``skip: …`` or ``observed: …``.
    :param transcripts: what went over the wire, by name.
    """

    server: str
    vectors: dict[str, str]
    transcripts: dict[str, list[Exchange]] = msgspec.field(default_factory=dict)

    def transcript(self, name: str) -> list[Exchange]:
        """Give a transcript by name.

        :raises BlockError: when the run recorded none of that name.
        """
        try:
            return self.transcripts[name]
        except KeyError:
            known = ", ".join(self.transcripts) or "none"
            raise BlockError(f"{self.server} recorded no '{name}'; it has: {known}") from None

    def step(self, name: str, number: int) -> Exchange:
        """Give one exchange of a transcript.

        :param number: its place, from 1.
        :raises BlockError: when there is none.
        """
        transcript = self.transcript(name)
        if not 1 <= number <= len(transcript):
            raise BlockError(f"'{name}' has {len(transcript)} steps, and none is {number}")
        return transcript[number - 1]


class Server:
    """A server: its source and the results that belong to it.

    :param again: the command that records its results anew.
    """

    def __init__(self, name: str, entry: ServerEntry, root: Path) -> None:
        self.again = f"make live SERVER={name}"
        self.name = name
        self.title = entry.title
        self.language = entry.language
        self.runtime = entry.runtime
        self.package = entry.package or entry.title
        self.not_applicable = entry.not_applicable
        self.folder = root / name
        self.sources = [self.folder / source for source in entry.sources]
        self.also = [self.folder / name for name in entry.also]
        self.results_path = root / "results" / f"{name}.json"

    @cached_property
    def regions(self) -> dict[str, Region]:
        """The regions of its sources; a name is used once among them."""
        regions: dict[str, Region] = {}
        for source in self.sources:
            if not source.is_file():
                raise BuildError(source, None, f"servers.toml names this file for [{self.name}]")
            for region in extract_regions(source).values():
                if region.name in regions:
                    taken = regions[region.name].path.name
                    message = f"region '{region.name}' is in {taken} already"
                    raise BuildError(source, region.line, message)
                regions[region.name] = region
        return regions

    @cached_property
    def results(self) -> Results | None:
        """The last run; ``None`` when there was none."""
        return read_record(self.results_path, Results)

    @cached_property
    def versions(self) -> str:
        """What the run was with, such as ``Flask 3.1.3 on Python 3.11.7``."""
        recorded = self.results.versions if self.results else {}
        parts = {self.runtime: self.runtime, self.package: self.title}  # Go runs on Go
        found = [f"{title} {recorded[name]}" for name, title in parts.items() if name in recorded]
        return " on ".join(reversed(found))

    @cached_property
    def passed(self) -> int:
        """How many vectors its last run passed."""
        return sum(finding.word == "pass" for finding in self.findings.values())

    @cached_property
    def findings(self) -> dict[str, RecordedVerdict]:
        """What became of each vector in its last run, by its id."""
        recorded = self.results.vectors if self.results else {}
        return read_findings(recorded, self.results_path, self.again)

    def finding(self, vector: str) -> RecordedVerdict:
        """Give what became of a vector."""
        return self.findings.get(vector, NOT_PLAYED)

    @cached_property
    def doubt(self) -> str | None:
        """Why the code on the page is not verified; ``None`` when it is."""
        return find_doubt(self.results, self.sources, "verified") or self._doubt_run()

    def _doubt_run(self) -> str | None:
        words = [finding.word for finding in self.findings.values()]
        if failed := words.count("fail"):
            return f"not verified: {failed} of {len(words)} vectors failed"
        return None if self.passed else "not verified: the run passed no vector"

    @property
    def verdict(self) -> str:
        """What its last run was with, or why it counts for nothing."""
        return self.doubt or f"verified with {self.versions}"

    @property
    def note(self) -> str:
        """The line under its code."""
        return self.doubt or f"{self.verdict} · {self.passed} vectors passed"

    def region(self, name: str) -> Region:
        """Give a region by name.

        :raises BlockError: when the source has none of that name.
        """
        try:
            return self.regions[name]
        except KeyError:
            known = ", ".join(sorted(self.regions)) or "none"
            files = " and ".join(source.name for source in self.sources)
            where = f"snippets/{self.name}/{files}"
            raise BlockError(f"{where} has no region '{name}'; it has: {known}") from None


class Recorder(Server):
    """A program of ``recorders.toml``. It plays no vectors, so none have to pass."""

    def __init__(self, name: str, entry: ServerEntry, root: Path) -> None:
        super().__init__(name, entry, root)
        self.again = "python -m snippets.tools.record"

    def _doubt_run(self) -> str | None:
        return None

    @property
    def note(self) -> str:
        """The line under its code."""
        return self.doubt or f"ran with {self.versions}"
