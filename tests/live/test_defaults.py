"""What programs do by themselves: the records that pages show are what a run finds.

Those that are heavy are measured by ``make defaults`` alone.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from docgen.records.record import digest
from flask_preconditions.checker import CheckReport
from flask_preconditions.conformance.wire import Client
from snippets.tools.lines import run_lines
from snippets.tools.measure import check_at
from snippets.tools.measure import running
from snippets.tools.serve import HERE
from snippets.tools.serve import Program
from snippets.tools.serve import programs
from tests.needs import need

from .conftest import need_for

Checked = tuple[Program, CheckReport, Client]

PROGRAMS = programs(HERE / "defaults/defaults.toml")


@pytest.fixture(
    scope="module", params=[name for name, p in PROGRAMS.items() if not p.entry.get("heavy")]
)
def checked(request: pytest.FixtureRequest) -> Iterator[Checked]:
    """A program that runs, the report of its check, and a client of it."""
    chosen = PROGRAMS[request.param]
    need_for(chosen)
    with running(chosen) as client:
        yield chosen, check_at(client, chosen, rounds=5), client


def recorded(program: Program) -> dict[str, Any]:
    path = HERE / "results/defaults" / f"{program.name}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_the_record_is_what_is_found(checked: Checked) -> None:
    program, report, _ = checked
    kept = recorded(program)
    again = f"run `make defaults ID={program.name}` and commit the results"
    assert kept["digest"] == digest(program.sources), again
    # A tag that counts or hashes differs from run to run, so only the verdict is compared.
    found = {result.vector.id: str(result.verdict) for result in report.results}
    assert found == {id: word.partition(":")[0] for id, word in kept["vectors"].items()}, again
    # With so few rounds, chance tells whether a race is lost.
    causes = {finding.id for finding in report.findings if finding.results}
    assert causes == {each["id"] for each in kept["findings"] if each["vectors"]}, again


def test_the_line_of_each_finding_shows_what_was_seen(checked: Checked) -> None:
    program, report, client = checked
    need("bash", "curl")
    missed = run_lines(program, report, client)[1]
    assert not missed, "\n\n".join(missed)


def test_a_record_is_of_the_version_that_is_pinned() -> None:
    python = HERE / "defaults/python/requirements.txt"
    node = json.loads((HERE / "defaults/node/package.json").read_text(encoding="utf-8"))
    lines = python.read_text(encoding="utf-8").splitlines()
    pins = {
        "python": dict(line.split("==") for line in lines if "==" in line),
        "node": node["dependencies"],
    }
    for name, program in PROGRAMS.items():
        known = pins.get(program.folder.name, {})
        for package in program.entry.get("packages", ()):
            again = f"run `make defaults ID={name}`"
            assert recorded(program)["versions"][package] == known[package], again


def test_a_mechanism_that_does_nothing_on_a_write_loses_every_race() -> None:
    for name in ("werkzeug", "express-route"):
        race = recorded(PROGRAMS[name])["race"]
        assert race["lost"] == race["rounds"]
