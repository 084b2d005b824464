"""Plays requests of a lesson at a lab in this process: solutions, mistakes, what the lab does."""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask

from ..conformance.wire import Exchange
from ..simulator import create_app
from ..simulator.server import PREFIX
from ..testing.clients import InProcessClient
from .engine import Judgement
from .engine import Kind
from .engine import Run
from .lessons import Hint
from .lessons import Lesson
from .lessons import Request
from .lessons import Step
from .lessons import read_request
from .rules import Facts
from .rules import facts_of
from .rules import resolve

LAB = f"{PREFIX}/lab/me"
"""Where the documents of the learner are."""

CONTENT_TYPE = "application/json"


class UnsolvedError(AssertionError):
    """A solution that does not pass its step; the message has the exchange."""


@dataclass
class Player:
    """Sends requests to a lab, and does what the lab does between two steps."""

    app: Flask

    def __post_init__(self) -> None:
        self._client = InProcessClient(self.app.test_client(), (), CONTENT_TYPE)

    def send(self, request: Request, notes: Mapping[str, str]) -> Exchange:
        """Send a request, with what was noted in it."""
        headers = resolve(dict(request.headers), notes)
        return self._client.send(
            request.method,
            f"{LAB}/{request.target}",
            list(headers.items()),
            request.content.encode(),
        )

    def prepare(self, step: Step) -> None:
        """Do what the lab does before a step."""
        if step.act == "rival":
            self._client.send("POST", f"{LAB}/docs/welcome/rival")

    def begin(self) -> None:
        """Forget every document."""
        self._client.send("DELETE", LAB)

    def solve(self, run: Run, up_to: int | None = None) -> Iterator[tuple[Exchange, Judgement]]:
        """Play the solutions of the steps that are left.

        :param up_to: the number of the step to stop before.
        :raises UnsolvedError: when one does not pass.
        """
        while (step := run.step) is not None and run.place != up_to:
            self.prepare(step)
            exchange = self.send(run.solution_of(step), run.notes)
            judgement = run.feed(exchange)
            if judgement is None or judgement.kind is not Kind.PASSED:
                unmet = "\n".join(judgement.unmet) if judgement else ""
                raise UnsolvedError(f"{run.lesson.id}, step {step.id}:\n{unmet}\n{exchange}")
            yield exchange, judgement


def replay(player: Player, lesson: Lesson, done: int | Sequence[Mapping[str, Any]]) -> Run:
    """Begin a lesson where it was left: play what is done, so that the documents are as then.

    :param done: the requests that passed, as :attr:`.Run.requests`; or how many steps are to
        be played by their solutions. A request that no longer passes ends the replay.
    """
    player.begin()
    run = Run(lesson)
    if isinstance(done, int):
        for _ in player.solve(run, done):
            pass
        return run
    for given in done:
        step = run.step
        if step is None:
            break
        player.prepare(step)
        judgement = run.feed(player.send(read_request(given), run.notes))
        if judgement is None or judgement.kind is not Kind.PASSED:
            return replay(player, lesson, run.place)
    return run


def play_mistake(lesson: Lesson, step: Step, hint: Hint) -> tuple[Exchange, Judgement | None]:
    """Make a mistake in a lab of its own, and have it judged."""
    player = Player(create_app())
    run = replay(player, lesson, lesson.steps.index(step))
    player.prepare(step)
    exchange = player.send(hint.wrong, run.notes)
    return exchange, run.feed(exchange)


def record(lesson: Lesson) -> Iterator[tuple[list[Facts], Hint | None]]:
    """Record the sessions of a lesson, for any other engine of the same data.

    :return: each with the facts of its exchanges, and with the hint that meets the last one:
        ``None`` for the session of the solutions, which comes first.
    """
    whole = replay(Player(create_app()), lesson, len(lesson.steps))
    yield list(whole.passed.values()), None
    for place, step in enumerate(lesson.steps):
        for hint in step.hints:
            player = Player(create_app())
            run = replay(player, lesson, place)
            player.prepare(step)
            wrong = facts_of(player.send(hint.wrong, run.notes))
            assert wrong is not None
            yield [*run.passed.values(), wrong], hint
