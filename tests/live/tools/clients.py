"""HTTP clients of several languages, each sent to the recorder with the same requests."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .recorder import Recorder

HERE = Path(__file__).parent
Seen = dict[str, Any]

# What a cache on the way acts on.
TELLING = ("cache-control", "pragma")


def run(*command: str) -> str:
    """Run a command and give what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    return done.stdout


def _command(*command: str) -> Callable[[str], Seen]:
    return lambda base: json.loads(run(*command, base))


def _curl(base: str) -> Seen:
    found: Seen = {"version": run("curl", "--version").split()[1]}
    asked = {
        "304": ["-H", 'If-None-Match: "v2"'],
        "412": ["-X", "PUT", "-d", "{}", "-H", 'If-Match: "v1"'],
        "428": ["-X", "PUT", "-d", "{}"],
    }
    for status, arguments in asked.items():
        plain = _exit_of("curl", "-si", *arguments, f"{base}/{status}")
        tag = re.search(r"^etag: (.*?)\r?$", plain.stdout, re.M | re.I)
        strict = _exit_of("curl", "-s", "--fail-with-body", *arguments, f"{base}/{status}")
        found[status] = {
            "gives": "response" if plain.returncode == 0 else "exception",
            "status": int(plain.stdout.split()[1]),
            "tag": tag and tag[1],
            "strict": f"exit {strict.returncode}" if strict.returncode else "passes",
        }
    return found


def _exit_of(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def _python(client: str) -> Callable[[str], Seen]:
    return _command(sys.executable, str(HERE / "probe.py"), client)


CLIENTS: dict[str, tuple[list[str], Callable[[str], Seen]]] = {
    "curl": (["curl"], _curl),
    "requests": ([], _python("requests")),
    "httpx": ([], _python("httpx")),
    "urllib": ([], _python("urllib")),
    "node": (["node"], _command("node", str(HERE / "probe.mjs"))),
    "go": (["go"], _command("go", "run", str(HERE / "probe.go"))),
    "java": (["javac"], _command("java", str(HERE / "Probe.java"))),
}
"""Each client: the programs it needs, and what runs it and tells what it saw."""


def observe(name: str, server: Recorder) -> Seen:
    """Send a client to the server, and tell what it saw and what it sent."""
    server.take()
    seen = CLIENTS[name][1](server.base)
    asked = server.take()
    read = next(request for request in asked if request.method == "GET")
    write = next(request for request in asked if request.path == "/412")
    times = 2 if "strict" in seen["412"] and name == "curl" else 1
    seen["requests"] = sum(request.path == "/412" for request in asked) // times
    seen["if_match"] = write.fields["if-match"]
    seen["adds"] = {field: read.fields[field] for field in TELLING if field in read.fields}
    # Which codings exactly depends on optional packages; gzip is what all that ask ask for.
    seen["compression"] = "gzip" in read.fields.get("accept-encoding", "")
    return seen


def node_cache_control(server: Recorder) -> Seen:
    """Read with a condition, without and with a ``Cache-Control`` of one's own."""
    sent = []
    for fields in ({}, {"Cache-Control": "max-age=0"}):
        headers = json.dumps({"If-None-Match": '"v2"', **fields})
        script = f'await fetch("{server.base}/304", {{headers: {headers}}})'
        server.take()
        run("node", "--input-type=module", "-e", script)
        (asked,) = server.take()
        sent.append(asked.fields.get("cache-control"))
    return {"by_itself": sent[0], "with_ones_own": sent[1]}
