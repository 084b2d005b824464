"""A report as text, Markdown, JSON, JUnit XML, SARIF 2.1.0 or HAR 1.2."""

from collections.abc import Callable

from ..report import InspectReport
from .machine import as_har as as_har
from .machine import as_json as as_json
from .machine import as_junit as as_junit
from .machine import as_sarif as as_sarif
from .prose import as_markdown as as_markdown
from .prose import as_text as as_text

FORMATS: dict[str, Callable[[InspectReport], str]] = {
    "text": as_text,
    "markdown": as_markdown,
    "json": as_json,
    "junit": as_junit,
    "sarif": as_sarif,
    "har": as_har,
}
"""What writes a report, by the name that ``--format`` takes."""
