"""Ten minutes of mixed load: ``python -m tests.benchmarks.endurance``.

Eight clients at gunicorn with four workers on PostgreSQL read, save, save with stale tags and with
none, and create. All the while workers are killed and the database is restarted without a
checkpoint, at random times that the seed gives. It ends by itself, with 1 when anything was lost,
answered wrongly, or when the memory of the workers that were not killed has grown.
"""

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from tests.storage.endurance import endure

GROWTH = 1.10


def main() -> None:
    """Run it, and print what was seen."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--seed", type=int, default=9110)
    options.add_argument("--clients", type=int, default=8)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        record = endure(
            Path(folder),
            seconds=asked.seconds,
            seed=asked.seed,
            clients=asked.clients,
            say=lambda text: print(text, flush=True),
        )
    for (kind, status), count in sorted(record.answers.items(), key=str):
        print(f"{kind:>10} {status or 'no answer':>9}: {count}")
    print("disturbed:", dict(Counter(what for *_, what in record.disturbances)))
    print(f"{record.acknowledged} writes acknowledged, {len(record.created)} resources created")
    early = next(rss for at, rss in sorted(record.rss_kib.items()) if at >= asked.seconds / 5)
    late = record.rss_kib[max(record.rss_kib)]
    print(f"RSS of a worker: {early} KiB after a fifth of the time, {late} KiB at the end")
    print(f"{len(record.faults)} faults")
    for fault in record.faults[:20]:
        print(" ", fault)
    if record.faults or late > early * GROWTH:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
