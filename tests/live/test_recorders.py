"""The servers that only record: what they recorded is what they do."""

import json
import re
from pathlib import Path

import pytest

from docgen.records.record import digest
from snippets.tools.serve import HERE
from snippets.tools.serve import Program
from snippets.tools.serve import programs
from snippets.tools.transcripts import record_download

PROGRAMS = programs(HERE / "recorders.toml")
AGAIN = "; run `python -m snippets.tools.record` and commit the results"


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> Program:
    return PROGRAMS[request.param]


def test_the_record_is_what_the_program_does(program: Program, tmp_path: Path) -> None:
    kept = json.loads((HERE / "results" / f"{program.name}.json").read_text())
    files = tmp_path / "files"
    files.mkdir()
    with program.serve(tmp_path, FILES=str(files)) as client:
        found = record_download(client, lambda name, text: put(files / name, text))
    assert without_occurrences(found) == without_occurrences(kept["transcripts"]), (
        program.name + AGAIN
    )


def test_the_record_fits_the_sources(program: Program) -> None:
    kept = json.loads((HERE / "results" / f"{program.name}.json").read_text())
    assert kept["digest"] == digest(program.sources), program.name + AGAIN


def test_a_download_is_resumed_or_started_again_or_refused() -> None:
    kept = json.loads((HERE / "results/download.json").read_text())
    answers = [exchange["response"]["status"] for exchange in kept["transcripts"]["resume"]]
    assert answers == [200, 206, 416, 200, 412]


def without_occurrences(transcripts: object) -> object:
    """Leave out what names one occurrence of a problem (RFC 9457 §3.1.5)."""
    return json.loads(re.sub(r"urn:uuid:[0-9a-f-]{36}", "urn:uuid:", json.dumps(transcripts)))


def put(path: Path, content: str) -> None:
    new = path.with_suffix(".new")
    new.write_text(content)
    new.replace(path)
