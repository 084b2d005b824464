"""What a terminal showed: the check at each server, and the commands of each client."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated

import msgspec

from ..sources.data import Text
from ..sources.data import read_toml
from ..sources.errors import BlockError
from .defaults import RaceRecord
from .record import Recorded
from .record import Run
from .regions import Region
from .regions import extract_regions

CLIENT = "client-"
"""What the name of a client's session starts with."""


class Command(msgspec.Struct, frozen=True):
    """A command and what came of it."""

    command: str
    output: str
    exit_code: int


class SessionRun(Run, frozen=True, kw_only=True):
    """Commands in the order they were given.

    :param race: what two writers at once made of a server.
    """

    session: list[Command]
    race: RaceRecord | None = None


class Session(Recorded[SessionRun]):
    """A session at a terminal."""

    def __init__(self, name: str, sources: list[Path], root: Path) -> None:
        super().__init__(
            key=f"sessions/{name}",
            sources=sources,
            path=root / "results" / "sessions" / f"{name}.json",
            type_=SessionRun,
            again=f"python -m snippets.tools.capture {name}",
        )

    @property
    def note(self) -> str:
        """The line under code that ran in it."""
        return self.doubt or f"ran with {self.versions}"


class ClientEntry(msgspec.Struct, frozen=True):
    """A table of ``clients.toml``; keys for other readers of the file are left alone.

    :param also: what it needs besides to be built and run, and nobody reads.
    :param terminal: whether it is a program of a terminal, and so has a session.
    :param start: the commands that build it and say how to use it, in its folder.
    """

    title: Text
    sources: Annotated[list[Text], msgspec.Meta(min_length=1)]
    also: list[Text] = []
    terminal: bool = True
    start: Text = ""


class Client:
    """A client and its files.

    :param folder: where its files lie.
    """

    def __init__(self, entry: ClientEntry, folder: Path) -> None:
        self.title = entry.title
        self.folder = folder
        self.sources = [folder / source for source in entry.sources]
        self.also = [folder / name for name in entry.also]
        self.terminal = entry.terminal
        self.start = entry.start

    @cached_property
    def regions(self) -> Mapping[str, Region]:
        """The regions of its sources by name; of one name, that of the first file."""
        found: dict[str, Region] = {}
        for source in self.sources:
            found = extract_regions(source) | found
        return found

    def region(self, name: str) -> Region:
        """Give a region by name.

        :raises BlockError: when its sources have none of that name.
        """
        try:
            return self.regions[name]
        except KeyError:
            where = f"snippets/clients/{self.folder.name}"
            known = ", ".join(sorted(self.regions)) or "none"
            raise BlockError(f"{where} has no region '{name}'; it has: {known}") from None


def read_clients(root: Path) -> Mapping[str, Client]:
    """Read the clients of ``clients.toml`` by name; none where there is no such file."""
    table = root / "clients" / "clients.toml"
    if not table.exists():
        return {}
    entries = read_toml(table, dict[str, ClientEntry])
    return {name: Client(entry, table.parent / name) for name, entry in entries.items()}
