"""Each server is built and started once for all tests, on a port of its own.

One that cannot be built or started fails the tests that are about it, and no others.
"""

from collections.abc import Iterator

import pytest

from flask_preconditions.conformance.wire import Client
from snippets.tools.serve import HERE
from snippets.tools.serve import Program
from snippets.tools.serve import programs
from tests.needs import need

SERVERS = programs(HERE / "servers.toml")


def need_for(program: Program) -> None:
    need(*program.entry.get("requires", ()))


# One process has all the tests of a server, which it knows by these ids.
@pytest.fixture(scope="session", params=SERVERS, ids=lambda name: f"on {name}")
def server(request: pytest.FixtureRequest) -> Program:
    program = SERVERS[request.param]
    need_for(program)
    program.build()
    return program


@pytest.fixture(scope="session")
def client(server: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with server.serve(tmp_path_factory.mktemp(server.name)) as client:
        yield client
