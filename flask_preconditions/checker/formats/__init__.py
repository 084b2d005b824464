"""A report as text, Markdown, JSON, JUnit XML or SARIF 2.1.0."""

from collections.abc import Callable

from ..report import CheckReport
from .machine import as_json as as_json
from .machine import as_junit as as_junit
from .machine import as_sarif as as_sarif
from .markdown import as_markdown as as_markdown
from .table import as_table as as_table

FORMATS: dict[str, Callable[[CheckReport], str]] = {
    "table": as_table,
    "markdown": as_markdown,
    "json": as_json,
    "junit": as_junit,
    "sarif": as_sarif,
}
"""What writes a report, by the name that ``--format`` takes."""
