"""Requests that want to break the simulator, or to have it break somebody else.

``python -m tests.simulator.hostile 10000 1`` sends more, and tells time and memory.
"""

import pytest

from .hostile import play


def test_hostile_requests_get_no_500_and_nothing_of_theirs_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[str] = []
    with caplog.at_level("CRITICAL", "flask_preconditions"):
        statuses = play(500, 412, told.append)
    assert statuses.total() == 500
    assert {200, 400, 404, 405, 412, 428, 501} <= statuses.keys()
