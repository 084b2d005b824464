"""Where exchanges and code come from: the servers, and what only records exchanges."""

from functools import cached_property

from ..data import read_toml
from ..records.servers import Server
from ..records.servers import ServerEntry
from ..records.servers import digest
from .slot import Sources


class Recorder(Server):
    """A program of ``recorders.toml``. It plays no vectors, so none have to pass."""

    @cached_property
    def doubt(self) -> str | None:
        """Why what it recorded is in doubt; ``None`` when it is not."""
        if self.results is None:
            return "not verified: no run is recorded"
        if self.results.digest != digest(self.sources):
            return "not verified since the source changed"
        return None

    @property
    def verdict(self) -> str:
        """The line under its code."""
        return self.doubt or f"captured with {self.versions}"


def find_server(sources: Sources, name: str | None) -> Server:
    """Give a server or a recorder by name; the first server by default.

    :raises BlockError: when there is none of that name.
    """
    root = sources.servers.root
    table = root / "recorders.toml"
    if name and name not in sources.servers.by_name and table.is_file():
        entries = read_toml(table, dict[str, ServerEntry])
        if name in entries:
            return Recorder(name, entries[name], root)
    return sources.servers.get(name)
