"""What frameworks do by themselves: the records that pages show are what a run finds."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from docgen.records.servers import digest
from flask_preconditions.checker import Report
from flask_preconditions.checker import check
from snippets.tools.serve import HERE
from snippets.tools.serve import Program
from snippets.tools.serve import programs

from .conftest import skip_if_left_out

PROGRAMS = programs(HERE / "defaults/defaults.toml")
AGAIN = "; run `make defaults` and commit the results"


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> Program:
    chosen = PROGRAMS[request.param]
    skip_if_left_out(chosen)
    return chosen


def recorded(program: Program) -> dict[str, Any]:
    path = HERE / "results/defaults" / f"{program.name}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def measure(program: Program) -> Report:
    program.build()
    with tempfile.TemporaryDirectory() as folder, program.serve(Path(folder)) as client:
        return check(
            f"{client.base_url}/doc",
            headers=[(name, value) for name, value in program.entry.get("fields", ())],
            write=program.entry["writes"],
            field="body",
            rounds=5,
        )


def test_the_record_is_what_is_found(program: Program) -> None:
    kept, report = recorded(program), measure(program)
    sources = [program.folder / source for source in program.entry["sources"]]
    assert kept["digest"] == digest(sources), program.name + AGAIN
    assert kept["versions"] == program.versions(), program.name + AGAIN
    # A tag that counts or hashes differs from run to run, so only the verdict is compared.
    found = {result.vector.id: str(result.verdict) for result in report.results}
    assert found == {id: word.partition(":")[0] for id, word in kept["vectors"].items()}


def test_a_mechanism_that_does_nothing_on_a_write_loses_every_race() -> None:
    for name in ("werkzeug", "express-route"):
        race = recorded(PROGRAMS[name])["race"]
        assert race["lost"] == race["rounds"]
