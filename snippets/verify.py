"""Play the table at the servers and record what happened: results/<server>.json.

The pages show the recorded exchanges, and say "verified" while a record fits its source.
``python snippets/verify.py [SERVER …]``
"""

import hashlib
import json
import platform
import sys
import tempfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from serve import HERE, SERVERS, serve

from flask_preconditions.conformance import load_vectors
from flask_preconditions.conformance.runner import DocumentsServer, Result, Verdict
from flask_preconditions.conformance.transcripts import record
from flask_preconditions.conformance.wire import Client

RESULTS = HERE / "results"


def digest_of(name: str) -> str:
    """Digest the file that is shown and was played."""
    source = (HERE / name / SERVERS[name]["source"]).read_bytes()
    return f"sha256:{hashlib.sha256(source).hexdigest()}"


def versions_of(name: str) -> dict[str, str]:
    packages = {package: version(package) for package in SERVERS[name]["packages"]}
    return packages | {"Python": platform.python_version()}


def summarise(name: str, client: Client) -> tuple[dict, list[Result]]:
    """Play everything at a running server."""
    results = list(DocumentsServer(client).play_all(load_vectors()))
    return {
        "server": name,
        "title": SERVERS[name]["title"],
        "versions": versions_of(name),
        "digest": digest_of(name),
        "vectors": {
            result.vector.id: f"{result.verdict}: {result.detail}"
            if result.detail
            else str(result.verdict)
            for result in results
        },
        "transcripts": record(client),
    }, results


def main() -> None:
    failed = False
    for name in sys.argv[1:] or SERVERS:
        if name not in SERVERS:
            sys.exit(f"There is no server {name}; choose from {', '.join(SERVERS)}.")
        with (
            tempfile.TemporaryDirectory() as folder,
            serve(name, Path(folder)) as client,
        ):
            summary, results = summarise(name, client)
        for result in results:
            if result.verdict is Verdict.FAIL:
                failed = True
                print(f"{result.explain()}\n")
        counts = Counter(result.verdict for result in results)
        listed = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict)
        print(f"{SERVERS[name]['title']}: {listed}")
        text = json.dumps(summary, indent=2, ensure_ascii=False)
        (RESULTS / f"{name}.json").write_text(f"{text}\n")
    sys.exit(failed)


if __name__ == "__main__":
    main()
