"""Code of the servers, by region."""

from dataclasses import dataclass

from markupsafe import Markup

from ..records.downloads import address_of
from ..records.server import EVALUATOR
from ..records.server import Server
from ..sources.data import read_text
from ..sources.errors import BlockError
from .highlight import highlight
from .highlight import language_of
from .slot import Slot
from .slot import Sources


@dataclass(slots=True)
class Panel:
    """The code of one server.

    :param address: where the site publishes the whole file, if it does.
    """

    server: Server
    file: str
    code: Markup
    address: str


def snippet(sources: Sources, server: str, region: str) -> Slot:
    """Show a region of one server or recorder."""
    panel = _panel(sources, sources.servers.find(server), region)
    # Long, and of its names nobody looks for one.
    return Slot("snippet", {"panel": panel, "searched": region != EVALUATOR})


def pasted(sources: Sources, server: str, file: str) -> Slot:
    """Show a file of the smallest server around the part to paste: ``snippets/paste``."""
    root = sources.servers.root / "paste"
    path = root / sources.servers.get(server).name / file
    if not path.is_file():
        raise BlockError(f"there is no {path.relative_to(root.parent)}")
    text = read_text(path).rstrip()
    return Slot("pasted", {"code": highlight(text, language_of(path.name)), "file": file})


def tabs(sources: Sources, region: str, servers: list[str] | None = None) -> Slot:
    """Show a region of several servers, one tab each.

    :param servers: their names; by default all but those that ``servers.toml`` excuses.
    """
    if servers is not None:
        chosen, excused = [sources.servers.get(name) for name in servers], []
    else:
        known = list(sources.servers.by_name.values())
        chosen = [server for server in known if region not in server.not_applicable]
        excused = [server for server in known if region in server.not_applicable]
    panels = [_panel(sources, server, region) for server in chosen]
    return Slot("tabs", {"panels": panels, "region": region, "excused": excused})


def _panel(sources: Sources, server: Server, name: str) -> Panel:
    region = sources.show(server, name)
    file = region.path.name
    code = highlight(region.text, language_of(file))
    return Panel(server, file, code, address_of(server, region.path))
