"""Code of the clients, by region: ``snippets/clients``."""

from dataclasses import dataclass

from markupsafe import Markup

from ..records.sessions import CLIENT
from ..records.sessions import Session
from ..sources.errors import BuildError
from .highlight import highlight
from .highlight import language_of
from .slot import Slot
from .slot import Sources


@dataclass(frozen=True, slots=True)
class ClientPanel:
    """The code of one client."""

    name: str
    title: str
    file: str
    code: Markup
    session: Session


def client_tabs(sources: Sources, region: str) -> Slot:
    """Show a region of every client, one tab each."""
    if not sources.servers.clients:
        table = sources.servers.root / "clients" / "clients.toml"
        raise BuildError(table, None, "this file lists no client")
    panels = [_panel(sources, name, region) for name in sources.servers.clients]
    return Slot("client_tabs", {"panels": panels, "region": region})


def client_code(sources: Sources, client: str, region: str) -> Slot:
    """Show a region of one client."""
    return Slot("client_code", {"panel": _panel(sources, client, region)})


def _panel(sources: Sources, name: str, region: str) -> ClientPanel:
    shown = sources.show_client(name, region)
    title = sources.servers.clients[name].title
    session = sources.servers.sessions[CLIENT + name]
    file = shown.path.name
    return ClientPanel(name, title, file, highlight(shown.text, language_of(file)), session)
