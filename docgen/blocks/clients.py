"""Code of the clients, by region: ``snippets/clients``."""

from typing import Annotated

import msgspec
from markupsafe import Markup

from ..data import Text
from ..data import read_toml
from ..errors import BlockError
from ..errors import BuildError
from ..highlight import highlight
from ..highlight import language_of
from ..records.regions import extract_regions
from .slot import Slot
from .slot import Sources


class ClientEntry(msgspec.Struct, frozen=True):
    """A table of ``clients.toml``; keys for other readers of the file are left alone."""

    title: Text
    sources: Annotated[list[Text], msgspec.Meta(min_length=1)]


class ClientPanel(msgspec.Struct, frozen=True):
    """The code of one client."""

    name: str
    title: str
    file: str
    code: Markup


def client_tabs(sources: Sources, region: str) -> Slot:
    """Show a region of every client, one tab each."""
    folder = sources.servers.root / "clients"
    table = folder / "clients.toml"
    entries = read_toml(table, dict[str, ClientEntry])
    if not entries:
        raise BuildError(table, None, "this file lists no client")
    panels = []
    for name, entry in entries.items():
        paths = [folder / name / source for source in entry.sources]
        found = [regions[region] for p in paths if region in (regions := extract_regions(p))]
        if not found:
            raise BlockError(f"snippets/clients/{name} has no region '{region}'")
        file = found[0].path.name
        code = highlight(found[0].text, language_of(file))
        panels.append(ClientPanel(name, entry.title, file, code))
    return Slot("client_tabs", {"panels": panels, "region": region})
