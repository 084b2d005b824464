"""The sessions that pages show: their sources are those that are here, and they do the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from docgen.records.record import digest
from flask_preconditions.conformance.wire import Client
from snippets.tools.capture import check_server
from snippets.tools.capture import run_client
from snippets.tools.serve import HERE
from snippets.tools.serve import Program
from snippets.tools.serve import programs

from .conftest import SERVERS
from .conftest import need_for
from .test_servers import anonymous

CLIENTS = programs(HERE / "clients/clients.toml")
KNOWN = SERVERS | {f"client-{name}": client for name, client in CLIENTS.items()}


def recorded(name: str) -> dict[str, Any]:
    path = HERE / "results/sessions" / f"{name}.json"
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def again(name: str) -> str:
    return f"run `python -m snippets.tools.capture {name}` and commit the results"


@pytest.mark.parametrize("name", KNOWN)
def test_a_session_is_of_the_sources_that_are_here(name: str) -> None:
    assert recorded(name)["digest"] == digest(KNOWN[name].sources), again(name)


def test_the_check_of_a_server_says_what_was_recorded(server: Program, client: Client) -> None:
    found, kept = check_server(client), recorded(server.name)
    assert found["race"] == kept["race"], again(server.name)
    assert anonymous(found["session"]) == anonymous(kept["session"]), again(server.name)


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_says_what_was_recorded(name: str, tmp_path: Path) -> None:
    need_for(CLIENTS[name])
    CLIENTS[name].build()
    found, kept = run_client(CLIENTS[name], tmp_path), recorded(f"client-{name}")
    assert anonymous(found["session"]) == anonymous(kept["session"]), again(f"client-{name}")
