"""What a guard costs in instructions of the processor, which hardly vary from run to run.

Valgrind's cachegrind counts them: ``python -m tests.benchmarks.instructions``. Each case
runs in a process of its own; what start-up costs is measured once and taken off.
"""

import gc
import logging
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.benchmarks.overhead import CASES
from tests.benchmarks.overhead import app_under_test
from tests.benchmarks.overhead import environ_of

WARM, COUNTED = 20, 200
COMMAND = (
    *("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"),
    *(sys.executable, "-m", "tests.benchmarks.instructions"),
)
BARE = {"bare GET": ("GET", "/bare/1", {}), "bare PUT": ("PUT", "/bare/1", {})}
REQUESTS = BARE | {case.name: (case.method, case.path, case.fields) for case in CASES[:5]}


def send(name: str, times: int) -> None:
    """Send one of the requests some times: what runs under cachegrind."""
    logging.getLogger("flask_preconditions").setLevel("CRITICAL")
    app = app_under_test()
    environ = environ_of(*REQUESTS[name])

    def start_response(*_: Any) -> None: ...

    for number in range(WARM + times + 1):
        b"".join(app.wsgi_app(dict(environ), start_response))  # type: ignore[arg-type]
        if number == WARM:
            # What start-up made is the same for every case: keep the collector off it, also
            # where nothing is counted, for it spares what the end of a process costs.
            gc.collect()
            gc.freeze()


def count(name: str, times: int) -> int:
    """Count the instructions of a process that sends a request some times."""
    done = subprocess.run(
        [*COMMAND, name, str(times)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONHASHSEED": "0"},
    )
    found = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    if found is None:
        raise SystemExit(f"cachegrind told no figure:\n{done.stderr}")
    return int(found[1].replace(",", ""))


def main() -> None:
    """Tell the instructions of one request of each case, and its ratio to the bare view."""
    with ThreadPoolExecutor(2) as pool:
        before = pool.map(lambda name: count(name, 0), REQUESTS)
        after = pool.map(lambda name: count(name, COUNTED), REQUESTS)
        each = {
            name: (late - early) // COUNTED
            for name, early, late in zip(REQUESTS, before, after, strict=True)
        }
    for name, (method, *_) in REQUESTS.items():
        ratio = each[name] / each[f"bare {method}"]
        print(f"{name + ':':<10} {each[name]:>9,} instructions, {ratio:.3f} × bare")


if __name__ == "__main__":
    if sys.argv[1:]:
        send(sys.argv[1], int(sys.argv[2]))
    else:
        main()
