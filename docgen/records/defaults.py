"""What frameworks and servers do by themselves: ``snippets/defaults``."""

from functools import cached_property
from pathlib import Path
from typing import Annotated

import msgspec

from ..sources.data import Text
from ..sources.data import read_toml
from .findings import NOT_PLAYED
from .findings import Finding
from .findings import Word
from .findings import read_findings
from .record import Recorded
from .record import Run


class DefaultEntry(msgspec.Struct, frozen=True):
    """A table of ``defaults.toml``; keys for other readers of the file are left alone.

    :param server: the server of ``servers.toml`` that its framework has; empty for none.
    """

    title: Text
    server: str
    sources: Annotated[list[Text], msgspec.Meta(min_length=1)]


class RaceRecord(msgspec.Struct, frozen=True):
    """Two writers at once, with the same tag.

    :param lost: in how many rounds both were acknowledged.
    """

    rounds: int
    lost: int


class DefaultRun(Run, frozen=True, kw_only=True):
    """What a check found.

    :param vectors: what became of each vector, by its id, as in the record of a server.
    :param race: ``None`` where nothing could be written.
    """

    vectors: dict[str, str]
    refuses_without_condition: bool | None = None
    race: RaceRecord | None = None


class Default(Recorded[DefaultRun]):
    """A program that shows what something does by itself."""

    def __init__(self, name: str, entry: DefaultEntry, root: Path) -> None:
        folder = root / "defaults" / name
        super().__init__(
            key=f"defaults/{name}",
            sources=[folder / source for source in entry.sources],
            path=root / "results" / "defaults" / f"{name}.json",
            type_=DefaultRun,
            again=f"make defaults ID={name}",
        )
        self.name = name
        self.title = entry.title
        self.server = entry.server

    @cached_property
    def findings(self) -> dict[str, Finding]:
        """What became of each vector, by its id."""
        return read_findings(self.run.vectors if self.run else {}, self.path, self.again)

    def finding(self, vector: str) -> Finding:
        """Give what became of a vector."""
        return self.findings.get(vector, NOT_PLAYED)

    @cached_property
    def counts(self) -> dict[Word, int]:
        """How many vectors have each word."""
        words: tuple[Word, ...] = ("pass", "fail", "skip", "observed")
        found = [finding.word for finding in self.findings.values()]
        return {word: found.count(word) for word in words}

    @property
    def played(self) -> int:
        """How many vectors were judged."""
        return self.counts["pass"] + self.counts["fail"]


def read_defaults(root: Path) -> dict[str, Default]:
    """Read the programs of ``defaults.toml`` by name; none where there is no such file."""
    table = root / "defaults" / "defaults.toml"
    if not table.exists():
        return {}
    entries = read_toml(table, dict[str, DefaultEntry])
    return {name: Default(name, entry, root) for name, entry in entries.items()}
