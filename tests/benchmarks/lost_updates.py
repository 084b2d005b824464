"""How many acknowledged writes each guard loses: ``python -m tests.benchmarks.lost_updates``.

Sixteen clients each add a hundred marks to one document, at gunicorn with four workers, on
SQLite, PostgreSQL and MariaDB. The last rows let them create a hundred resources at the same time.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from pathlib import Path

from flask_preconditions.conformance.races import run_lost_updates
from flask_preconditions.conformance.wire import Client
from tests.storage import mariadb
from tests.storage import postgres
from tests.storage.racing import race_creations
from tests.storage.racing import racing_server
from tests.storage.racing_app import CONTROL
from tests.storage.racing_app import GUARDS

SERVERS = {"postgresql": postgres.running_server, "mariadb": mariadb.running_server}
ROW = "| {:<10} | {:<16} | {:>12} | {:>7} | {:>4} | {:>6} | {:>4} | {:>8} |"


def main() -> None:
    """Run every race and print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--clients", type=int, default=16)
    options.add_argument("--rounds", type=int, default=100)
    options.add_argument("--workers", type=int, default=4)
    options.add_argument("--work-ms", type=float, default=0, help="between check and write")
    options.add_argument("--store", nargs="*", default=["sqlite", *SERVERS])
    asked = options.parse_args()
    print(ROW.format("store", "guard", "acknowledged", "present", "lost", "412", "503", "writes/s"))
    print(ROW.format(*["---"] * 8), flush=True)
    for store in asked.store:
        with server(store, asked.workers, asked.work_ms) as client:
            for guard, target in {**GUARDS, "check-then-write": CONTROL}.items():
                began = time.perf_counter()
                report = run_lost_updates(
                    client, target, clients=asked.clients, rounds=asked.rounds
                )
                told = (len(report.acknowledged), len(report.present), report.answers)
                show(store, guard, *told, time.perf_counter() - began)
        with server(store, 8) as client:
            began = time.perf_counter()
            rounds = race_creations(client, clients=asked.clients, rounds=asked.rounds)
            answers = sum(rounds, Counter())
            single = sum(answered[201] == 1 for answered in rounds)
            show(store, "create", answers[201], single, answers, time.perf_counter() - began)
            if set(answers) - {201, 412}:
                raise SystemExit(f"creations were answered {dict(answers)}")


def show(
    store: str, guard: str, told: int, present: int, answers: Counter[int], seconds: float
) -> None:
    rate = f"{told / seconds:.1f}"
    print(
        ROW.format(store, guard, told, present, told - present, answers[412], answers[503], rate),
        flush=True,
    )


@contextmanager
def server(store: str, workers: int, work_ms: float = 0) -> Iterator[Client]:
    """Start gunicorn, and before it the database where that is a server."""
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder / 'db.sqlite3'}"
        if store in SERVERS:
            url = running.enter_context(SERVERS[store]())
        yield running.enter_context(racing_server(url, folder, workers=workers, work_ms=work_ms))


if __name__ == "__main__":
    main()
