"""Rounds of a race: some writers hold one tag, start together, and one of them is to win.

A round is right when one writer was told of success, all others were refused, and what is
stored is what that writer sent. When nobody was told of success, nothing may have moved.
"""

import json
import secrets
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

from flask_preconditions.conformance.wire import Client
from flask_preconditions.conformance.wire import Response

RIGHT = "right"


@dataclass(frozen=True)
class Race:
    """What the writers of a race send, and where it can be read afterwards.

    :param writes: the methods with their rules; the writers take them in turn.
    :param target: the path. In every round ``{turn}`` counts on from 1, and ``{new}`` is a
        name that was never there.
    :param body: a JSON object, or a text, with ``{mark}`` where each write differs.
    :param text: the member of the JSON that GET gives in which the mark is found; the whole
        body without it.
    :param begins: whether the target is there when a round begins, and made if it is not; or
        absent, and the writers create it.
    """

    writes: tuple[str, ...]
    target: str
    body: str
    text: str | None = None
    begins: str = "present"
    content_type: str = "application/json"

    @property
    def methods(self) -> list[str]:
        return [write.partition(" ")[0] for write in self.writes]

    def written(self, mark: str) -> bytes:
        return self.body.replace("{mark}", mark).encode()

    def stored(self, response: Response) -> str | None:
        """Give the text that is stored, or ``None`` where nothing is."""
        if response.status == 404:
            return None
        if response.status != 200:
            raise AssertionError(f"GET was answered {response.status}: {response.body!r}")
        if self.text is None:
            return response.body.decode()
        return str(json.loads(response.body)[self.text])


@dataclass(frozen=True)
class Answer:
    """What one writer was told.

    :param mark: what it wrote; ``None`` for a deletion.
    """

    mark: str | None
    status: int

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def run(client: Client, race: Race, *, rounds: int, writers: int = 4) -> Counter[str]:
    """Let the writers race, and count how the rounds ended."""
    with ThreadPoolExecutor(writers) as pool:
        return Counter(_round(client, race, turn, writers, pool) for turn in range(rounds))


def _round(client: Client, race: Race, turn: int, writers: int, pool: ThreadPoolExecutor) -> str:
    name = f"new-{secrets.token_hex(8)}"
    target = race.target.replace("{turn}", str(turn + 1)).replace("{new}", name)
    before = _begin(client, race, target)
    tag = before.get("ETag")
    condition = ("If-None-Match", "*") if before.status == 404 else ("If-Match", tag or "")
    start = Barrier(writers)

    def write(number: int) -> Answer:
        method = race.methods[number % len(race.methods)]
        mark = None if method == "DELETE" else f"{turn}-{number}-{secrets.token_hex(4)}"
        body = b"" if mark is None else race.written(mark)
        start.wait()
        sent = client.send(method, target, [condition], body, race.content_type)
        return Answer(mark, sent.response.status)

    answers = list(pool.map(write, range(writers)))
    return judge(race, before, answers, client.send("GET", target).response)


def _begin(client: Client, race: Race, target: str) -> Response:
    found = client.send("GET", target).response
    if found.status == 404 and race.begins == "present":
        body = race.written("first")
        made = client.send("PUT", target, [("If-None-Match", "*")], body, race.content_type)
        if made.response.status != 201:
            raise AssertionError(f"the target cannot be made:\n{made}")
        found = client.send("GET", target).response
    if found.status != (404 if race.begins == "absent" else 200):
        raise AssertionError(f"{target} is not {race.begins}: GET is {found.status}")
    return found


def judge(race: Race, before: Response, answers: Sequence[Answer], after: Response) -> str:
    """Tell how a round ended."""
    told = [answer for answer in answers if answer.is_success]
    # Who comes after a deletion finds nothing.
    refusals = {404, 412} if "DELETE" in race.methods else {412}
    if strange := {a.status for a in answers if not a.is_success} - refusals:
        return f"answered {', '.join(map(str, sorted(strange)))}"
    stored = race.stored(after)
    if not told:
        has_moved = stored != race.stored(before) or after.get("ETag") != before.get("ETag")
        return "nobody acknowledged, and yet written" if has_moved else "nobody acknowledged"
    if len(told) > 1:
        return f"{len(told)} acknowledged"
    if stored == told[0].mark:
        is_told = stored is None or after.get("ETag") != before.get("ETag")
        return RIGHT if is_told else "written under the old tag"
    is_another = stored in {answer.mark for answer in answers}
    return f"acknowledged one, stored {'another' if is_another else 'none of them'}"
