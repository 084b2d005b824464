"""Build the programs of a TOML table, start them on free ports, and end them.

``servers.toml``, ``defaults/defaults.toml`` and ``clients/clients.toml`` have the same keys:
``requires`` names programs of ``toolchain.py`` that must be there, ``build`` the commands
before a start (``made_of``, the files that they read, where not the whole folder), ``versions`` one that prints a line for each part, such as ``Flask 3.1.3``.
``folder`` names the folder of a program that is not named like it; what all programs of a
folder share stands in ``folders.toml`` beside the table. In commands, {python} is the
interpreter, {source} the first of the ``sources``, and {packages} each of the ``packages``.
"""

import fcntl
import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_preconditions.conformance.wire import Client

from . import toolchain

HERE = Path(__file__).parents[1]
SERVERS = tomllib.loads((HERE / "servers.toml").read_text())
DEADLINE_SECONDS = 60
PORTS = random.SystemRandom()  # of two processes, each has other ones
os.environ["PATH"] = toolchain.path()  # of all that is started from here
# A build of Maven is over before its second compiler has earned its time: a third of the CPU.
os.environ.setdefault("MAVEN_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
# What a build makes; the rest of a folder is its source.
MADE = ("build", "target", "node_modules", "package-lock.json", "__pycache__")


class SetUpError(Exception):
    """A program cannot be built or started; the message holds what it said."""


@dataclass(frozen=True)
class Program:
    """A program in a folder of its own, and its table."""

    name: str
    folder: Path
    entry: dict[str, Any]

    @property
    def source(self) -> str:
        """The name of what starts it, where that is one of its sources."""
        return next(iter(self.entry.get("sources", ())), "")

    @property
    def sources(self) -> list[Path]:
        """The files that readers copy and that a record belongs to."""
        return [self.folder / source for source in self.entry["sources"]]

    @property
    def missing(self) -> list[str]:
        """What it requires and is not there, or is too old."""
        return toolchain.lacks(self.entry.get("requires", ()))

    def command(self, words: Iterable[str], **values: str) -> list[str]:
        values |= {"python": sys.executable, "source": self.source}
        packages = self.entry.get("packages", ())
        return [
            filled
            for word in words
            for filled in (
                packages if word == "{packages}" else [word.format(**values)]
            )
        ]

    def run(self, words: Iterable[str]) -> str:
        """Run a command to its end, and give what it printed."""
        command = self.command(words)
        try:
            done = subprocess.run(
                command, cwd=self.folder, capture_output=True, text=True
            )
        except OSError as error:
            raise SetUpError(f"{self.name}: {error}") from None
        if done.returncode:
            said = f"{done.stdout}{done.stderr}"[-8000:]
            raise SetUpError(f"{self.name}: {' '.join(command)} failed:\n{said}")
        return done.stdout

    def build(self) -> None:
        """Build it where its sources or its tools changed; others wait until it is done."""
        if self.missing:
            raise SetUpError(f"{self.name} needs {', '.join(self.missing)}")
        commands = self.entry.get("build", ())
        if not commands:
            return
        stamp = self.folder / "build" / "stamp"
        with locked(self.folder):
            now = self.state()
            if stamp.exists():
                then, *made = stamp.read_text().splitlines()
                if then == now and all((self.folder / name).exists() for name in made):
                    return
            for words in commands:
                self.run(words)
            stamp.parent.mkdir(exist_ok=True)
            made = [name for name in MADE[:3] if (self.folder / name).exists()]
            stamp.write_text("\n".join([now, *made]))

    def state(self) -> str:
        """Give a digest of all that a build depends on."""
        versions = [toolchain.version(tool) for tool in self.entry.get("requires", ())]
        found = hashlib.sha256(f"{self.entry['build']} {versions}".encode())
        given = [self.folder / name for name in self.entry.get("made_of", ())]
        for path in sorted(given or self.folder.rglob("*")):
            below = path.relative_to(self.folder)
            if not set(MADE) & set(below.parts) and path.is_file():
                found.update(f"\n{below}\n".encode() + path.read_bytes())
        return found.hexdigest()

    def versions(self) -> dict[str, str]:
        """Give the version of each of its parts."""
        lines = self.run(self.entry["versions"]).splitlines()
        parts = (line.strip().rpartition(" ") for line in lines if line.strip())
        return {name: version for name, _, version in parts}

    @contextmanager
    def serve(self, scratch: Path, **env: str) -> Iterator[Client]:
        """Run it with its data and its log in ``scratch``."""
        port = free_port()
        log = scratch / f"{self.name}.log"
        data = {
            "DOCS_DB": str(scratch / f"{self.name}.sqlite3"),
            "DEFAULTS_DIR": str(scratch),
        }
        with log.open("w") as output:
            process = subprocess.Popen(
                self.command(self.entry["start"], port=str(port)),
                cwd=self.folder,
                env={**os.environ, **data, **env},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        fields = [tuple(field) for field in self.entry.get("fields", ())]
        client = Client(f"http://127.0.0.1:{port}", fields)
        try:
            wait_until_ready(self.name, client, process, log)
            yield client
        finally:
            end(process)


def programs(table: Path) -> dict[str, Program]:
    """Read a table whose folders stand beside it; a terminal runs what is in them."""
    entries = tomllib.loads(table.read_text(encoding="utf-8"))
    shared = table.parent / "folders.toml"
    folders = (
        tomllib.loads(shared.read_text(encoding="utf-8")) if shared.exists() else {}
    )
    made = {}
    for name, entry in entries.items():
        if not entry.get("terminal", True):
            continue
        folder = entry.get("folder", name)
        whole = {**folders.get(folder, {}), **entry}
        made[name] = Program(name, table.parent / folder, whole)
    return made


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes that build in a folder waiting."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def serve(name: str, folder: Path) -> Iterator[Client]:
    """Build and run a server of ``servers.toml`` with its database and log in ``folder``."""
    server = Program(name, HERE / name, SERVERS[name])
    server.build()
    with server.serve(folder) as client:
        yield client


def free_port() -> int:
    """Find a port for a server that is yet to start.

    One that the system gives could be given to a client meanwhile, and in a race there are
    thousands of those; theirs begin at 32768.
    """
    while True:
        port = PORTS.randrange(10_000, 32_768)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_until_ready(
    name: str,
    client: Client,
    process: subprocess.Popen,
    log: Path,
    seconds: float = DEADLINE_SECONDS,
) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            client.send("GET", "/")  # any answer will do
            answered = True
        except OSError:
            answered = False
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace")
            raise SetUpError(f"{name} did not start:\n{said}")
        if answered:
            return
        time.sleep(0.05)  # between two polls, up to the deadline


def end(process: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):  # it may have ended by itself
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(DEADLINE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
