"""What the learner has done, kept in a file."""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

import click

from ..exceptions import SetupError
from .lessons import Lesson
from .rules import Facts

VERSION = 1


def default_file() -> Path:
    """Give the file where progress is kept unless the learner names another."""
    return Path(click.get_app_dir("flask-preconditions")) / "lab.json"


@dataclass
class Progress:
    """What is done of each lesson.

    :param file: where it is kept.
    :param requests: by lesson, the requests that passed its steps, as :attr:`.Run.requests`.
    """

    file: Path
    requests: dict[str, list[Facts]] = field(default_factory=dict)

    @classmethod
    def load(cls, file: Path) -> "Progress":
        """Read what is kept; nothing is, where there is no such file.

        :raises SetupError: when the file cannot be read as what it is to be.
        """
        try:
            text = file.read_text("utf-8")
        except FileNotFoundError:
            return cls(file)
        except (OSError, UnicodeError) as error:
            raise SetupError(f"{file} cannot be read: {error}; name another: --progress") from None
        with suppress(ValueError, RecursionError):
            kept = json.loads(text)
            if isinstance(kept, dict) and kept.get("version") == VERSION and _is_fit(kept):
                return cls(file, kept["requests"])
        raise SetupError(f"{file} holds no progress of the lab; remove it, or name another one")

    def keep(self, lesson: Lesson, requests: list[Facts]) -> None:
        """Keep what is done of a lesson; of the others, what another terminal has kept meanwhile.

        :raises SetupError: as :meth:`load` and :meth:`save` do.
        """
        self.requests = {**Progress.load(self.file).requests, lesson.id: requests}
        self.save()

    def save(self) -> None:
        """Keep it: wholly or not at all.

        :raises SetupError: when the file cannot be written.
        """
        text = json.dumps({"version": VERSION, "requests": self.requests}, indent=2) + "\n"
        fresh = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(text, "utf-8")
            fresh.replace(self.file)
        except OSError as error:
            raise SetupError(f"{self.file} cannot be written: {error}; see --progress") from None

    def done(self, lesson: Lesson) -> list[Facts]:
        """Give the requests of the steps of a lesson that are done."""
        return self.requests.get(lesson.id, [])[: len(lesson.steps)]

    def is_finished(self, lesson: Lesson) -> bool:
        """Tell whether a lesson is done."""
        return len(self.done(lesson)) == len(lesson.steps)


def _is_fit(kept: dict[str, Any]) -> bool:
    lists = kept.get("requests")
    if not isinstance(lists, dict) or not all(isinstance(one, list) for one in lists.values()):
        return False
    return all(_is_request(given) for one in lists.values() for given in one)


def _is_request(given: Any) -> bool:
    if not isinstance(given, dict):
        return False
    texts = (given.get("method"), given.get("path"))
    tables = (given.get("query"), given.get("headers"))
    return all(isinstance(text, str) for text in texts) and all(
        isinstance(table, dict) and all(isinstance(value, str) for value in table.values())
        for table in tables
    )
