"""The list of examples, and each of them under the servers that people run it on."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

from flask_preconditions.conformance.wire import Client
from snippets.tools.serve import Program

from .pages import ROOT
from .pages import blocks_of
from .pages import writes_in
from .rounds import Race

HERE = Path(__file__).parent

SERVERS = {
    "flask run": "{python} -m flask --app {app} run --port {port}",
    "gunicorn sync": "{python} -m gunicorn --bind 127.0.0.1:{port} --workers 2 {app}",
    "gunicorn gthread": (
        "{python} -m gunicorn --bind 127.0.0.1:{port} --workers 2 --threads 4 {app}"
    ),
}
"""How an example is served: with threads, with processes, and with both."""


@dataclass(frozen=True)
class Example:
    """An example as ``examples.toml`` describes it."""

    name: str
    source: Path
    blocks: tuple[int, ...] = ()
    app: str = "app:app"
    needs: str = ""
    servers: tuple[str, ...] = tuple(SERVERS)
    prepare: str = ""
    races: tuple[Race, ...] = field(default=(), repr=False)

    @property
    def code(self) -> str:
        """The text of the example, as it stands on its page."""
        blocks = blocks_of(self.source)
        return "\n\n".join([blocks[number] for number in self.blocks] if self.blocks else blocks)

    @property
    def writes(self) -> set[str]:
        return writes_in(self.code)

    @contextmanager
    def serve(self, server: str, scratch: Path, *, rounds: int, **env: str) -> Iterator[Client]:
        """Run the example in a folder of its own."""
        if self.source.suffix == ".py":
            for file in self.source.parent.glob("*.py"):
                shutil.copy(file, scratch)
        else:
            (scratch / "app.py").write_text(self.code)
        env = {"DOCS": str(scratch / "documents"), **env}
        if self.prepare:
            prepare = f"import app\nrounds = {rounds}\n{self.prepare}"
            subprocess.run(
                [sys.executable, "-c", prepare], cwd=scratch, env={**os.environ, **env}, check=True
            )
        app = self.app.replace("{scratch}", str(scratch))
        start = [word if word != "{app}" else app for word in SERVERS[server].split()]
        with Program(self.name, scratch, {"start": start}).serve(scratch, **env) as client:
            yield client


def read_list() -> tuple[list[Example], dict[Path, set[str]]]:
    """Read the examples, and the writes that are none."""
    table = tomllib.loads((HERE / "examples.toml").read_text())
    unraced = {ROOT / row["source"]: set(row["writes"]) for row in table["unraced"]}
    for row in table["example"]:
        if isinstance(row["race"], str):
            row["race"] = table[row["race"]]
    return [_example(**row) for row in table["example"]], unraced


def _example(
    source: str, race: list[dict[str, Any]], servers: Iterable[str] = SERVERS, **row: Any
) -> Example:
    races = tuple(Race(**{**each, "writes": tuple(each["writes"])}) for each in race)
    return Example(source=ROOT / source, races=races, servers=tuple(servers), **row)


[DOCUMENTS] = [example.races for example in read_list()[0] if example.name == "snippet"]
"""The races for a document of the API that every server of the snippets has."""
