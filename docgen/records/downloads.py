"""The files of the servers and clients, published as they ran, one by one and as archives."""

import io
import zipfile
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from ..sources.data import read_bytes
from .server import Server
from .servers import Servers
from .sessions import CLIENT
from .sessions import Client

Program = Server | Client

# The oldest time that a zip archive can say: a file of the repository has none of its own.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def address_of(program: Program, source: Path) -> str:
    """Give the address of a file in the site, such as ``/frameworks/go/main.go``."""
    kind = "clients" if isinstance(program, Client) else "frameworks"
    return f"/{kind}/{program.folder.name}/{source.relative_to(program.folder).as_posix()}"


def archive_of(program: Program) -> str:
    """Give the address of the archive of a server or client, such as ``/files/go.zip``."""
    prefix = CLIENT if isinstance(program, Client) else ""
    return f"/files/{prefix}{program.folder.name}.zip"


def downloads(servers: Servers) -> Mapping[str, Callable[[], bytes]]:
    """Give what reads each file, by its name in the site."""
    found: dict[str, Callable[[], bytes]] = {}
    for program in _programs(servers):
        for source in program.sources:
            found[address_of(program, source).removeprefix("/")] = partial(read_bytes, source)
        found[archive_of(program).removeprefix("/")] = partial(pack, program)
    return found


def pack(program: Program) -> bytes:
    """Pack all that is needed to run a server or client, in a folder of its name.

    Stored and not compressed, in one order and without times: the same files are the same
    octets, whatever packs them.

    :raises BuildError: when a file is missing or cannot be read.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as pack:
        for source in sorted([*program.sources, *program.also]):
            name = f"{program.folder.name}/{source.relative_to(program.folder).as_posix()}"
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.create_system = 3  # Unix, wherever this runs
            entry.external_attr = 0o100644 << 16
            pack.writestr(entry, read_bytes(source))
    return archive.getvalue()


def _programs(servers: Servers) -> Iterator[Program]:
    yield from servers.by_name.values()
    yield from servers.clients.values()
