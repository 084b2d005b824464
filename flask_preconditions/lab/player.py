"""Plays requests of a lesson at a lab in this process: solutions, mistakes, what the lab does."""

import json
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

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
from .rules import facts_of
from .rules import resolve

LAB = f"{PREFIX}/lab/me"
"""Where the documents of the learner are."""

CONTENT_TYPE = "application/json"


class UnsolvedError(AssertionError):
    """A solution that does not pass its step; the message has the exchange."""


def target_of(request: Request) -> str:
    """Give the path and the query of a request."""
    query = f"?{urlencode(request.query)}" if request.query else ""
    return f"{LAB}/{request.path}{query}"


def body_of(request: Request) -> bytes:
    """Give the content of a request."""
    if isinstance(request.body, str) or request.body is None:
        return (request.body or "").encode()
    return json.dumps(request.body, ensure_ascii=False).encode()


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
            request.method, target_of(request), list(headers.items()), body_of(request)
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
            exchange = self.send(step.solution, run.notes)
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


def record(lesson: Lesson) -> list[dict[str, Any]]:
    """Record the mistakes and the solution of a lesson, for any other engine of the same data.

    :return: for each step the exchanges, each with the kind of its judgement and its hint.
    """
    player, run, recorded = Player(create_app()), Run(lesson), []
    for step in lesson.steps:
        [(exchange, _)] = list(player.solve(run, run.place + 1))
        mistakes = [play_mistake(lesson, step, hint) for hint in step.hints]
        recorded.append(
            {
                "step": step.id,
                "notes": dict(run.notes),
                "passes": facts_of(exchange),
                "mistakes": [facts_of(wrong) for wrong, _ in mistakes],
            }
        )
    return recorded
