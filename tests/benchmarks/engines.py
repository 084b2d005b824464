"""How many writes each engine loses: ``python -m tests.benchmarks.engines RECORD``.

Sixteen clients each add fifty marks to one document, at gunicorn with four workers: once at the
example in ``snippets/stores``, and once at the same example with its comparison taken out. Then
some engines fall and rise while eight clients write.
"""

import argparse
import datetime
import json
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from flask_preconditions.conformance.races import run_lost_updates
from tests.engines.engines import ENGINES
from tests.engines.examples import CONTROLS
from tests.engines.examples import FILES
from tests.engines.examples import UNFIT
from tests.engines.examples import served
from tests.engines.outage import endure_outage
from tests.engines.outages import OUTAGES
from tests.engines.outages import Outage
from tests.engines.versions import versions_of

WORKERS = 4


def main() -> None:
    """Race what was asked for, and write the record."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("record", type=Path)
    options.add_argument("--only", nargs="*", default=[*FILES, *UNFIT])
    options.add_argument("--clients", type=int, default=16)
    options.add_argument("--rounds", type=int, default=50)
    asked = options.parse_args()
    record = json.loads(asked.record.read_text()) if asked.record.exists() else {"engines": {}}
    record |= {"clients": asked.clients, "rounds": asked.rounds, "workers": WORKERS}
    lost = 0
    for name in asked.only:
        found: dict[str, Any] = {"versions": versions_of(name), "date": str(today())}
        for kind, changed in (("guarded", ("", "")), ("control", CONTROLS[name])):
            found[kind] = race(name, asked.clients, asked.rounds, changed)
            print(f"{name:12} {kind:8} {found[kind]}", flush=True)
        lost += found["guarded"]["lost"] if name in FILES else 0
        found["outages"] = [outage(name, *way) for way in OUTAGES.get(name, [])]
        for seen in found["outages"]:
            print(f"{name:12} outage   {seen}", flush=True)
            lost += len(seen["faults"])
        record["engines"][name] = found
        asked.record.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    raise SystemExit(lost > 0)


def race(
    name: str, clients: int, rounds: int, changed: tuple[str, str] = ("", "")
) -> dict[str, float]:
    """Let clients write one document of an engine that nobody else uses."""
    with (
        ENGINES[name]() as settings,
        tempfile.TemporaryDirectory() as folder,
        served(name, Path(folder), settings, workers=WORKERS, changed=changed) as client,
    ):
        client.send("PUT", "/docs/race", [("If-None-Match", "*")], b'{"body": ""}')
        began = time.perf_counter()
        report = run_lost_updates(client, "/docs/race", clients=clients, rounds=rounds)
        seconds = time.perf_counter() - began
    return {
        "acknowledged": len(report.acknowledged),
        "present": len(report.present),
        "lost": len(report.lost),
        "refused": report.answers[412],
        "unavailable": report.answers[503],
        "writes_per_second": round(len(report.acknowledged) / seconds),
    }


def outage(
    name: str, what: str, start: Callable[[], AbstractContextManager[Outage]]
) -> dict[str, Any]:
    """Let an engine fall and rise."""
    with (
        start() as (settings, fall, rise),
        tempfile.TemporaryDirectory() as folder,
        served(name, Path(folder), settings, workers=WORKERS) as client,
    ):
        seen = endure_outage(client, fall, rise)
    return {
        "what": what,
        "acknowledged": seen.acknowledged,
        "answers": seen.answers,
        "faults": seen.faults,
        "seconds": seen.seconds,
    }


def today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


if __name__ == "__main__":
    main()
