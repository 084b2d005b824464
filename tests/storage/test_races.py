"""Many clients at real servers: what was acknowledged is there."""

import os
from collections.abc import Iterator

import pytest

from flask_preconditions.conformance.races import run_lost_updates
from flask_preconditions.conformance.wire import Client

from .racing import race_creations
from .racing import racing_server
from .racing_app import CONTROL
from .racing_app import GUARDS

SERVERS = {"postgresql": "postgres_url", "mariadb": "mariadb_url"}
pytestmark = pytest.mark.external
CLIENTS = int(os.environ.get("RACE_CLIENTS", "8"))
ROUNDS = int(os.environ.get("RACE_ROUNDS", "25"))
WORK_MS = float(os.environ.get("RACE_WORK_MS", "0"))


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def racers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("races")
    url = f"sqlite:///{folder / 'races.sqlite3'}"
    if request.param != "sqlite":
        url = request.getfixturevalue(SERVERS[request.param])
    with racing_server(url, folder, work_ms=WORK_MS) as client:
        yield client


@pytest.mark.parametrize("guard", GUARDS)
def test_no_acknowledged_write_is_lost(guard: str, racers: Client) -> None:
    report = run_lost_updates(racers, GUARDS[guard], clients=CLIENTS, rounds=ROUNDS)
    assert len(report.acknowledged) == CLIENTS * ROUNDS
    assert not report.lost, report
    assert report.answers[412] > 0, "nobody met anybody, so this shows nothing"


def test_a_check_before_the_write_loses_some(racers: Client) -> None:
    report = run_lost_updates(racers, CONTROL, clients=CLIENTS, rounds=ROUNDS)
    assert report.lost, report


def test_of_many_creators_one_is_told_201(racers: Client) -> None:
    rounds = race_creations(racers, clients=CLIENTS, rounds=ROUNDS)
    assert rounds == [{201: 1, 412: CLIENTS - 1}] * ROUNDS
