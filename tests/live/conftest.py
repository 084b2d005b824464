"""Each server is built and started once for all tests, on a port of its own.

A server whose toolchain is missing is left out on a laptop, with a word about it; in CI that
is a failure.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from flask_preconditions.conformance.wire import Client
from snippets.tools.serve import BUILDS_AT_ONCE
from snippets.tools.serve import HERE
from snippets.tools.serve import Program
from snippets.tools.serve import programs

SERVERS = programs(HERE / "servers.toml")


def is_left_out(program: Program) -> bool:
    return bool(program.missing) and "CI" not in os.environ


def skip_if_left_out(program: Program) -> None:
    if is_left_out(program):
        pytest.skip(f"{program.name} needs {', '.join(program.missing)}")


@pytest.fixture(scope="session")
def clients(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Client]]:
    """Start every server that a chosen test is about."""
    wanted = {
        item.callspec.params.get("server")
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
    }
    chosen = [s for name, s in SERVERS.items() if name in wanted and not is_left_out(s)]
    with ExitStack() as running:

        def start(server: Program) -> Client:
            server.build()
            return running.enter_context(server.serve(tmp_path_factory.mktemp(server.name)))

        with ThreadPoolExecutor(BUILDS_AT_ONCE) as pool:
            started = list(pool.map(start, chosen))
        yield {server.name: client for server, client in zip(chosen, started, strict=True)}


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Program:
    program = SERVERS[request.param]
    skip_if_left_out(program)
    return program


@pytest.fixture
def client(server: Program, clients: dict[str, Client]) -> Client:
    return clients[server.name]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
