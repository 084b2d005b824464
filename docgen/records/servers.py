"""All that pages show of the directory of snippets, and what is in doubt of it."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ..data import read_toml
from ..errors import BlockError
from ..errors import BuildError
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


class Servers:
    """The servers and whatever else was recorded, each read when a page first needs it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.used: set[tuple[str, str]] = set()

    @cached_property
    def by_name(self) -> Mapping[str, Server]:
        """The servers by the name of their folder, in the order of ``servers.toml``."""
        entries = read_toml(self.root / "servers.toml", dict[str, ServerEntry])
        return {name: Server(name, entry, self.root) for name, entry in entries.items()}

    @cached_property
    def recorders(self) -> Mapping[str, Recorder]:
        """The programs of ``recorders.toml`` by name; none where there is no such file."""
        table = self.root / "recorders.toml"
        entries = read_toml(table, dict[str, ServerEntry]) if table.is_file() else {}
        return {name: Recorder(name, entry, self.root) for name, entry in entries.items()}

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

    def show(self, server: Server, region: str) -> Region:
        """Give a region for a page, and note that a page shows it."""
        found = server.region(region)
        self.used.add((server.name, region))
        return found

    def show_client(self, name: str, region: str) -> Region:
        """Give a region of a client for a page, and note that a page shows it.

        :raises BlockError: when there is no such client or region.
        """
        found = self.client(name).region(region)
        session = self.sessions[CLIENT + name]
        self.used |= {(session.key, ""), (session.key, region)}
        return found

    def show_results(self, server: Server) -> None:
        """Note that a page shows what a run at a server recorded."""
        self.used.add((server.name, ""))

    def show_record(self, recorded: Recorded[Any]) -> None:
        """Note that a page shows what was recorded."""
        self.used.add((recorded.key, ""))

    def doubts(self) -> list[BuildError]:
        """List what ``--strict`` refuses in the servers and records that pages show."""
        found = []
        servers = {**self.recorders, **self.by_name}
        recorded: list[Recorded[Any]] = [*self.defaults.values(), *self.sessions.values()]
        records = {each.key: each for each in recorded}
        clients = {
            self.sessions[CLIENT + name].key: each for name, each in self._at_terminals.items()
        }
        for key in sorted({key for key, _ in self.used}):
            if key in records:
                record = records[key]
                found += _doubts(record.path, record.doubt, record.again)
                found += self._never_shown(key, clients[key].regions if key in clients else {})
            else:
                server = servers[key]
                found += _doubts(server.results_path, server.doubt, server.again)
                found += self._never_shown(key, server.regions)
        return found

    def _never_shown(self, key: str, regions: Mapping[str, Region]) -> list[BuildError]:
        return [
            BuildError(region.path, region.line, f"no page shows region '{region.name}'")
            for region in regions.values()
            if (key, region.name) not in self.used
        ]


def _doubts(path: Path, doubt: str | None, again: str) -> list[BuildError]:
    return [BuildError(path, None, f"{doubt}; run it again: {again}")] if doubt else []


def find_snippets() -> Path:
    """Find the servers: beside the package in the repository, inside it when installed."""
    package = Path(__file__).parents[1]
    inside = package / "_snippets"
    return inside if inside.is_dir() else package.parent / "snippets"
