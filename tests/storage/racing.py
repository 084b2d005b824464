"""Start the racing application under gunicorn, and let many clients create at once."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Collection
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier

from flask_preconditions.conformance.wire import Client
from snippets.tools.serve import DEADLINE_SECONDS
from snippets.tools.serve import free_port
from snippets.tools.serve import wait_until_ready

from .racing_app import prepare

ROOT = Path(__file__).parent.parent.parent


@contextmanager
def racing_server(
    url: str, folder: Path, *, workers: int = 4, work_ms: float = 0, pings: bool = False
) -> Iterator[Client]:
    """Serve the racing application on a database, with its log in ``folder``.

    :param pings: whether connections are tried before they are used again.
    """
    prepare(url)
    settings = {"DATABASE_URL": url, "WORK_MS": str(work_ms), "PINGS": "1" * pings}
    with serving("tests.storage.racing_app:create_app()", folder, settings, workers) as client:
        yield client


@contextmanager
def serving(app: str, folder: Path, settings: dict[str, str], workers: int = 4) -> Iterator[Client]:
    """Serve an application with gunicorn.

    :param settings: what it reads from its environment.
    """
    address = f"127.0.0.1:{free_port()}"
    log = folder / "gunicorn.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-w", str(workers), "-b", address, app],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    client = Client(f"http://{address}")
    try:
        wait_until_ready("the racing server", client, process, log)
        yield client
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(DEADLINE_SECONDS)


def workers_of(folder: Path) -> list[int]:
    """List the workers that the server in a folder has started, the oldest first."""
    log = (folder / "gunicorn.log").read_text()
    return [int(line.rpartition(" ")[2]) for line in log.splitlines() if "Booting worker" in line]


def kill(folder: Path, spared: Collection[int] = ()) -> None:
    """Kill a worker of gunicorn, which starts another one in its place."""
    for pid in workers_of(folder):
        if pid in spared:
            continue
        try:
            os.kill(pid, signal.SIGKILL)
            return
        except ProcessLookupError:
            continue


def race_creations(client: Client, *, clients: int, rounds: int) -> list[Counter[int]]:
    """Let clients create the same resource at the same moment, again and again.

    :return: how often each status was answered, by round.
    """
    start = Barrier(clients)

    def create(number: int) -> list[int]:
        answers = []
        for turn in range(rounds):
            start.wait()
            exchange = client.send("PUT", f"/users/{turn}", [("If-None-Match", "*")])
            answers.append(exchange.response.status)
        return answers

    with ThreadPoolExecutor(clients) as pool:
        by_client = list(pool.map(create, range(clients)))
    return [Counter(answers) for answers in zip(*by_client, strict=True)]
