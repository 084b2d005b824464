"""Two writers who read the same tag, at the same moment, again and again."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait
from threading import Barrier

from ..conformance.wire import Exchange
from ..conformance.wire import Fields
from .client import OutOfTime
from .rounds import CREATE
from .rounds import Race
from .text import Screen
from .unusable import Unplayable
from .vacancy import Vacancy
from .writes import Writer

MAX_UNANSWERED = 2


def run(writer: Writer, rounds: int, screen: Screen, method: str = "") -> Race | str:
    """Let two writers who read the same tag write at the same moment.

    They send contents that differ: where a change is in place already, a server may answer
    with success (RFC 9110 §13.1.1).

    :param method: of the writes; that of the check without it.
    :return: what became of it, or why nothing can come of it.
    """
    if not writer.comparison.by_tag:
        return "GET tells another ETag each time, so no two writers can read the same"
    now = writer.read()
    if now.response.status != 200:
        return f"GET is {now.response.status} by now"
    if now.response.get("ETag") is None:
        return "the resource tells no ETag, so no two writers can name what they read"
    if writer.bodies.race(now) is None:
        return "the resource is none of the bodies of the check, so no two others can be sent"
    return _played(_Rounds(writer, screen, method), rounds)


def run_creations(vacancy: Vacancy, writer: Writer, rounds: int, screen: Screen) -> Race | str:
    """Let two writers create something at the same moment, where nothing is.

    :return: what became of it, or why nothing can come of it.
    """
    return _played(_Creations(writer, screen, vacancy), rounds)


def _played(found: "_Rounds", rounds: int) -> Race:
    with ThreadPoolExecutor(2) as pool:
        for _ in range(rounds):
            try:
                found.play(pool)
            except OutOfTime:
                if not found.answered:
                    raise
                break
            except Unplayable:  # what was created cannot be deleted
                break
            if found.unanswered > MAX_UNANSWERED:
                break
    return found.race()


class _Rounds:
    """The rounds of a race so far."""

    def __init__(self, writer: Writer, screen: Screen, method: str = "") -> None:
        self.writer = writer
        self.method = method or writer.method
        self.name = method
        self.target = writer.target
        self.screen = screen
        self.unanswered = 0
        self._answers: Counter[tuple[int, int]] = Counter()
        self._lost: tuple[Exchange, Exchange] | None = None
        self._refused: tuple[Exchange, Exchange] | None = None
        self._refused_rounds = 0

    @property
    def answered(self) -> int:
        """How many rounds there were."""
        return self._answers.total()

    def play(self, pool: ThreadPoolExecutor) -> None:
        """Play a round."""
        before, fields = self._before()
        contents = self.writer.bodies.race(before, self.method)
        if contents is None:
            return
        start = Barrier(2)
        try:
            futures = [pool.submit(self._save_at, start, fields, each) for each in contents]
            one, other = (future.result() for future in futures)
        except OSError:
            self.unanswered += 1
            wait(futures)  # the next round is about what both have left
            return
        except BaseException:
            start.abort()
            raise
        after = self._after()
        low, high = sorted(exchange.response.status for exchange in (one, other))
        self._answers[low, high] += 1
        if 200 <= low <= high < 300 and not self._is_certain(contents, before, after):
            self._answers[low, high] -= 1
        elif 200 <= low <= high < 300:
            self._lost = self._lost or self._shown(one, other)
        elif self._is_written_under_refusal((one, other), contents, before, after):
            self._refused_rounds += 1
            self._refused = self._refused or self._shown(one, other)

    def _before(self) -> tuple[Exchange, Fields]:
        before = self.writer.read_settled()
        return before, (("If-Match", before.response.get("ETag") or "*"),)

    def _after(self) -> Exchange:
        return self.writer.read()

    def _is_certain(self, contents: tuple[bytes, bytes], before: Exchange, after: Exchange) -> bool:
        """Tell whether two writes that were acknowledged cannot both be right.

        Where one of them sends what is there already, it may have come first and changed
        nothing, its tag included. Then the other one has lost nothing, and is there.
        """
        bodies = self.writer.bodies
        same = [content for content in contents if bodies.is_there(content, before)]
        return not same or self.writer.moves_tag or bodies.is_there(same[0], after)

    def _is_written_under_refusal(
        self,
        pair: tuple[Exchange, Exchange],
        contents: tuple[bytes, bytes],
        before: Exchange,
        after: Exchange,
    ) -> bool:
        """Tell whether the content of a writer who was refused is there."""
        refused = [
            content
            for exchange, content in zip(pair, contents, strict=True)
            if 300 <= exchange.response.status < 500  # what a 500 has done nobody knows
        ]
        bodies = self.writer.bodies
        return any(
            bodies.is_there(content, after) and not bodies.is_there(content, before)
            for content in refused
        )

    def _save_at(self, start: Barrier, fields: Fields, content: bytes) -> Exchange:
        start.wait()
        return self.writer.write(content, fields, self.target, self.method)

    def _shown(self, one: Exchange, other: Exchange) -> tuple[Exchange, Exchange]:
        return self.screen.exchange(one), self.screen.exchange(other)

    def race(self) -> Race:
        """Give what became of the rounds."""
        return Race(
            self.answered,
            self._answers,
            self._lost,
            self._refused_rounds,
            self._refused,
            self.unanswered,
            self.name,
        )


class _Creations(_Rounds):
    """The rounds of writers who create."""

    def __init__(self, writer: Writer, screen: Screen, vacancy: Vacancy) -> None:
        super().__init__(writer, screen, "PUT")
        self.name = CREATE
        self.vacancy = vacancy
        self.target = vacancy.target

    def _before(self) -> tuple[Exchange, Fields]:
        self.vacancy.empty()
        return self.writer.before, (("If-None-Match", "*"),)

    def _after(self) -> Exchange:
        return self.vacancy.client.send("GET", self.target)

    def _is_certain(self, contents: tuple[bytes, bytes], before: Exchange, after: Exchange) -> bool:
        return after.response.status == 200  # nobody has taken it away in between
