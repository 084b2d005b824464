"""What curl's own options about tags and failures do, at a real documents server."""

import subprocess
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from flask import Flask
from flask import request
from werkzeug.serving import make_server

from flask_preconditions import conditional
from flask_preconditions import precondition
from flask_preconditions.conformance.wire import Client
from snippets.tools.serve import serve

Seen = dict[str, Any]

BODY = '{"title": "mine", "body": "b"}'


def curl(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run curl, whatever it exits with."""
    command = ["curl", "-s", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def put_status(url: str, *arguments: str) -> int:
    """Write with curl and give the status."""
    sent = ["-o", "/dev/null", "-w", "%{http_code}", "-X", "PUT", "-d", BODY]
    return int(curl(*sent, "-H", "Content-Type: application/json", *arguments, url).stdout)


def curl_etag_compare(server: Client, folder: Path) -> Seen:
    """Write with ``--etag-compare``, where a condition is optional and where it is not."""
    kept = folder / "etag.txt"
    with optional_conditions() as url:
        curl("--etag-save", str(kept), "-o", "/dev/null", url)
        nothing_changed = put_status(url, "--etag-compare", str(kept))
        put_status(url)  # the rival
        somebody_else_saved = put_status(url, "--etag-compare", str(kept))
    url = f"{server.base_url}/docs/etag-compare"
    put_status(url, "-H", "If-None-Match: *")
    curl("--etag-save", str(kept), "-o", "/dev/null", url)
    return {
        "nothing_changed": nothing_changed,
        "somebody_else_saved": somebody_else_saved,
        "where_if_match_is_required": put_status(url, "--etag-compare", str(kept)),
    }


@contextmanager
def optional_conditions() -> Iterator[str]:
    """Serve one document that can be written with and without a condition."""
    app = Flask(__name__)
    note = {"rev": 1}

    @app.route("/note", methods=["GET", "PUT"])
    @conditional(lambda: dict(note), etag="rev", into="found")
    def serve_note(found: dict[str, int]) -> tuple[str, int]:
        if request.method == "GET":
            return "text", 200
        note["rev"] += 1
        precondition.confirm(1)
        return "", 204

    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/note"
    finally:
        server.shutdown()


def curl_if_match(server: Client, folder: Path) -> Seen:
    """Write with the saved tag in ``If-Match``, in the same two situations."""
    url, kept = f"{server.base_url}/docs/if-match", folder / "etag.txt"
    put_status(url, "-H", "If-None-Match: *")
    curl("--etag-save", str(kept), "-o", "/dev/null", url)
    guard = ["-H", f"If-Match: {kept.read_text().strip()}"]
    return {
        "nothing_changed": put_status(url, *guard),
        "somebody_else_saved": put_status(url, *guard),
    }


def curl_exit(server: Client, folder: Path) -> Seen:
    """Be refused, with each way to tell the exit code."""
    url = f"{server.base_url}/docs/exit"
    put_status(url, "-H", "If-None-Match: *")
    stale = ["-X", "PUT", "-d", BODY, "-H", 'If-Match: "stale"', url]
    ways = {"plain": [], "fail": ["--fail"], "fail_with_body": ["--fail-with-body"]}
    done = {name: curl(*options, *stale) for name, options in ways.items()}
    return {name: {"exit": run.returncode, "body": bool(run.stdout)} for name, run in done.items()}


CLAIMS: dict[str, Callable[[Client, Path], Seen]] = {
    function.__name__.replace("_", "-"): function
    for function in (curl_etag_compare, curl_if_match, curl_exit)
}
"""What observes each claim, by the claim's id."""


def observe() -> dict[str, Seen]:
    """Give what each claim's id looks like with the curl that is here."""
    with TemporaryDirectory() as folder, serve("flask", Path(folder)) as documents:
        return {name: look(documents, Path(folder)) for name, look in CLAIMS.items()}
