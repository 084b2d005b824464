"""Play the table at a resource of a server that nothing is known of but what it answers."""

import time
from collections import Counter
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from ..conformance.applicability import compares_date
from ..conformance.applicability import state_of
from ..conformance.applicability import why_not
from ..conformance.play import play
from ..conformance.play import unanswered
from ..conformance.table import Vector
from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..conformance.verdicts import judge
from ..conformance.wire import Exchange
from ..core import ABSENT
from ..core import Field
from ..core import Outcome
from ..core import State
from .client import CheckClient
from .client import OutOfTime
from .comparison import GONE
from .comparison import Comparison
from .dates import Dates
from .dates import is_of_now
from .dates import sends_date
from .dates import state_with_clock
from .excuses import excuse
from .excuses import recovered
from .fields import FieldRules
from .fields import judge_304
from .fields import judge_content
from .fields import judge_write
from .survey import QUERY_BODY
from .survey import Survey
from .survey import why_ignored
from .text import KEPT_CHARACTERS
from .text import Screen
from .unusable import Unplayable
from .vacancy import Vacancy
from .watch import Watch
from .writes import Writer

CLOCK_SECONDS = 1.1
"""After which a clock of whole seconds shows another time."""

LOOKS_TWICE = 2
"""How often that is waited for; a resource that is steady then is steady."""

MAX_UNANSWERED = 2
"""How many requests of one kind may be left without an answer before the rest is left out."""

_WITH_CONTENT = ("PUT", "PATCH", "POST")


Request = tuple[str, tuple[tuple[str, str], ...], bool]
"""A request as the table has it: method, fields with placeholders, and whether nothing is there."""


