"""The record that the pages read."""

import json
from pathlib import Path
from typing import Any

PATH = Path(__file__).parents[3] / "docgen/content/data/measured.json"


def recorded() -> dict[str, Any]:
    """Read what was seen the last time."""
    kept: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return kept


def write(measured: dict[str, Any]) -> None:
    """Keep what was seen."""
    PATH.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
