"""Workers that are killed and a database that restarts: what was acknowledged stays."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from flask_preconditions.conformance.wire import Client
from tests.needs import need

from .postgres import restart
from .postgres import running_server
from .racing import kill
from .racing import racing_server
from .racing_app import GUARDS

pytestmark = pytest.mark.external
CLIENTS = 4
ROUNDS = 11


def write_through(client: Client, target: str, disturb: Callable[[], None]) -> None:
    """Let clients write while something is disturbed, and see that nothing is lost.

    A client that gets no answer, or one of 500 and above, does not know what became of its
    write. It reads, and goes on if its mark is there.
    """
    start = Barrier(CLIENTS)

    def work(number: int) -> set[str]:
        acknowledged: set[str] = set()
        start.wait()
        for turn in range(ROUNDS):
            if number == 0 and turn % 4 == 2:
                disturb()
            mark = f"{number}-{turn}"
            while not save(mark):
                pass
            acknowledged.add(mark)
        return acknowledged

    def save(mark: str) -> bool:
        try:
            seen = client.send("GET", target).response
            if seen.status != 200:
                return False
            text = str(seen.body, "utf-8")
            if f" {mark} " in text:
                return True
            body = text.replace('"body":"', f'"body":" {mark} ').encode()
            fields = [("If-Match", seen.get("ETag") or "")]
            status = client.send("PUT", target, fields, body).response.status
        except OSError:
            return False
        assert status in (200, 204, 412) or status >= 500, status
        return status < 300

    with ThreadPoolExecutor(CLIENTS) as pool:
        acknowledged = set().union(*pool.map(work, range(CLIENTS)))
    # A worker that was idle since the restart finds its connection broken, and says 500 once.
    answers = (client.send("GET", target).response for _ in range(20))
    final = next(answer.body.decode() for answer in answers if answer.status == 200)
    assert len(acknowledged) == CLIENTS * ROUNDS
    assert [mark for mark in sorted(acknowledged) if f" {mark} " not in final] == []


@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_a_killed_worker_loses_no_acknowledged_write(
    guard: str, store: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'faults.sqlite3'}"
    if store == "postgresql":
        url = request.getfixturevalue("postgres_url")
    with racing_server(url, tmp_path) as client:
        write_through(client, GUARDS[guard], lambda: kill(tmp_path))
    log = (tmp_path / "gunicorn.log").read_text()
    assert log.count("Booting worker") > 4, "no worker was killed, so this shows nothing"


def test_a_restart_of_the_database_loses_no_acknowledged_write(tmp_path: Path) -> None:
    need("initdb")
    with running_server() as url:
        home = Path(url.partition("host=")[2])

        with racing_server(url, tmp_path) as client:
            write_through(client, GUARDS["model"], lambda: restart(url))
        assert (home / "log").read_text().count("automatic recovery in progress") >= 3
