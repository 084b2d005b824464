"""A short run of what ``python -m tests.benchmarks.endurance`` does for ten minutes."""

from pathlib import Path

import pytest

from tests.needs import need

from .endurance import endure

pytestmark = pytest.mark.external


def test_a_disturbed_server_loses_nothing_and_answers_nothing_wrongly(tmp_path: Path) -> None:
    need("initdb")
    record = endure(tmp_path, seconds=20, seed=9110, pause_seconds=(1, 4))
    assert record.faults == []
    assert record.acknowledged
    assert record.created
    assert {what for *_, what in record.disturbances} == {"worker", "database"}
