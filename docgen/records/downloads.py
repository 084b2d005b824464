"""The files of the servers, published as they ran."""

from collections.abc import Callable
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from ..sources.data import read_bytes
from .server import Server
from .servers import Servers


def address_of(server: Server, source: Path) -> str:
    """Give the address of a file in the site, such as ``/frameworks/go/main.go``."""
    return f"/frameworks/{server.name}/{source.relative_to(server.folder).as_posix()}"


def downloads(servers: Servers) -> Mapping[str, Callable[[], bytes]]:
    """Give what reads each file, by its name in the site."""
    return {
        address_of(server, source).removeprefix("/"): partial(read_bytes, source)
        for server in servers.by_name.values()
        for source in server.sources
    }
