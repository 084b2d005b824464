"""A suite that cannot fail proves nothing: each server with a planted mistake is caught.

A mutation is an exact replacement in one file. It is made in a copy of the server, which is
built and started like the original; a vector that it names must fail there, or acknowledged
writes must get lost.
"""

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from flask_preconditions.conformance import load_vectors
from flask_preconditions.conformance.races import run_lost_updates
from flask_preconditions.conformance.verdicts import Verdict
from flask_preconditions.conformance.wire import Client
from snippets.tools.documents import play_table
from snippets.tools.serve import HERE
from snippets.tools.serve import Program

from .conftest import SERVERS
from .conftest import need_for
from .slow import is_overtaken

ROOT = HERE.parent
VECTORS = {vector.id: vector for vector in load_vectors()}
MISTAKES = {
    *{"weak-comparison", "unquoted-accepted", "check-then-write", "missing-428"},
    *{"error-body-etag", "star-ignored", "dates-before-tags"},
}
RACES = 20


@dataclass(frozen=True)
class Mutation:
    server: str
    name: str
    file: str
    find: str
    replace: str
    caught_by: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.server}-{self.name}"


def read_mutations(server: str) -> list[Mutation]:
    table = Path(__file__).parent / "mutations" / f"{server}.toml"
    rows = tomllib.loads(table.read_text(encoding="utf-8"))["mutation"]
    return [Mutation(server, **{**row, "caught_by": tuple(row["caught_by"])}) for row in rows]


MUTATIONS = [mutation for server in SERVERS for mutation in read_mutations(server)]


@pytest.mark.parametrize("name", SERVERS)
def test_every_mistake_is_planted_in_every_server(name: str) -> None:
    assert {mutation.name for mutation in MUTATIONS if mutation.server == name} >= MISTAKES


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_a_planted_mistake_is_caught(mutation: Mutation, tmp_path: Path) -> None:
    original = SERVERS[mutation.server]
    need_for(original)
    original.build()  # what is built is copied
    mutant = plant(mutation, original, tmp_path)
    mutant.build()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with mutant.serve(scratch, PYTHONPATH=str(tmp_path)) as client:
        vectors = [VECTORS[id] for id in mutation.caught_by if id != "race"]
        failed = [r for r in play_table(client, vectors) if r.verdict is Verdict.FAIL]
        assert failed or ("race" in mutation.caught_by and loses_updates(client))


def plant(mutation: Mutation, original: Program, root: Path) -> Program:
    """Copy the server and the extension, with what was built, and make the mistake."""
    folder = root / "snippets" / original.name
    modules = original.folder / "node_modules"
    shutil.copytree(
        original.folder, folder, ignore=shutil.ignore_patterns("node_modules", "__pycache__")
    )
    shutil.copytree(ROOT / "flask_preconditions", root / "flask_preconditions")
    if modules.is_dir():
        (folder / "node_modules").symlink_to(modules)
    file = folder / mutation.file
    text = file.read_text(encoding="utf-8")
    assert text.count(mutation.find) == 1, f"{mutation.file} has this text not exactly once"
    file.write_text(text.replace(mutation.find, mutation.replace), encoding="utf-8")
    return Program(original.name, folder, original.entry)


def loses_updates(client: Client) -> bool:
    if not is_overtaken(client, "/docs/slow"):
        return True
    # A server that reads the body before it checks leaves but a moment between.
    body = b'{"title": "t", "body": ""}'
    for turn in range(RACES):
        target = f"/docs/race-{turn}"
        client.send("PUT", target, [("If-None-Match", "*")], body)
        if run_lost_updates(client, target, clients=8, rounds=25).lost:
            return True
    return False
