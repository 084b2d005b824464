"""The lab: the lessons of the extension, as text and for the engine in the browser."""

import msgspec

from flask_preconditions.lab import load_lessons
from flask_preconditions.lab.lessons import as_data

from .slot import Slot
from .slot import Sources

METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "POST", "OPTIONS")


def lab(sources: Sources) -> Slot:
    """Go through a lesson in the browser; without scripts, read the lessons."""
    lessons = [as_data(lesson) for lesson in load_lessons()]
    data = {
        "methods": METHODS,
        "lessons": lessons,
        "known": msgspec.json.encode(lessons).decode(),
    }
    return Slot("lab", data)
