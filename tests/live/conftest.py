"""Each server is started once for all tests, on a port of its own."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from flask_preconditions.conformance.wire import Client
from snippets.serve import SERVERS
from snippets.serve import serve


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Client]]:
    """Start every server of the snippets."""
    with ExitStack() as running:
        folder = tmp_path_factory.mktemp("servers")
        yield {name: running.enter_context(serve(name, folder)) for name in SERVERS}


@pytest.fixture(params=SERVERS)
def client(request: pytest.FixtureRequest, clients: dict[str, Client]) -> Client:
    return clients[request.param]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
