"""Capture what a terminal shows: results/sessions/<name>.json.

``python -m snippets.tools.capture [NAME …]``. For a server that is ``flask preconditions check``
at a document of its own, for a client its commands at the Flask server. The pages show
these sessions while they fit the sources.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from docgen.records.record import digest
from flask_preconditions.checker import FORMATS, check
from flask_preconditions.conformance.wire import Client

from .serve import HERE, Program, programs

RESULTS = HERE / "results" / "sessions"
SERVERS = programs(HERE / "servers.toml")
CLIENTS = programs(HERE / "clients" / "clients.toml")
SHOWN_URL = "http://127.0.0.1:8000"  # in place of the port that was free
TARGET = "/docs/welcome"
NOTHING = "/docs/nothing"
OLD = '{"title": "Welcome", "body": "Hello."}'
NEW = '{"title": "Welcome", "body": "Hello again."}'
ROUNDS = 50
DEADLINE_SECONDS = 240
START_SECONDS = 10

Session = list[dict[str, Any]]
"""Commands in order, each with its output and its exit code."""


def start_and_check(server: Program, folder: Path) -> dict[str, Any]:
    with server.serve(folder) as client:
        return check_server(client)


def check_server(client: Client) -> dict[str, Any]:
    """Check a server by its URL, as its owner would."""
    put(client, TARGET, OLD)
    wait_for_date(client)
    report = check(
        client.base_url + TARGET,
        write=True,
        bodies=[OLD.encode(), NEW.encode()],
        restore=OLD.encode(),
        absent=NOTHING,
        rounds=ROUNDS,
        deadline=DEADLINE_SECONDS,  # or a slow machine records a check that it did not end
    )
    output = FORMATS["table"](report).replace(client.base_url, SHOWN_URL)
    words = ["flask", "preconditions", "check", SHOWN_URL + TARGET, "--write"]
    words += ["--body", "old.json", "--body", "new.json", "--restore", "old.json"]
    words += ["--absent", NOTHING, "--rounds", str(ROUNDS)]
    exit_code = report.conclusion.exit_status
    shown = {"command": shlex.join(words), "output": output, "exit_code": exit_code}
    race = report.race and {"rounds": report.race.rounds, "lost": report.race.lost}
    return {"race": race, "session": [shown]}


def wait_for_date(client: Client) -> None:
    """Wait until a server tells the date of the document, or each check sees another one.

    While the second of a write lasts, the servers tell none.
    """
    deadline = time.monotonic() + START_SECONDS
    while client.send("GET", TARGET).response.get("Last-Modified") is None:
        if time.monotonic() > deadline:
            raise SystemExit(f"{client.base_url}{TARGET} tells no Last-Modified")
        time.sleep(0.05)  # between two polls, up to a deadline


def run_client(client: Program, folder: Path) -> dict[str, Any]:
    """Run every command of a client, each with both of its ends."""
    with SERVERS["flask"].serve(folder) as server:
        session = list(converse(client, server))
    return {"session": session}


def converse(program: Program, server: Client) -> Iterator[dict[str, Any]]:
    url = server.base_url + TARGET
    yield run(program, server, "create", url, "Minutes", "We met.")
    yield run(program, server, "create", url, "Minutes", "We did not.")
    tag = server.send("GET", TARGET).response.get("ETag") or ""
    yield run(program, server, "update", url, "Twice.")
    yield run(program, server, "save", url, tag, "Minutes", "We met once.")
    yield run(program, server, "update", server.base_url + NOTHING, "Never.")


def run(program: Program, server: Client, *arguments: str) -> dict[str, Any]:
    words = program.command(program.entry["run"])
    done = subprocess.run(
        [*words, *arguments],
        cwd=program.folder,
        # As at a terminal: what it prints and what it complains of, in their order.
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    shown = ["python" if word == sys.executable else word for word in words]
    command = shlex.join([*shown, *arguments])
    return {
        "command": command.replace(server.base_url, SHOWN_URL),
        "output": done.stdout.replace(server.base_url, SHOWN_URL).rstrip(),
        "exit_code": done.returncode,
    }


def put(client: Client, target: str, body: str) -> None:
    made = client.send("PUT", target, [("If-None-Match", "*")], body.encode())
    if made.response.status != 201:
        raise SystemExit(f"{client.base_url} does not create a document:\n{made}")


def capture(
    program: Program, name: str, of: Callable[[Program, Path], dict[str, Any]]
) -> None:
    """Build a program, run its session and write it down."""
    program.build()
    with tempfile.TemporaryDirectory() as folder:
        found = of(program, Path(folder))
    found = {
        "versions": program.versions(),
        "digest": digest(program.sources),
        **found,
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, indent=2, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(f"{text}\n")
    codes = ", ".join(str(shown["exit_code"]) for shown in found["session"])
    print(f"{name}: exit codes {codes}", flush=True)


def main() -> None:
    known = {name: (server, start_and_check) for name, server in SERVERS.items()}
    known |= {f"client-{name}": (c, run_client) for name, c in CLIENTS.items()}
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "name", nargs="*", help=f"of {', '.join(known)}; all by default"
    )
    arguments = parser.parse_args()
    for name in arguments.name:
        if name not in known:
            parser.error(f"there is no {name!r}; choose from {', '.join(known)}")
    for name in arguments.name or known:
        capture(known[name][0], name, known[name][1])


if __name__ == "__main__":
    main()
