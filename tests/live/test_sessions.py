"""The sessions that pages show are those of the sources and versions that are here."""

import json

import pytest

from docgen.records.record import digest
from snippets.tools.serve import HERE
from snippets.tools.serve import Program
from snippets.tools.serve import programs

from .conftest import SERVERS
from .conftest import skip_if_left_out

CLIENTS = programs(HERE / "clients/clients.toml")
KNOWN = SERVERS | {f"client-{name}": client for name, client in CLIENTS.items()}


@pytest.mark.parametrize("name", KNOWN)
def test_a_session_is_of_what_is_here(name: str) -> None:
    program: Program = KNOWN[name]
    skip_if_left_out(program)
    program.build()
    path = HERE / "results/sessions" / f"{name}.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    again = f"; run `python -m snippets.tools.capture {name}` and commit the results"
    assert kept["digest"] == digest(program.sources), name + again
    assert kept["versions"] == program.versions(), name + again
