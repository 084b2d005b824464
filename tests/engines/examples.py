"""The examples of stores, as the page of engines lists them, and each served by gunicorn."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask_preconditions.conformance.wire import Client
from tests.storage.racing import serving

ROOT = Path(__file__).parents[2]
TABLE = tomllib.loads((ROOT / "docgen/content/data/engines.toml").read_text())
FILES: dict[str, Path] = {
    row["name"]: ROOT / "snippets/stores" / row["file"] for row in TABLE["engine"]
}
"""The example of each engine."""

UNFIT = {row["name"]: Path(__file__).with_name("mongodb_find.py") for row in TABLE["unfit"]}
"""That of an engine which loses writes by itself."""

CONTROLS = tomllib.loads(Path(__file__).with_name("controls.toml").read_text())


@contextmanager
def served(
    name: str, folder: Path, settings: dict[str, str], *, workers: int = 4, control: bool = False
) -> Iterator[Client]:
    """Serve the example of an engine.

    :param settings: the environment in which it finds the engine.
    :param control: whether its comparison is taken out.
    """
    file = (FILES | UNFIT)[name]
    text = file.read_text()
    (folder / file.name).write_text(without_comparison(name, text) if control else text)
    settings = {"DOCS": str(folder / "documents"), **settings, "PYTHONPATH": str(folder)}
    with serving(f"{file.stem}:create_app()", folder, settings, workers) as client:
        yield client


def without_comparison(name: str, text: str) -> str:
    """Take the comparison out of an example, which then checks and writes."""
    control = CONTROLS[name]
    if text.count(control["find"]) != 1:
        raise LookupError(f"the example of {name} does not have once: {control['find']}")
    return text.replace(control["find"], control["replace"])
