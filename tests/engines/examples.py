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

CONTROLS = {
    name: (row["find"], row["replace"])
    for name, row in tomllib.loads(Path(__file__).with_name("controls.toml").read_text()).items()
}
"""What is taken out of an example, so that it checks and then writes."""


@contextmanager
def served(
    name: str,
    folder: Path,
    settings: dict[str, str],
    *,
    workers: int = 4,
    changed: tuple[str, str] = ("", ""),
) -> Iterator[Client]:
    """Serve the example of an engine.

    :param settings: the environment in which it finds the engine.
    :param changed: what stands in it once, and what is run in its place.
    """
    file = (FILES | UNFIT)[name]
    text = file.read_text()
    if any(changed) and text.count(changed[0]) != 1:
        raise LookupError(f"{file.name} does not have once: {changed[0]}")
    (folder / file.name).write_text(text.replace(*changed))
    settings = {"DOCS": str(folder / "documents"), **settings, "PYTHONPATH": str(folder)}
    with serving(f"{file.stem}:create_app()", folder, settings, workers) as client:
        yield client
