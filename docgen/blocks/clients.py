"""Code of the clients, by region: ``snippets/clients``."""

from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from ..records.downloads import address_of
from ..records.downloads import archive_of
from ..records.sessions import CLIENT
from ..records.sessions import Client
from ..records.sessions import Session
from ..sources.data import read_text
from ..sources.errors import BuildError
from .highlight import highlight
from .highlight import language_of
from .slot import Slot
from .slot import Sources


@dataclass(frozen=True, slots=True)
class ClientPanel:
    """The code of one client.

    :param address: where the site publishes the whole file.
    """

    name: str
    title: str
    file: str
    code: Markup
    session: Session
    address: str


@dataclass(frozen=True, slots=True)
class WholeFile:
    """A file of a client.

    :param address: where the site publishes it.
    """

    name: str
    address: str
    code: Markup


def client_tabs(sources: Sources, region: str) -> Slot:
    """Show a region of every client, one tab each."""
    if not sources.servers.clients:
        table = sources.servers.root / "clients" / "clients.toml"
        raise BuildError(table, None, "this file lists no client")
    known = sources.servers.clients.items()
    panels = [_panel(sources, name, region) for name, client in known if client.terminal]
    return Slot("client_tabs", {"panels": panels, "region": region})


def client_code(sources: Sources, client: str, region: str) -> Slot:
    """Show a region of one client."""
    return Slot("client_code", {"panel": _panel(sources, client, region)})


def client_files(sources: Sources, client: str) -> Slot:
    """Show the files of a client whole, how to get them and what to type."""
    known = sources.servers.client(client)
    session = sources.servers.sessions.get(CLIENT + client)
    if session:
        sources.show_record(session)
    data = {
        "files": [_whole(known, source) for source in known.sources],
        "archive": archive_of(known),
        "start": highlight(f"cd {known.folder.name}\n{known.start}", "sh") if known.start else "",
        "session": session,
    }
    return Slot("client_files", data)


def _whole(client: Client, source: Path) -> WholeFile:
    lines = [line for line in read_text(source).splitlines() if ":snippet-" not in line]
    code = highlight("\n".join(lines), language_of(source.name))
    name = source.relative_to(client.folder).as_posix()
    return WholeFile(name, address_of(client, source), code)


def _panel(sources: Sources, name: str, region: str) -> ClientPanel:
    shown = sources.show_client(name, region)
    title = sources.servers.clients[name].title
    session = sources.servers.sessions[CLIENT + name]
    file = shown.path.name
    code = highlight(shown.text, language_of(file))
    address = address_of(sources.servers.clients[name], shown.path)
    return ClientPanel(name, title, file, code, session, address)
