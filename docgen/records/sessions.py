"""What a terminal showed: the check at each server, and the commands of each client."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from ..data import Text
from ..data import read_toml
from .defaults import RaceRecord
from .record import Recorded
from .record import Run

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


class ClientEntry(msgspec.Struct, frozen=True):
    """A table of ``clients.toml``; keys for other readers of the file are left alone."""

    title: Text
    sources: Annotated[list[Text], msgspec.Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class Client:
    """A client and its files."""

    title: str
    sources: list[Path]


def read_clients(root: Path) -> Iterator[tuple[str, Client]]:
    """Read the clients of ``clients.toml`` by name; none where there is no such file."""
    table = root / "clients" / "clients.toml"
    if table.exists():
        for name, entry in read_toml(table, dict[str, ClientEntry]).items():
            folder = table.parent / name
            yield name, Client(entry.title, [folder / source for source in entry.sources])
