"""Build the servers, play the table at them and record what happened.

``python -m snippets.tools.verify [SERVER …] [--vector ID …]``. The record is
``results/<server>.json``; the pages show its exchanges, and say "verified" while it fits the
sources. With ``--vector`` only those are played and shown, and nothing is recorded.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from docgen.records.record import digest
from flask_preconditions.conformance import Kind, Vector, load_vectors
from .documents import play_table
from .transcripts import record
from flask_preconditions.conformance.verdicts import Result, Verdict

from .serve import HERE, Program, SetUpError, programs

RESULTS = HERE / "results"
SERVERS_AT_ONCE = 2


def word(result: Result) -> str:
    verdict = str(result.verdict)
    return f"{verdict}: {result.detail}" if result.detail else verdict


def verify(server: Program, vectors: Sequence[Vector], keep: bool) -> tuple[str, bool]:
    """Play vectors at a server.

    :return: what there is to say, and whether all of it is well.
    """
    began = time.monotonic()
    try:
        server.build()
        with tempfile.TemporaryDirectory() as folder:
            with server.serve(Path(folder)) as client:
                results = list(play_table(client, vectors))
                transcripts = record(client) if keep else {}
    except (SetUpError, OSError) as error:
        return f"{server.entry['title']}: cannot be set up\n{error}", False
    shown = [r for r in results if not keep or r.verdict is Verdict.FAIL]
    seconds = time.monotonic() - began
    lines = [
        *(f"{result.explain()}\n" for result in shown),
        tell(server, results, seconds),
    ]
    if keep:
        by_id = {result.vector.id: word(result) for result in results}
        write(
            server.name,
            {
                "server": server.name,
                "title": server.entry["title"],
                "versions": server.versions(),
                "digest": digest(server.sources),
                "vectors": {vector.id: by_id[vector.id] for vector in vectors},
                "transcripts": transcripts,
            },
        )
    return "\n".join(lines), all(
        result.verdict is not Verdict.FAIL for result in results
    )


def tell(server: Program, results: list[Result], seconds: float) -> str:
    counts = Counter(result.verdict for result in results)
    required = [r for r in results if r.vector.kind is Kind.REQUIRED]
    passed = sum(result.verdict is Verdict.PASS for result in required)
    listed = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict)
    return (
        f"{server.entry['title']}: {listed}; {passed} of {len(required)} required pass "
        f"({seconds:.0f} s)"
    )


def write(name: str, summary: dict[str, object]) -> None:
    text = json.dumps(summary, indent=2, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(f"{text}\n")


def main() -> None:
    servers = programs(HERE / "servers.toml")
    vectors = {vector.id: vector for vector in load_vectors()}
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "server", nargs="*", help=f"of {', '.join(servers)}; all by default"
    )
    parser.add_argument(
        "--vector", action="append", default=[], help="the id of a vector"
    )
    arguments = parser.parse_args()
    for given, known in ((arguments.server, servers), (arguments.vector, vectors)):
        for name in given:
            if name not in known:
                parser.error(f"there is no {name!r}; choose from {', '.join(known)}")
    chosen = [servers[name] for name in arguments.server or servers]
    played = [vectors[id] for id in arguments.vector or vectors]
    with ThreadPoolExecutor(SERVERS_AT_ONCE) as pool:
        runs = pool.map(lambda s: verify(s, played, keep=not arguments.vector), chosen)
        done = []
        for said, is_well in runs:
            print(said, flush=True)
            done.append(is_well)
    sys.exit(not all(done))


if __name__ == "__main__":
    main()
