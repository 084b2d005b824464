"""Writers of one document, ever more of them: ``python -m tests.benchmarks.contention RECORD``.

Each reads, counts its write in the document and saves, and after a refusal waits as the clients of
the site do before it reads again. Counted are the writes a second, the attempts for each, and what
the slowest client had of the mean.
"""

import argparse
import datetime
import json
import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

from flask_preconditions.conformance.wire import Client
from tests.engines.versions import versions_of
from tests.storage import postgres
from tests.storage.racing import racing_server
from tests.storage.racing_app import GUARDS

WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.05, 2.0
"""As the clients of the site wait: a random part of a bound that doubles with each refusal."""

CLIENTS = (1, 4, 16, 64)
SECONDS_A_CLIENT = 2
"""Many share the document for longer: chance is even only where each has had many turns."""
TARGETS = {"cas": GUARDS["model"], "locked": GUARDS["locked"]}
WORKERS = 4


def main() -> None:
    """Measure every number of clients, and write the record."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("record", type=Path)
    options.add_argument("--seconds", type=float, default=30, help="at least, for each point")
    options.add_argument("--clients", type=int, nargs="*", default=CLIENTS)
    options.add_argument("--work-ms", type=float, default=2)
    asked = options.parse_args()
    points = []
    for store in ("postgresql", "sqlite"):
        for guard, target in TARGETS.items():
            with server(store, asked.work_ms) as client:
                for clients in asked.clients:
                    seconds = max(asked.seconds, SECONDS_A_CLIENT * clients)
                    seen = contend(client, target, clients, seconds)
                    points.append({"store": store, "guard": guard, "clients": clients, **seen})
                    print(points[-1], flush=True)
    record = {
        "date": str(datetime.datetime.now(datetime.UTC).date()),
        "versions": ", ".join(versions_of(store) for store in ("postgresql", "sqlite")),
        "workers": WORKERS,
        "work_ms": asked.work_ms,
        "points": points,
    }
    asked.record.write_text(json.dumps(record, indent=2) + "\n")
    raise SystemExit(any(point["lost"] for point in points))


def contend(client: Client, target: str, clients: int, seconds: float) -> dict[str, Any]:
    """Let clients write for some seconds."""
    start = Barrier(clients)

    def work(number: int) -> tuple[int, int]:
        chance = random.Random(number)
        acknowledged, attempts, refusals = 0, 0, 0
        start.wait()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            seen = client.send("GET", target).response
            attempts += 1
            counts = counts_in(seen.body)
            counts[number] = counts.get(number, 0) + 1
            text = " ".join(f"{who}:{count}" for who, count in counts.items())
            body = json.dumps({"body": text}).encode()
            wrote = client.send("PUT", target, [("If-Match", seen.get("ETag") or "")], body)
            if wrote.response.status in (200, 204):
                acknowledged += 1
                refusals = 0
                continue
            refusals += 1
            bound = min(WAIT_SECONDS * 2**refusals, LONGEST_WAIT_SECONDS)
            time.sleep(chance.uniform(0, bound))  # the wait that is measured
        return acknowledged, attempts

    before = counts_in(client.send("GET", target).response.body)
    with ThreadPoolExecutor(clients) as pool:
        done = list(pool.map(work, range(clients)))
    after = counts_in(client.send("GET", target).response.body)
    counts = [acknowledged for acknowledged, _ in done]
    stored = [after.get(number, 0) - before.get(number, 0) for number in range(clients)]
    total = sum(counts)
    return {
        "seconds": seconds,
        "writes_per_second": round(total / seconds, 1),
        "attempts_per_write": round(sum(attempts for _, attempts in done) / max(total, 1), 2),
        "slowest_percent": round(100 * min(counts) * clients / max(total, 1)),
        "lost": total - sum(stored),
    }


def counts_in(body: bytes) -> dict[int, int]:
    """Read how often each client has written, as the document says."""
    pairs = (pair.split(":") for pair in json.loads(body)["body"].split())
    return {int(who): int(count) for who, count in pairs}


@contextmanager
def server(store: str, work_ms: float) -> Iterator[Client]:
    """Start gunicorn on a new database.

    :param work_ms: how long the view works between its check and its write.
    """
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder / 'db.sqlite3'}"
        if store == "postgresql":
            url = running.enter_context(postgres.running_server())
        yield running.enter_context(racing_server(url, folder, workers=WORKERS, work_ms=work_ms))


if __name__ == "__main__":
    main()
