"""Code of the clients, by region: ``snippets/clients``."""

from dataclasses import dataclass

from markupsafe import Markup

from ..errors import BuildError
from ..highlight import highlight
from ..highlight import language_of
from ..records.sessions import CLIENT
from ..records.sessions import Session
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
    panels = []
    for name, client in sources.servers.clients.items():
        shown = client.region(region)
        session = sources.servers.sessions[CLIENT + name]
        sources.servers.show_record(session)
        file = shown.path.name
        code = highlight(shown.text, language_of(file))
        panels.append(ClientPanel(name, client.title, file, code, session))
    return Slot("client_tabs", {"panels": panels, "region": region})
