"""Race every example and print how the rounds ended: ``python -m tests.examples --rounds 300``."""

import argparse
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import click

from . import engines
from .examples import SERVERS
from .examples import read_list
from .rounds import RIGHT
from .rounds import run


def main() -> int:
    """Race what was asked for, and tell whether every round was right."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=300)
    options.add_argument("--example", help="the name of one; all without it")
    asked = options.parse_args()
    total: Counter[str] = Counter()
    with ExitStack() as running:
        env = running.enter_context(engines.running())
        for example in read_list()[0]:
            if asked.example not in (None, example.name):
                continue
            for server in SERVERS:
                scratch = Path(running.enter_context(tempfile.TemporaryDirectory()))
                with example.serve(server, scratch, asked.rounds, **env) as client:
                    for race in example.races:
                        ended = run(client, race, rounds=asked.rounds)
                        total += ended
                        told = ", ".join(f"{end}: {count}" for end, count in ended.items())
                        what = f"{', '.join(race.writes)} ({race.begins})"
                        click.echo(f"{example.name:14} {server:16} {what:64} {told}")
    click.echo(dict(total))
    return int(set(total) != {RIGHT})


if __name__ == "__main__":
    sys.exit(main())
