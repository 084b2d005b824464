"""Play the table at a resource of a server that nothing is known of but what it answers."""

from collections import Counter
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from ..conformance.applicability import is_long
from ..conformance.applicability import state_of
from ..conformance.applicability import why_not
from ..conformance.play import unanswered
from ..conformance.table import Vector
from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..core import SAFE_METHODS
from .client import OutOfTime
from .client import is_dropped
from .comparison import GONE
from .constancy import Constancy
from .copies import WHY
from .dates import sends_date
from .excuses import of_another_coding
from .excuses import recovered
from .nearness import nearly
from .nearness import taken
from .player import Player
from .player import like
from .probes import of_equal_date
from .probes import probes_for
from .survey import why_ignored
from .text import Screen
from .unusable import Refused
from .unusable import Unplayable
from .unusable import Unreadable

MAX_UNANSWERED = 2
"""How many requests of one kind may be left without an answer before the rest is left out."""

MAX_UNREADABLE = 3
"""How many vectors in a row may meet a GET that shows nothing before the check is over."""

ATTEMPTS = 4
"""How often a request is sent that is dropped; one whose answer has no end, half as often."""


DROPS = "plain requests are not answered now and then, too"


class Session:
    """One run of the table.

    :param player: what plays a vector.
    :param reasons: why a method is not played.
    """

    def __init__(self, player: Player, screen: Screen, reasons: Mapping[str, str]) -> None:
        self.player = player
        self.screen = screen
        self.reasons = reasons
        self.current = state_of(player.found.reads[-1])
        self._has_looked_for_date = False
        self._unanswered: Counter[tuple[str, str, bool]] = Counter()
        self._adapted: set[str] = set()
        self._refused: dict[str, str] = {}
        self._unreadable = 0
        self._why_over = ""

    def play_all(self, vectors: Iterable[Vector]) -> Iterator[Result]:
        """Play what applies, and give the results in the order of the table."""
        given = list(vectors)
        adapted = [self._adapt(vector) for vector in given]
        self._adapted = {a.id for a, v in zip(adapted, given, strict=True) if a is not v}
        waiting, results = list(adapted), {}
        while waiting:
            is_told = self.player.watch.tells_date
            vector = waiting.pop(self.player.dates.next_of(waiting, is_told=is_told))
            results[vector.id] = self.screen.result(self._result(vector))
        late = self.player.disturbances.late
        results |= {id: self.screen.result(result) for id, result in late.items()}
        played = of_another_coding(
            [
                *recovered([results[vector.id] for vector in adapted]),
                *self._taken_nearly(results),
            ]
        )
        with suppress(OSError, Unplayable, OutOfTime):
            self.player.judge_ends()
        constancy = Constancy(self._again, late)
        yield from constancy.judge([*map(self._without_doubt, played)])

    def _again(self, vector: Vector) -> Result | None:
        """Play what has failed once more; it is not worth it to wait for a date."""
        dates, watch = self.player.dates, self.player.watch
        if self._why_over or (dates.needs_date(vector) and not watch.tells_date):
            return None
        try:
            return self.player.play_again(vector)
        except (OSError, Unplayable, OutOfTime):
            watch.seen = None
            return None

    def _without_doubt(self, result: Result) -> Result:
        """Take back what was found before it was clear that GET does not tell what is there."""
        player, vector = self.player, result.vector
        if result.verdict is not Verdict.FAIL or vector.id in player.certain:
            return result
        if player.disturbances.are_copies and vector.id not in player.disturbances.late:
            return replace(result, verdict=Verdict.UNJUDGED, detail=WHY)
        if not player.comparison.by_tag and vector.mentions("{etag"):
            reason = "GET tells another ETag each time"
            return replace(result, verdict=Verdict.UNJUDGED, detail=reason)
        return result

    def _taken_nearly(self, results: Mapping[str, Result]) -> list[Result]:
        writer = self.player.writer
        vectors = nearly(writer.method if writer else None, results)
        played = [self._result(vector) for vector in vectors]
        found = taken(played)
        for probe in probes_for(writer.method if writer else None):
            if probe.is_due(results):
                result = self._result(probe.vector)
                found += [result] * probe.is_shown(result)
        return [*map(self.screen.result, found), *of_equal_date(results)]

    def _adapt(self, vector: Vector) -> Vector:
        """Send a PUT by the method of the writer: the rules are the same."""
        method = self.player.writer.method if self.player.writer else "PUT"
        if vector.method != "PUT" or vector.state == "absent" or method == "PUT":
            return vector
        if "ETag" in vector.expect.lacks:  # §9.3.4 is about PUT alone
            return vector
        return replace(vector, method=method)

    def _result(self, vector: Vector) -> Result:
        try:
            if reason := self._why_not(vector):
                return Result(vector, Verdict.SKIP, reason)
            if reason := self._why_over or self._why_left_out(vector):
                return Result(vector, Verdict.UNJUDGED, reason)
            result = self._play_again_where_unanswered(vector)
            self._unreadable = 0
            return result
        except Unreadable as error:
            self._unreadable += 1
            if self._unreadable >= MAX_UNREADABLE:
                self._why_over = str(error)
            return Result(vector, Verdict.UNJUDGED, str(error))
        except Refused as error:
            if error.is_last:
                self._refused[error.method] = str(error)
            return Result(vector, Verdict.UNJUDGED, str(error))
        except Unplayable as error:
            return Result(vector, Verdict.UNJUDGED, str(error))
        except OutOfTime as error:
            self._why_over = str(error)
            return Result(vector, Verdict.UNJUDGED, self._why_over)

    def _why_not(self, vector: Vector) -> str | None:
        """Say why a vector does not apply here."""
        if vector.etag is not None:
            return "the resource chooses its own tags"
        if vector.state == "absent":
            reason = self._why_not_absent(vector)
        else:
            # A HEAD without conditions is what shows that there is none (RFC 9110 §9.1).
            is_exempt = vector.id in self._adapted or (
                not vector.fields and vector.method == "HEAD"
            )
            reason = None if is_exempt else self.reasons.get(vector.method)
        if reason:
            return reason
        if vector.mentions("{etag") and not self.player.comparison.by_tag:
            return "GET tells another ETag each time"
        if vector.method == "QUERY" and vector.mentions("{etag}"):
            told = self.player.found.tag_of_query
            if told != self.player.found.reads[-1].response.get("ETag"):
                return "a QUERY has the tag of what it finds, not that of GET (RFC 10008 §2.6)"
        if sends_date(vector) and vector.state != "absent":
            self._look_for_date()
        reason = why_not(vector, like(vector, self.current), required=self.player.required)
        told = self.player.found.first.response.get("ETag")
        is_unread = told is not None and reason == "the resource tells no ETag"
        return "what the resource tells as its ETag is no entity tag" if is_unread else reason

    def _why_left_out(self, vector: Vector) -> str | None:
        """Say why a vector that applies is not sent."""
        if self._unanswered[_alike(vector)] >= MAX_UNANSWERED:
            return f"the server left requests like it without an answer ({vector.method})"
        return self._refused.get(vector.method)

    def _look_for_date(self) -> None:
        """Find out whether the resource has a date; it may not be told in its own second."""
        if self._has_looked_for_date or self._why_over:
            return
        self._has_looked_for_date = True
        watch = self.player.watch
        with suppress(OSError, Unreadable):
            watch.seen = watch.look(watch.target, is_dated=True)
            self.current = state_of(watch.seen)

    def _why_not_absent(self, vector: Vector) -> str | None:
        vacancy, found = self.player.vacancy, self.player.found
        if vacancy is None:
            return "--absent names a place where nothing is"
        method = vector.method
        if method == "PUT":
            return None if vacancy.can_create else vacancy.why_not
        if method not in found.at_absent:
            return self.reasons.get(method, f"{method} is not sent where nothing is")
        answer = found.at_absent[method]
        if isinstance(answer, int) and answer < 300 and method not in SAFE_METHODS:
            return f"a plain {method} where nothing is is {answer}, so its conditions count there"
        is_ignored = isinstance(answer, int) and (answer < 300 or answer in GONE)
        return None if is_ignored else why_ignored(method, answer, " where nothing is")

    def _play_again_where_unanswered(self, vector: Vector) -> Result:
        """Play a vector, and again where it was not answered: one lost request is no finding."""
        client, unreadable = self.player.client, 0
        attempts, first = 0, OSError()
        while attempts < ATTEMPTS:
            try:
                return self.player.play(vector)
            except Unreadable:
                self.player.watch.seen = None
                unreadable += 1
                if unreadable > 1:
                    raise
            except OSError as error:
                self.player.watch.seen = None
                first = error.with_traceback(None) if attempts == 0 else first
                attempts += 1 if is_dropped(error) else ATTEMPTS // 2
        self._unanswered[_alike(vector)] += 1
        try:
            for _ in range(2):  # what drops any request now and then tells nothing of this one
                client.send("GET", self.player.target)
        except OSError:
            self._see_that_it_answers()
            return Result(vector, Verdict.UNJUDGED, DROPS)
        if not self.player.is_unanswered:
            return Result(vector, Verdict.UNJUDGED, DROPS)
        return unanswered(vector, first)

    def _see_that_it_answers(self) -> None:
        client = self.player.client
        try:
            client.send("GET", self.player.target)
        except OSError:
            self._why_over = f"the server answers nothing more, after {client.requests} requests"


def _alike(vector: Vector) -> tuple[str, str, bool]:
    """Tell what requests are alike: one that is left for its length says nothing of others."""
    return vector.method, vector.group, is_long(vector)
