"""What frameworks do by themselves: the records that pages show are what a run finds."""

import json
from typing import Any

import pytest

from docgen.records.record import digest
from snippets.tools.measure import measure
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


def test_the_record_is_what_is_found(program: Program) -> None:
    kept, report = recorded(program), measure(program, rounds=5)
    assert kept["digest"] == digest(program.sources), program.name + AGAIN
    assert kept["versions"] == program.versions(), program.name + AGAIN
    # A tag that counts or hashes differs from run to run, so only the verdict is compared.
    found = {result.vector.id: str(result.verdict) for result in report.results}
    assert found == {id: word.partition(":")[0] for id, word in kept["vectors"].items()}


def test_a_mechanism_that_does_nothing_on_a_write_loses_every_race() -> None:
    for name in ("werkzeug", "express-route"):
        race = recorded(PROGRAMS[name])["race"]
        assert race["lost"] == race["rounds"]
