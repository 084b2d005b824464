"""Race every example and every server of the snippets, and print how the rounds ended.

``python -m tests.examples --rounds 300``, or ``--only readme`` for one of them.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import click

from flask_preconditions.conformance.wire import Client
from snippets.tools import serve
from tests.engines.engines import once

from .examples import DOCUMENTS
from .examples import Example
from .examples import read_list
from .rounds import RIGHT
from .rounds import Race
from .rounds import run

Contest = tuple[str, str, Callable[[Path], AbstractContextManager[Client]], tuple[Race, ...]]


def main() -> int:
    """Race what was asked for, and tell whether every round was right."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=300)
    options.add_argument("--only", help="the name of an example or a server; all without it")
    asked = options.parse_args()
    total: Counter[str] = Counter()
    lacking: dict[str, str] = {}
    with once() as engine:
        for name, server, start, races in everything(asked.rounds, engine):
            if asked.only not in (None, name):
                continue
            try:
                with tempfile.TemporaryDirectory() as scratch, start(Path(scratch)) as client:
                    for race in races:
                        ended = run(client, race, rounds=asked.rounds)
                        total += ended
                        what = f"{', '.join(race.writes)} ({race.begins})"
                        told = ", ".join(f"{end}: {count}" for end, count in ended.items())
                        click.echo(f"{name:14} {server:16} {what:68} {told}")
            except serve.SetUpError as error:  # the others are raced all the same
                lacking[f"{name} {server}"] = str(error)
    click.echo(dict(total))
    for what, error in lacking.items():
        click.echo(f"Not raced: {what}; `make engines` brings its engine.\n{error}", err=True)
    return int(set(total) != {RIGHT} or bool(lacking))


def everything(rounds: int, engine: Callable[[str], dict[str, str]]) -> Iterator[Contest]:
    """Give what is raced: its name, what it is served by, how it starts, its races."""
    for example in read_list()[0]:
        for server in example.servers:

            def start(
                scratch: Path, example: Example = example, server: str = server
            ) -> AbstractContextManager[Client]:
                environment = engine(example.needs) if example.needs else {}
                return example.serve(server, scratch, rounds=rounds, **environment)

            yield example.name, server, start, example.races
    for name in serve.SERVERS:
        yield name, "its own", partial(serve.serve, name), DOCUMENTS


if __name__ == "__main__":
    sys.exit(main())
