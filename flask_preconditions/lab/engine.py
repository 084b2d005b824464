"""Judges exchanges, one after the other, by the steps of a lesson."""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from enum import StrEnum

from ..conformance.wire import Exchange
from ..core import SAFE_METHODS
from .lessons import Hint
from .lessons import Lesson
from .lessons import Request
from .lessons import Step
from .lessons import read_request
from .rules import COMPARED
from .rules import Facts
from .rules import Rule
from .rules import complaint
from .rules import describe_unmet
from .rules import facts_of
from .rules import holds
from .rules import value_at


class Kind(StrEnum):
    """What an exchange is to the step that the learner is at."""

    PASSED = "passed"
    FAILED = "failed"
    LOOKED = "looked"
    """A read beside the step, which is always allowed."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of an exchange.

    :param hint: the first hint that fits a mistake, if any.
    :param unmet: the rules that did not hold, each with what there was; or what the answer says
        of a request that was refused as such.
    """

    kind: Kind
    step: Step
    hint: Hint | None = None
    unmet: tuple[str, ...] = ()


@dataclass
class Run:
    """A learner on the way through a lesson.

    :param place: how many steps are done.
    :param notes: what was noted, by name.
    :param passed: the facts of the exchanges that passed, by step.
    :param requests: the requests that passed, with ``{name}`` for what had been noted: they
        can be sent again where every tag is another one.
    """

    lesson: Lesson
    place: int = 0
    notes: dict[str, str] = field(default_factory=dict)
    passed: dict[str, Facts] = field(default_factory=dict)
    requests: list[Facts] = field(default_factory=list)

    @property
    def step(self) -> Step | None:
        """The step that is due; ``None`` when the lesson is done."""
        steps = self.lesson.steps
        return steps[self.place] if self.place < len(steps) else None

    def solution_of(self, step: Step) -> Request:
        """Give what a step can be passed with, for whoever has passed those before.

        Where it asks for an earlier request with no more than this changed, that is the learner's.
        """
        repeated = [
            (rule[0].removeprefix("changes."), rule[2])
            for rule in step.expect
            if rule[0].startswith("changes.") and rule[1] == "is"
        ]
        if not repeated:
            return step.solution
        [(earlier, changed)] = repeated
        place = [other.id for other in self.lesson.steps].index(earlier)
        before = read_request(self.requests[place])
        headers = dict(before.headers)
        for name, value in step.solution.headers.items():
            own = headers.pop(name.lower(), value)
            headers[name] = value if f"request.headers.{name.lower()}" in changed else own
        return replace(before, headers=headers)

    def feed(self, exchange: Exchange) -> Judgement | None:
        """Judge one exchange, and go on where it passes.

        :return: the judgement; ``None`` where it is not about a document, or all is done.
        """
        facts = facts_of(exchange)
        return None if facts is None else self.judge(facts)

    def judge(self, facts: Facts) -> Judgement | None:
        """Judge one exchange by its facts, as :meth:`feed` does."""
        step = self.step
        if step is None or facts["request"]["method"] == "OPTIONS":
            return None
        if self._all_hold(step.expect, facts):
            self.requests.append(self._without_notes(facts["request"]))
            for name, path in step.capture.items():
                self.notes[name] = str(value_at(path, facts, self.passed))
            self.passed[step.id] = facts
            self.place += 1
            return Judgement(Kind.PASSED, step)
        hint = next((hint for hint in step.hints if self._all_hold(hint.when, facts)), None)
        told = complaint(facts)
        unmet = (told,) if told else tuple(self._describe_unmet(step, facts))
        is_look = hint is None and facts["request"]["method"] in SAFE_METHODS
        is_look = is_look and step.solution.method not in SAFE_METHODS
        return Judgement(Kind.LOOKED if is_look else Kind.FAILED, step, hint, unmet)

    def _describe_unmet(self, step: Step, facts: Facts) -> Iterator[str]:
        for rule in step.expect:
            if not holds(rule, facts, self.passed, self.notes):
                yield describe_unmet(rule, facts, self.passed, self.notes)

    def _all_hold(self, rules: list[Rule], facts: Facts) -> bool:
        return all(holds(rule, facts, self.passed, self.notes) for rule in rules)

    def _without_notes(self, request: Facts) -> Facts:
        headers = {
            name: request["headers"][name] for name in COMPARED if name in request["headers"]
        }
        for name, value in headers.items():
            for noted, text in self.notes.items():
                value = value.replace(text, f"{{{noted}}}")
            headers[name] = value
        return {**request, "headers": headers}
