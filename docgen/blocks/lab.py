"""The lab: the lessons of the extension, to be read and to be gone through in the browser."""

import re
from collections.abc import Iterator

from flask_preconditions.lab import load_lessons

from .slot import Slot
from .slot import Sources

METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "POST", "OPTIONS")
_CLAUSE = re.compile(r"RFC (\d+) §([\d.]*\d)")


def lab(sources: Sources) -> Slot:
    """Go through a lesson in the browser; without scripts, read the lessons."""
    return Slot("lab", {"methods": METHODS, "lessons": load_lessons(), "parts": _parts})


def _parts(text: str) -> Iterator[tuple[str, str | None]]:
    """Cut a text at the clauses that it names: each piece, and the clause behind it."""
    start = 0
    for found in _CLAUSE.finditer(text):
        yield text[start : found.start()], f"{found[1]} {found[2]}"
        start = found.end()
    yield text[start:], None
