"""What a block is: data and the name of a template."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

from ..records.application import Application
from ..records.record import Recorded
from ..records.regions import Region
from ..records.server import Server
from ..records.servers import Servers
from ..records.servers import Shown
from ..sources.facts import Facts
from ..sources.stamps import Stamp
from ..sources.stamps import stamp

LinkedData = Mapping[str, Any]
"""What a page tells search engines, as schema.org has it."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What the blocks of a page are made from.

    :param app: the application that runs the command, where it guards anything.
    :param shown: the regions and records that the page shows.
    :param read: the files of the project that it shows, as they were before they were read.
    """

    facts: Facts
    servers: Servers
    app: Application | None = None
    shown: set[Shown] = field(default_factory=set)
    read: dict[str, Stamp | None] = field(default_factory=dict)

    def note(self, file: Path) -> None:
        """Note that the page shows a file: it is made again when that changes."""
        self.read[str(file)] = stamp(file)

    def show(self, server: Server, region: str) -> Region:
        """Give a region, and note that the page shows it."""
        found = server.region(region)
        self.shown.add((server.name, region))
        return found

    def show_client(self, name: str, region: str) -> Region:
        """Give a region of a client, and note that the page shows it.

        :raises BlockError: when there is no such client or region.
        """
        found = self.servers.client(name).region(region)
        key = self.servers.session_of(name).key
        self.shown.update({(key, ""), (key, region)})
        return found

    def show_results(self, server: Server) -> None:
        """Note that the page shows what a run at a server recorded."""
        self.shown.add((server.name, ""))

    def show_record(self, recorded: Recorded[Any]) -> None:
        """Note that the page shows what was recorded."""
        self.shown.add((recorded.key, ""))


@dataclass(frozen=True, slots=True)
class Slot:
    """A block of a page, not yet rendered.

    :param name: the name of its template.
    :param data: what the template gets.
    :param inline: whether it stands within a sentence.
    :param linked_data: what it tells search engines, such as an FAQPage of schema.org.
    """

    name: str
    data: Mapping[str, object] = field(default_factory=dict)
    inline: bool = False
    linked_data: LinkedData | None = None
