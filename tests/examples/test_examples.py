"""Every example is raced as it stands on its page, under the servers that people use.

``python -m tests.examples --rounds 300`` does the same for longer and prints the counts.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engines.engines import HEAVY
from tests.engines.engines import HEAVY_ARE_RACED

from .examples import Example
from .examples import read_list
from .pages import ROOT
from .pages import blocks_of
from .pages import sources
from .pages import writes_in
from .rounds import RIGHT
from .rounds import run

ROUNDS = 8
EXAMPLES, UNRACED = read_list()


CONTESTS = {
    f"{example.name}, {server}": (example, server)
    for example in EXAMPLES
    for server in example.servers
    if example.needs not in HEAVY or HEAVY_ARE_RACED in os.environ
}


@pytest.mark.parametrize(("example", "server"), CONTESTS.values(), ids=CONTESTS)
def test_one_of_those_who_hold_a_tag_wins_and_the_others_write_nothing(
    example: Example, server: str, engine: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    environment = engine(example.needs) if example.needs else {}
    with example.serve(server, tmp_path, rounds=ROUNDS, **environment) as client:
        ended = {race: run(client, race, rounds=ROUNDS) for race in example.races}
    assert ended == {race: {RIGHT: ROUNDS} for race in example.races}


def test_every_write_of_every_page_is_raced() -> None:
    listed = {(source, write) for source, writes in UNRACED.items() for write in writes}
    for example in EXAMPLES:
        # The demo's writes are those of the application that it serves.
        if example.source != ROOT / "snippets/flask/demo.py":
            raced = {write for race in example.races for write in race.writes}
            listed |= {(example.source, write) for write in raced}
    found = {
        (source, write)
        for source in sources()
        for block in blocks_of(source)
        for write in writes_in(block)
    }
    assert not found - listed, "add a race for these to tests/examples/examples.toml"
    assert not listed - found, "take these out of tests/examples/examples.toml"


@pytest.mark.parametrize(
    ("code", "writes"),
    [
        ("@app.put('/a')\ndef f(): save()", {"PUT /a"}),
        ("@api.route('/a', methods=['GET', 'POST'])\nasync def f(): save()", {"POST /a"}),
        ("@app.route('/a')\ndef f(): read()", set()),
        ("@app.get('/a')\ndef f(): read()", set()),
        ("@app.put('/a')\n@guarded\ndef f(): ...", set()),
        ("class A(MethodView):\n def get(self): read()\n def patch(self): save()", {"PATCH A"}),
    ],
)
def test_a_write_is_known_by_its_route(code: str, writes: set[str]) -> None:
    assert writes_in(code) == writes
