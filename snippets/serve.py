"""Start a server of servers.toml on a free port, wait until it answers, and end it."""

import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from flask_preconditions.conformance.wire import Client

HERE = Path(__file__).parent
SERVERS = tomllib.loads((HERE / "servers.toml").read_text())
DEADLINE_SECONDS = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serve(name: str, folder: Path, start: list[str] | None = None) -> Iterator[Client]:
    """Run a server with its database and log in ``folder``; the log is shown if it fails."""
    port = free_port()
    command = start or SERVERS[name]["start"]
    words = {"python": sys.executable, "port": str(port)}
    log = folder / f"{name}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [word.format(**words) for word in command],
            cwd=HERE / name,
            env={**os.environ, "DOCS_DB": str(folder / f"{name}.sqlite3")},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    client = Client(f"http://127.0.0.1:{port}")
    try:
        wait_until_ready(client, process, log)
        yield client
    finally:
        with suppress(ProcessLookupError):  # it may have ended by itself
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_ready(client: Client, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            client.send("GET", "/docs")
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(
                    f"the server did not start:\n{log.read_text()}"
                ) from None
            time.sleep(0.05)  # between two polls, up to the deadline
