"""The application that runs the command: what it guards, and what it answered."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask

from flask_preconditions.core import Outcome
from flask_preconditions.problems import ProblemType

from ..sources.application import Operation
from ..sources.application import Unguarded
from ..sources.application import list_operations
from ..sources.application import list_unguarded
from ..sources.application import problem_types
from ..sources.description import Description
from ..sources.description import describe
from ..sources.description import server_of
from ..sources.description import summary_of
from ..sources.errors import BuildError
from ..sources.samples import Samples
from ..sources.samples import check_names
from .captures import Captured
from .captures import Captures
from .captures import capture


@dataclass(frozen=True, slots=True)
class Application:
    """An application that guards something.

    :param title: what the API is called.
    :param server: where it is, or a host that is an example.
    :param problems: the problem types that it answers with: status, type and its URI.
    :param captures: what it answered, by endpoint and method.
    :param doubts: the samples that were not answered as they should be.
    """

    title: str
    server: str
    operations: list[Operation]
    unguarded: list[Unguarded]
    problems: list[tuple[int, ProblemType, str]]
    description: Description
    captures: Captures
    doubts: list[BuildError] = field(default_factory=list)

    def captured(self, operation: Operation) -> Captured:
        """Give what an operation answered."""
        return self.captures.get((operation.endpoint, operation.method)) or Captured()

    def server_of(self, operation: Operation) -> str:
        """Give where an operation is."""
        found = urlsplit(self.server)
        host = self.captured(operation).host or operation.host or found.netloc
        return found._replace(netloc=host).geturl()

    def find_refusal(self, outcome: Outcome) -> tuple[Operation, Captured] | None:
        """Find the first operation that was refused in a way."""
        for operation in self.operations:
            captured = self.captured(operation)
            if outcome in captured.refused:
                return operation, captured
        return None


def read_application(
    app: Flask,
    title: str | None,
    own: Callable[[], Description] | None,
    samples: Samples,
    samples_path: Path,
) -> Application | None:
    """Look at an application; ``None`` when it guards nothing.

    :param title: what the site is called, where somebody said.
    :param own: gives its own description, where a setting names it.
    :param samples_path: the file of the samples, or the name of the setting.
    :raises BuildError: when a sample is of nothing that is guarded.
    """
    operations = list_operations(app)
    if not operations:
        return None
    known = {(operation.endpoint, operation.method) for operation in operations}
    check_names(samples, known, samples_path)
    description = describe(app, title, own)
    captures, doubts = capture(app, operations, samples)
    return Application(
        title or str(description["info"].get("title") or app.name),
        server_of(description, app),
        [
            replace(each, summary=each.summary or summary_of(description, each.path, each.method))
            for each in operations
        ],
        list_unguarded(app),
        problem_types(app, operations),
        description,
        captures,
        [BuildError(samples_path, None, doubt) for doubt in doubts],
    )
