"""Writers behind a PostgreSQL replica that lags: ``python -m tests.benchmarks.replica``.

A client alone writes again and again, then several at once. Each reads what the replica has, and
after a refusal with the tag that the refusal told.
"""

import argparse
import datetime
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from flask_preconditions.conformance.wire import Client
from snippets.tools import toolchain
from tests.storage.postgres import running_replica
from tests.storage.postgres import running_server
from tests.storage.racing import serving
from tests.storage.replica_app import CONTROL
from tests.storage.replica_app import FRESH
from tests.storage.replica_app import prepare

REFUSALS_AT_MOST = 2000


def main() -> None:
    """Race with and without ``fresh=``, and write what became of the writes."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("record", type=Path)
    options.add_argument("--lag", default="300ms")
    options.add_argument("--clients", type=int, default=8)
    options.add_argument("--rounds", type=int, default=25)
    asked = options.parse_args()
    record: dict[str, Any] = {
        "lag": asked.lag,
        "date": str(datetime.datetime.now(datetime.UTC).date()),
    }
    record["version"] = f"PostgreSQL {toolchain.version('initdb')}"
    races = {
        "with `fresh=`, one client": (FRESH, 1, 10, False),
        "without, one client": (CONTROL, 1, 10, False),
        f"with `fresh=`, {asked.clients} clients": (FRESH, asked.clients, asked.rounds, True),
    }
    with served(asked.lag) as (client, engine):
        record["races"] = [
            {"what": what, **race(client, engine, *how)} for what, how in races.items()
        ]
    print(json.dumps(record["races"], indent=2))
    asked.record.write_text(json.dumps(record, indent=2) + "\n")
    raise SystemExit(any(each["lost"] for each in record["races"]))


def race(
    client: Client, engine: sa.Engine, path: str, clients: int, rounds: int, retries: bool
) -> dict[str, int]:
    """Let clients write, and count."""
    with ThreadPoolExecutor(clients) as pool:
        names = [f"{clients}-{path.strip('/').partition('/')[0]}-{n}" for n in range(clients)]
        done = list(pool.map(lambda n: write(client, path, n, rounds, retries=retries), names))
    answers = sum((each for each, _ in done), Counter())
    acknowledged = {mark for _, marks in done for mark in marks}
    with engine.connect() as connection:
        present = set(connection.scalar(sa.text("SELECT body FROM docs")).split())
    return {
        "attempts": answers.total(),
        "acknowledged": len(acknowledged),
        "refused": answers[412],
        "lost": len(acknowledged - present),
    }


@contextmanager
def served(lag: str) -> Iterator[tuple[Client, sa.Engine]]:
    """Start the primary, its replica and the application."""
    with running_server() as primary:
        prepare(primary)
        engine = sa.create_engine(primary)
        with running_replica(primary, lag) as replica, tempfile.TemporaryDirectory() as folder:
            app = "tests.storage.replica_app:create_app()"
            settings = {"PRIMARY_URL": primary, "REPLICA_URL": replica}
            with serving(app, Path(folder), settings) as client:
                yield client, engine
        engine.dispose()


def write(
    client: Client, path: str, name: str, rounds: int, *, retries: bool
) -> tuple[Counter[int], set[str]]:
    """Add a mark in each round, and count the answers.

    :param retries: whether a refused write is tried again, with what was read anew.
    :return: the answers to the writes, and the marks that were acknowledged.
    """
    answers: Counter[int] = Counter()
    acknowledged = set()
    condition: list[tuple[str, str]] = []
    for turn in range(rounds):
        while answers[412] < REFUSALS_AT_MOST:
            seen = client.send("GET", path, condition).response
            if seen.status == 412:  # it was changed again meanwhile
                condition = [("If-Match", str(seen.get("ETag")))]
                continue
            mark = f"{name}-{turn}-{answers.total()}"
            body = json.dumps({"body": f"{json.loads(seen.body)['body']} {mark}"}).encode()
            wrote = client.send("PATCH", path, [("If-Match", str(seen.get("ETag")))], body).response
            answers[wrote.status] += 1
            condition = [("If-Match", str(wrote.get("ETag")))]
            if wrote.status == 200:
                acknowledged.add(mark)
            if wrote.status == 200 or not retries:
                break
    return answers, acknowledged


if __name__ == "__main__":
    main()
