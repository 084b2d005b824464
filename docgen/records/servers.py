"""All that pages show of the directory of snippets, and what is in doubt of it."""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Set
from functools import cached_property
from pathlib import Path
from typing import Any

from ..sources.data import line_of
from ..sources.data import read_toml
from ..sources.errors import BlockError
from ..sources.errors import BuildError
from ..sources.errors import display_path
from .defaults import Default
from .defaults import read_defaults
from .record import Recorded
from .regions import Region
from .server import Recorder
from .server import Server
from .server import ServerEntry
from .sessions import CLIENT
from .sessions import Client
from .sessions import Session
from .sessions import read_clients

Shown = tuple[str, str]
"""The key of a server or a record, and the name of a region; empty for its results."""


class Servers:
    """The servers and whatever else was recorded, each read when a page first needs it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def by_name(self) -> Mapping[str, Server]:
        """The servers by the name of their folder, in the order of ``servers.toml``."""
        table = self.root / "servers.toml"
        entries = read_toml(table, dict[str, ServerEntry])
        servers = {name: Server(name, entry, self.root) for name, entry in entries.items()}
        for server in servers.values():
            _refuse_outer(table, self.root, server.sources)
        return servers

    @cached_property
    def recorders(self) -> Mapping[str, Recorder]:
        """The programs of ``recorders.toml`` by name; none where there is no such file."""
        table = self.root / "recorders.toml"
        entries = read_toml(table, dict[str, ServerEntry]) if table.is_file() else {}
        recorders = {name: Recorder(name, entry, self.root) for name, entry in entries.items()}
        for recorder in recorders.values():
            _refuse_outer(table, self.root, recorder.sources)
        return recorders

    @cached_property
    def clients(self) -> Mapping[str, Client]:
        """The clients by name, in the order of ``clients.toml``."""
        return read_clients(self.root)

    @cached_property
    def defaults(self) -> Mapping[str, Default]:
        """What frameworks do by themselves, by the name of the program."""
        return read_defaults(self.root)

    @cached_property
    def sessions(self) -> Mapping[str, Session]:
        """What a terminal showed: by the name of a server, or of a client after ``client-``."""
        sources = {name: server.sources for name, server in self.by_name.items()}
        sources |= {CLIENT + name: client.sources for name, client in self._at_terminals.items()}
        return {name: Session(name, paths, self.root) for name, paths in sources.items()}

    @property
    def _at_terminals(self) -> Mapping[str, Client]:
        return {name: client for name, client in self.clients.items() if client.terminal}

    def get(self, name: str | None = None) -> Server:
        """Give a server by name, the first one by default.

        :raises BlockError: when ``servers.toml`` has none of that name, or none at all.
        """
        if not self.by_name:
            raise BlockError("servers.toml lists no server")
        try:
            return self.by_name[next(iter(self.by_name)) if name is None else name]
        except KeyError:
            known = ", ".join(self.by_name)
            raise BlockError(f"there is no server '{name}'; servers.toml has: {known}") from None

    def find(self, name: str | None) -> Server:
        """Give a server or a recorder by name; the first server by default.

        :raises BlockError: when there is none of that name.
        """
        if name and name not in self.by_name and name in self.recorders:
            return self.recorders[name]
        return self.get(name)

    def client(self, name: str) -> Client:
        """Give a client by name.

        :raises BlockError: when ``clients.toml`` has none of that name.
        """
        try:
            return self.clients[name]
        except KeyError:
            known = ", ".join(self.clients)
            raise BlockError(f"no client '{name}'; clients.toml has: {known}") from None

    def session_of(self, client: str) -> Session:
        """Give the session of a client."""
        return self.sessions[CLIENT + client]

    def doubts(self, shown: Set[Shown], *, whole: bool = True) -> list[BuildError]:
        """List what ``--strict`` refuses in the servers and records that pages show.

        :param whole: whether all pages of the reference are there, to show every region.
        """
        found = []
        servers = {**self.recorders, **self.by_name}
        recorded: list[Recorded[Any]] = [*self.defaults.values(), *self.sessions.values()]
        records = {each.key: each for each in recorded}
        clients = {
            self.sessions[CLIENT + name].key: each for name, each in self._at_terminals.items()
        }
        for key in sorted({key for key, _ in shown}):
            if key in records:
                record = records[key]
                found += _doubts(record.path, record.doubt, record.again)
                regions = clients[key].regions if key in clients else {}
            else:
                server = servers[key]
                found += _doubts(server.results_path, server.doubt, server.again)
                regions = server.regions
            if whole:
                found += _never_shown(key, regions, shown)
        return found


def _never_shown(key: str, regions: Mapping[str, Region], shown: Set[Shown]) -> list[BuildError]:
    return [
        BuildError(region.path, region.line, f"no page shows region '{region.name}'")
        for region in regions.values()
        if (key, region.name) not in shown
    ]


def _doubts(path: Path, doubt: str | None, again: str) -> list[BuildError]:
    return [BuildError(path, None, f"{doubt}; run it again: {again}")] if doubt else []


def _refuse_outer(table: Path, root: Path, sources: Iterable[Path]) -> None:
    """Refuse a source outside of the directory: the site publishes it as it is."""
    for source in sources:
        if not source.resolve().is_relative_to(root.resolve()):
            name = source.name
            message = f"the source '{name}' lies outside of {display_path(root)}"
            raise BuildError(table, line_of(table, name), message)
