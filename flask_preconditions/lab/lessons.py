"""The lessons, read from ``lessons/*.toml`` and seen to fit together."""

import json
import tomllib
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from ..rows import is_row
from .rules import NOTED
from .rules import Rule

ACTS = ("rival",)
"""What the lab does before a step: ``rival``: somebody else saves docs/welcome."""


class LessonError(ValueError):
    """A lesson that does not fit together; the message names the lesson and the step."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request of a solution, or of a mistake, with ``{name}`` for what was noted.

    :param path: behind the name of the lab, such as ``docs/welcome``.
    :param body: the JSON content, or a text; ``None`` or ``""`` without any.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any

    @property
    def target(self) -> str:
        """Its path and its query, behind the name of the lab."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    @property
    def content(self) -> str:
        """Its content as it is sent."""
        if isinstance(self.body, str) or self.body is None:
            return self.body or ""
        return json.dumps(self.body, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Hint:
    """What is said of a mistake.

    :param when: the rules of the exchange that is one.
    :param wrong: a request that leads to such an exchange.
    """

    when: list[Rule]
    say: str
    wrong: Request


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange that the learner brings about.

    :param say: what to do.
    :param learnt: what the exchange shows, said when it has come.
    :param act: what the lab does before it.
    :param capture: what is noted of it: paths by name.
    """

    id: str
    say: str
    learnt: str
    expect: list[Rule]
    capture: Mapping[str, str]
    act: str | None
    hints: list[Hint]
    solution: Request


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson: steps in their order."""

    id: str
    order: int
    title: str
    about: str
    steps: list[Step]


@cache
def load_lessons() -> tuple[Lesson, ...]:
    """Read every lesson, in their order.

    :raises LessonError: when one does not fit together.
    """
    found = [
        read_lesson(file.name.removesuffix(".toml"), tomllib.loads(file.read_text("utf-8")))
        for file in files(__package__).joinpath("lessons").iterdir()
        if file.name.endswith(".toml")
    ]
    return tuple(sorted(found, key=lambda lesson: lesson.order))


def read_lesson(id: str, document: Mapping[str, Any]) -> Lesson:
    """Read a lesson.

    :param document: its TOML, parsed.
    :raises LessonError: when it does not fit together.
    """
    steps: list[Step] = []
    noted: set[str] = set()
    for given in document["steps"]:
        where = f"{id}, step {given.get('id')}"
        try:
            step = _read_step(given)
        except (KeyError, TypeError) as error:
            raise LessonError(f"{where}: {error} is missing or off") from None
        earlier = {other.id for other in steps}
        _check(where, step, earlier, noted)
        noted |= step.capture.keys()
        steps.append(step)
    return Lesson(id, document["order"], document["title"], document["about"].strip(), steps)


def _read_step(given: Mapping[str, Any]) -> Step:
    return Step(
        given["id"],
        given["say"].strip(),
        given["learnt"].strip(),
        given["expect"],
        given.get("capture", {}),
        given.get("act"),
        [
            Hint(hint["when"], hint["say"].strip(), read_request(hint["wrong"]))
            for hint in given.get("hints", [])
        ],
        read_request(given["solution"]),
    )


def read_request(given: Mapping[str, Any]) -> Request:
    """Read a request: what it leaves out is that of a plain read of docs/welcome.

    :raises KeyError: when it has no method.
    """
    return Request(
        given["method"],
        given.get("path", "docs/welcome"),
        given.get("query", {}),
        given.get("headers", {}),
        given.get("body"),
    )


def as_data(lesson: Lesson) -> dict[str, Any]:
    """Give a lesson for the engine of the browser, which judges by the same rules."""
    steps = [
        {
            "id": step.id,
            "say": step.say,
            "learnt": step.learnt,
            "expect": step.expect,
            "capture": step.capture,
            "act": step.act,
            "hints": [{"when": hint.when, "say": hint.say} for hint in step.hints],
            "solution": {
                "method": step.solution.method,
                "target": step.solution.target,
                "headers": step.solution.headers,
                "body": step.solution.content,
            },
        }
        for step in lesson.steps
    ]
    return {"id": lesson.id, "title": lesson.title, "about": lesson.about, "steps": steps}


def _check(where: str, step: Step, earlier: set[str], noted: set[str]) -> None:
    if step.id in earlier:
        raise LessonError(f"{where}: another step has this id")
    if step.act is not None and step.act not in ACTS:
        raise LessonError(f"{where}: act is one of {', '.join(ACTS)}")
    for rule in _rules(step):
        if not is_row(rule):
            raise LessonError(f"{where}: {rule} is no rule; one is [path, op, value]")
        first, _, rest = rule[0].partition(".")
        if first not in ("request", "response", "changes"):
            raise LessonError(f"{where}: {rule[0]} leads nowhere")
        if first == "changes" and rest not in earlier:
            raise LessonError(f"{where}: {rule[0]} names no earlier step")
        for name in NOTED.findall(str(rule[2:])):
            if name not in noted:
                raise LessonError(f"{where}: {{{name}}} is noted by no earlier step")


def _rules(step: Step) -> Iterable[Rule]:
    yield from step.expect
    for hint in step.hints:
        yield from hint.when
