"""Measure what frameworks and servers do by themselves: results/defaults/<id>.json.

``python -m snippets.tools.measure [ID …]`` builds and starts the programs of
``defaults/defaults.toml`` and lets ``flask preconditions check`` loose on each of them. Here
nothing passes or fails: the pages show what was found.
"""

import argparse
import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from docgen.records.record import digest
from flask_preconditions.checker import CheckReport, check

from .serve import HERE, Program, programs
from .verify import SERVERS_AT_ONCE, word

RESULTS = HERE / "results" / "defaults"
ROUNDS = 50


def measure(program: Program, rounds: int = ROUNDS) -> CheckReport:
    """Check a program."""
    program.build()
    entry = program.entry
    with tempfile.TemporaryDirectory() as folder:
        with program.serve(Path(folder)) as client:
            return check(
                f"{client.base_url}/doc",
                headers=[tuple(field) for field in entry.get("fields", ())],
                write=entry["writes"],
                field="body",
                rounds=rounds,
            )


def record(program: Program, report: CheckReport) -> None:
    """Write down what was found."""
    entry = program.entry
    found = {
        "program": program.name,
        "title": entry["title"],
        "server": entry["server"],
        "versions": program.versions(),
        "digest": digest(program.sources),
        "writes": entry["writes"],
        "refuses_without_condition": report.required,
        "race": race_of(report),
        "vectors": vectors_of(report),
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(found, indent=2, ensure_ascii=False)
    (RESULTS / f"{program.name}.json").write_text(f"{text}\n")


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
        for program, report in zip(chosen, pool.map(measure, chosen)):
            record(program, report)
            print(f"{program.entry['title']}: {report.summary()}", flush=True)


if __name__ == "__main__":
    main()