class Session:
    """One run of the table.

    :param writer: what writes; ``None`` where only reads are sent.
    :param vacancy: where nothing is, if such a place is known.
    :param reasons: why a method is not played.
    :param required: whether a write without a condition is refused.
    :param waits: see :class:`.Dates`.

    ``is_over`` tells whether the server has ceased to answer.
    """

    def __init__(
        self,
        client: CheckClient,
        target: str,
        found: Survey,
        comparison: Comparison,
        rules: FieldRules,
        screen: Screen,
        writer: Writer | None,
        vacancy: Vacancy | None,
        reasons: Mapping[str, str],
        required: bool,
        waits: int,
    ) -> None:
        self.client = client
        self.target = target
        self.found = found
        self.comparison = comparison
        self.rules = rules
        self.screen = screen
        self.writer = writer
        self.vacancy = vacancy
        self.reasons = reasons
        self.required = required
        self.current = state_of(found.reads[-1])
        self.watch = Watch(client, target, found, writer.tags if writer else ())
        self.dates = Dates(required=required, waits=waits)
        self._has_looked_for_date = False
        self._unanswered: Counter[tuple[str, str]] = Counter()
        self._played: dict[Request, tuple[State, Exchange, bool | None]] = {}
        self._adapted: set[str] = set()
        self._looked_twice = 0
        self._why_over = ""
        self.is_over = False

    def play_all(self, vectors: Iterable[Vector]) -> Iterator[Result]:
        """Play what applies, and give the results in the order of the table."""
        given = list(vectors)
        adapted = [self._adapt(vector) for vector in given]
        self._adapted = {a.id for a, v in zip(adapted, given, strict=True) if a is not v}
        waiting, results = list(adapted), {}
        while waiting:
            vector = waiting.pop(self.dates.next_of(waiting, is_told=self.watch.tells_date))
            results[vector.id] = self.screen.result(self._result(vector))
        yield from recovered([results[vector.id] for vector in adapted])

    def _adapt(self, vector: Vector) -> Vector:
        """Send a PUT by the method of the writer: the rules are the same."""
        method = self.writer.method if self.writer else "PUT"
        if vector.method != "PUT" or vector.state == "absent" or method == "PUT":
            return vector
        if "ETag" in vector.expect.lacks:  # §9.3.4 is about PUT alone
            return vector
        return replace(vector, method=method)

    def _result(self, vector: Vector) -> Result:
        try:
            if reason := self._why_not(vector) or self._why_over:
                return Result(vector, Verdict.SKIP, reason)
            return self._play_twice(vector)
        except Unplayable as error:
            return Result(vector, Verdict.SKIP, str(error))
        except OutOfTime as error:
            self._why_over = str(error)
            return Result(vector, Verdict.SKIP, self._why_over)

    def _why_not(self, vector: Vector) -> str | None:
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
        if vector.mentions("{etag") and not self.comparison.by_tag:
            return "GET tells another ETag each time"
        if self._unanswered[vector.method, vector.group] >= MAX_UNANSWERED:
            return f"the server left requests like it without an answer ({vector.method})"
        if sends_date(vector) and vector.state != "absent":
            self._look_for_date()
        return why_not(vector, self._state_for(vector), required=self.required)

    def _look_for_date(self) -> None:
        """Find out whether the resource has a date; it may not be told in its own second."""
        if self._has_looked_for_date:
            return
        self._has_looked_for_date = True
        with suppress(OSError):
            self.watch.seen = self.watch.look(self.target, is_dated=True)
            self.current = state_of(self.watch.seen)

    def _why_not_absent(self, vector: Vector) -> str | None:
        if self.vacancy is None:
            return "--absent names a place where nothing is"
        method = vector.method
        if method == "PUT":
            return None if self.vacancy.can_create else self.vacancy.why_not
        if method not in self.found.at_absent:
            return self.reasons.get(method, f"{method} is not sent where nothing is")
        answer = self.found.at_absent[method]
        is_ignored = isinstance(answer, int) and (answer < 300 or answer in GONE)
        return None if is_ignored else why_ignored(method, answer, " where nothing is")

    def _state_for(self, vector: Vector) -> State:
        return self._like(vector, self.current)

    def _like(self, vector: Vector, current: State) -> State:
        declared = vector.current
        if declared is ABSENT or current is ABSENT:
            return declared
        return replace(current, strong_date=declared.strong_date)

    def _play_twice(self, vector: Vector) -> Result:
        """Play a vector, and again where it was not answered: one lost request is no finding."""
        errors = []
        for _ in range(2):
            try:
                return self._play(vector)
            except OSError as error:
                self.watch.seen = None
                errors.append(error)
        self._unanswered[vector.method, vector.group] += 1
        try:
            self.client.send("GET", self.target)
        except OSError:
            self._why_over, self.is_over = "the server answers nothing more", True
        return unanswered(vector, errors[0])

    def _play(self, vector: Vector) -> Result:
        request = (vector.method, vector.fields, vector.state == "absent")
        statuses = self._plain_statuses(vector)
        if request in self._played:  # rows that differ in what they look at
            current, exchange, is_changed = self._played[request]
            if reason := why_not(vector, self._like(vector, current), required=self.required):
                return Result(vector, Verdict.SKIP, reason)
            result = judge(vector, current, exchange, is_changed, statuses)
        else:
            current, result = self._send_between_reads(vector, statuses)
            if result.verdict is Verdict.FAIL and _relies_on_tag(vector):
                self.watch.seen = None  # what was sent as the current tag may have been one no more
                current, result = self._send_between_reads(vector, statuses)
            if result.exchange:
                self._played[request] = (current, _cut(result.exchange), result.is_changed)
        if result.verdict is not Verdict.FAIL:
            return result
        reason = excuse(result, self.required)
        return Result(vector, Verdict.SKIP, reason, result.exchange) if reason else result

    def _send_between_reads(
        self, vector: Vector, statuses: tuple[int, ...]
    ) -> tuple[State, Result]:
        target = self._target_for(vector)
        before = self._look_before(vector, target)
        current = state_with_clock(before) if compares_date(vector) else state_of(before)
        if (current is ABSENT) is not (vector.state == "absent"):
            status = before.response.status
            raise Unplayable(f"GET of {target} is {status} after a request before it")
        # What PUT made, here or elsewhere, may have other validators.
        reason = self.dates.why_not(vector, before) or why_not(
            vector, self._like(vector, current), required=self.required
        )
        earlier = self.watch.earlier_than(current)
        if vector.mentions("{etag:earlier}") and earlier is None:
            reason = reason or "the resource has told one tag only"
        if reason:
            return current, Result(vector, Verdict.SKIP, reason)
        result = play(
            vector,
            before,
            lambda fields: self._send(vector, target, fields, before),
            lambda: self.watch.look(target),
            lambda *seen: self._is_changed(vector, *seen),
            current=current,
            earlier=earlier,
            statuses=statuses,
        )
        self.dates.learn(vector, before, result, self.watch.seen)
        return current, result

    def _look_before(self, vector: Vector, target: str) -> Exchange:
        """Read a target before a vector; what a write has taken away is put back first."""
        is_dated = self.dates.needs_date(vector)
        before = self.watch.look(target, vector, is_dated=is_dated)
        if self.writer and target == self.target and before.response.status in GONE:
            self.watch.seen = None
            self.writer.put_back()
            before = self.watch.look(target, vector, is_dated=is_dated)
        if is_of_now(vector, before):
            time.sleep(CLOCK_SECONDS)  # till the second that is_of_now() speaks of is over
        return before

    def _is_changed(
        self, vector: Vector, before: Exchange, exchange: Exchange, after: Exchange
    ) -> bool:
        is_changed = not self.comparison.is_same(before, after)
        self._judge_fields(vector, exchange, before, after)
        if is_changed and vector.expect.unchanged:
            return not self._differs_by_itself(exchange, before, after)
        return is_changed

    def _target_for(self, vector: Vector) -> str:
        if vector.state == "absent":
            assert self.vacancy is not None
            return self.vacancy.empty()
        if vector.method == "DELETE":
            assert self.vacancy is not None
            return self.vacancy.create()
        return self.target

    def _send(
        self, vector: Vector, target: str, fields: tuple[tuple[str, str], ...], before: Exchange
    ) -> Exchange:
        method = vector.method
        if method == "QUERY":
            return self.client.send(method, target, fields, QUERY_BODY, "application/json")
        if method not in _WITH_CONTENT or self.writer is None:
            return self.client.send(method, target, fields)
        if target == self.target:
            content = self.writer.content(method, before)
        else:
            assert self.vacancy is not None
            content = self.vacancy.content()
        return self.writer.write(content, fields, target, method)

    def _judge_fields(
        self, vector: Vector, exchange: Exchange, before: Exchange, after: Exchange
    ) -> None:
        if exchange.target == self.target:
            self.watch.seen = after
        if vector.method in ("GET", "HEAD"):
            self.rules.add(judge_304(before, exchange, vector.fields))
        elif vector.method in ("PUT", "PATCH") and self.comparison.by_tag:
            self.rules.add(judge_write(exchange, after))
            if self.comparison.by_content:
                self.rules.add(judge_content(before, after))

    def _differs_by_itself(self, sent: Exchange, before: Exchange, after: Exchange) -> bool:
        """Look twice where a request seems to have changed what it must not."""
        if state_of(after) is ABSENT or state_of(before) is ABSENT:
            return False
        if self.writer and sent.body and self.writer.bodies.is_there(sent.body, after):
            return False
        if self.writer and self.writer.is_late(after):
            return True
        self.comparison.learn_stamps(before, after, sent.body)
        if self.comparison.is_same(before, after):
            return True
        if self._looked_twice >= LOOKS_TWICE:
            return False
        self._looked_twice += 1
        time.sleep(CLOCK_SECONDS)  # a member that shows seconds differs only after one
        later = self.client.send("GET", sent.target)
        if self.comparison.is_same(after, later):
            return False
        self.comparison.learn(after, later)
        self.watch.seen = None
        return self.comparison.is_same(before, after)

    def _plain_statuses(self, vector: Vector) -> tuple[int, ...]:
        """Give what the request would be answered without its conditions (§13.2.1)."""
        if vector.state != "absent" or vector.expect.outcome is not Outcome.PERFORM:
            return ()
        status = self.found.at_absent.get(vector.method)
        return (status,) if isinstance(status, int) and vector.method != "PUT" else ()


def _cut(exchange: Exchange) -> Exchange:
    """Keep of an answer what is looked at, or shown: there are hundreds."""
    response = exchange.response
    return replace(exchange, response=replace(response, body=response.body[:KEPT_CHARACTERS]))


def _relies_on_tag(vector: Vector) -> bool:
    """Tell whether an answer may be right where the tag is another one by now."""
    is_stopped = vector.expect.outcome in (Outcome.FAILED, Outcome.MALFORMED)
    is_false_anyway = is_stopped and vector.expect.decided_by is Field.IF_MATCH
    return vector.mentions("{etag") and not is_false_anyway
