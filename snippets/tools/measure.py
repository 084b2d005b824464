"""Measure what frameworks and servers do by themselves: results/defaults/<id>.json.

``python -m snippets.tools.measure [ID …]`` builds and starts the programs of
``defaults/defaults.toml`` and lets ``flask preconditions check`` loose on each of them. Here
nothing passes or fails: the pages show what was found. The line of curl of each finding is run
again, and must show it.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from docgen.records.record import digest
from flask_preconditions.checker import CheckReport, check
from flask_preconditions.conformance.wire import Client

from .lines import run_lines
from .serve import HERE, Program, SetUpError, programs
from .verify import SERVERS_AT_ONCE, word

RESULTS = HERE / "results" / "defaults"
ROUNDS = 50
CHANGED_AT = 1_577_836_800  # some servers call the tag of a file weak that is new
TIMEOUT_SECONDS = 60  # one answer; CherryPy takes seconds for 10,000 tags
DEADLINE_SECONDS = 240


def measure(
    program: Program, rounds: int = ROUNDS
) -> tuple[CheckReport, int, list[str]]:
    """Check a program, and run the lines of curl that the report gives.

    :return: the report, and see :func:`.run_lines`.
    """
    with running(program) as client:
        report = check_at(client, program, rounds)
        return report, *run_lines(program, report, client)


@contextmanager
def running(program: Program) -> Iterator[Client]:
    """Build a program, start it, and make the resource that is checked."""
    program.build()
    with tempfile.TemporaryDirectory() as folder:
        doc = Path(folder) / "doc"
        doc.write_text('{"title": "old", "body": "old"}')
        os.utime(doc, (CHANGED_AT, CHANGED_AT))
        with program.serve(Path(folder)) as client:
            for method, target, body in program.entry.get("setup", ()):
                made = client.send(method, target, body=body.encode())
                if made.response.status >= 300:
                    raise SetUpError(f"{program.name} cannot be set up:\n{made}")
            yield client


def check_at(client: Client, program: Program, rounds: int) -> CheckReport:
    """Check a program that runs."""
    entry = program.entry
    bodies = [program.folder / name for name in entry.get("bodies", ())]
    return check(
        client.base_url + entry.get("target", "/doc"),
        headers=[tuple(field) for field in entry.get("fields", ())],
        write=entry["writes"],
        field=entry.get("field", "body") if entry["writes"] and not bodies else None,
        bodies=[path.read_bytes() for path in bodies],
        method=entry.get("method"),
        ignore=entry.get("ignore", ()),
        rounds=rounds,
        timeout=TIMEOUT_SECONDS,
        deadline=DEADLINE_SECONDS,
    )


def record(program: Program, report: CheckReport) -> None:
    """Write down what was found."""
    entry = program.entry
    found = {
        "program": program.name,
        "title": entry["title"],
        "server": entry.get("server", ""),
        "versions": program.versions(),
        "digest": digest(program.sources),
        "writes": entry["writes"],
        "refuses_without_condition": report.required,
        "race": race_of(report),
        "findings": findings_of(report),
        "vectors": vectors_of(report),
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(found, indent=2, ensure_ascii=False)
    (RESULTS / f"{program.name}.json").write_text(f"{text}\n")


def findings_of(report: CheckReport) -> list[dict[str, object]]:
    return [
        {
            "id": finding.id,
            "title": finding.title,
            "keyword": str(finding.keyword),
            "clause": finding.clause.id,
            "vectors": [result.vector.id for result in finding.results],
        }
        for finding in report.findings
    ]


def vectors_of(report: CheckReport) -> dict[str, str]:
    return dict(sorted((result.vector.id, word(result)) for result in report.results))


def race_of(report: CheckReport) -> dict[str, int] | None:
    race = report.race
    return race and {"rounds": race.rounds, "won": race.won, "lost": race.lost}


def main() -> None:
    known = programs(HERE / "defaults" / "defaults.toml")
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("id", nargs="*", help=f"of {', '.join(known)}; all by default")
    arguments = parser.parse_args()
    for name in arguments.id:
        if name not in known:
            parser.error(f"there is no {name!r}; choose from {', '.join(known)}")
    chosen = [known[name] for name in arguments.id or known]
    with ThreadPoolExecutor(SERVERS_AT_ONCE) as pool:
        missed: list[str] = []
        for program, (report, count, wrong) in zip(chosen, pool.map(measure, chosen)):
            record(program, report)
            shown = f"{count - len(wrong)} of {count} lines of curl show it."
            print(f"{program.entry['title']}: {report.summary()} {shown}", flush=True)
            missed += (f"{program.name}: {each}" for each in wrong)
    if missed:
        sys.exit("\n".join(["Lines of curl that show something else:", *missed]))


if __name__ == "__main__":
    main()
