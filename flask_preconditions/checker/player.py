"""Play one vector between two reads, and again where what is wrong may be somebody else's doing."""

import re
from dataclasses import replace

from ..conformance.applicability import compares_date
from ..conformance.applicability import state_of
from ..conformance.applicability import why_not
from ..conformance.play import play
from ..conformance.table import Vector
from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..conformance.verdicts import judge
from ..conformance.wire import Exchange
from ..conformance.wire import NotKept
from ..core import ABSENT
from ..core import Outcome
from ..core import State
from .client import CheckClient
from .comparison import GONE
from .comparison import Comparison
from .control import Control
from .dates import Dates
from .dates import await_clock
from .dates import state_with_clock
from .disturbances import Disturbances
from .excuses import excuse
from .excuses import is_refused_for_want_of_one
from .excuses import why_postponed
from .fields import CONTENT_OF_304
from .fields import CONTENT_OF_HEAD
from .fields import FieldRules
from .fields import judge_206
from .fields import judge_304
from .fields import judge_content
from .fields import judge_end
from .fields import judge_write
from .reuse import Reuse
from .survey import QUERY_BODY
from .survey import Survey
from .symptoms import CONNECTION
from .text import KEPT_CHARACTERS
from .unusable import Unplayable
from .unusable import Unreadable
from .vacancy import Vacancy
from .watch import Watch
from .writes import WITH_CONTENT
from .writes import Writer

Request = tuple[str, tuple[tuple[str, str], ...], str]
"""A request as the table has it: method, fields with placeholders, and where it is sent."""


class Player:
    """Plays vectors, one after the other; ``certain`` are those that fail beyond any doubt.

    ``is_unanswered`` tells whether the last one itself had no answer, and not a GET beside it.

    :param writer: what writes; ``None`` where only reads are sent.
    :param vacancy: where nothing is, if such a place is known.
    :param required: whether a write without a condition is refused.
    :param waits: see :class:`.Dates`.
    """

    def __init__(
        self,
        client: CheckClient,
        target: str,
        found: Survey,
        comparison: Comparison,
        rules: FieldRules,
        writer: Writer | None,
        vacancy: Vacancy | None,
        required: bool,
        waits: int,
    ) -> None:
        self.client = client
        self.target = target
        self.found = found
        self.comparison = comparison
        self.rules = rules
        self.reuse = Reuse(comparison)
        self.writer = writer
        self.vacancy = vacancy
        self.required = required
        self.watch = Watch(client, target, found, writer.tags if writer else ())
        self.dates = Dates(required=required, waits=waits)
        self.disturbances = Disturbances(client, comparison, writer)
        self.certain: set[str] = set()
        self._destroying: set[Request] = set()
        self.is_unanswered = False
        self._control = Control(client, target, found, writer, vacancy)
        self._played: dict[Request, tuple[State, Exchange, bool | None]] = {}

    def play(self, vector: Vector) -> Result:
        """Play a vector.

        :raises OSError: when there is no answer.
        :raises Unplayable: when nothing can be told of it.
        """
        request = _request_of(vector)
        statuses = self._plain_statuses(vector)
        if request in self._played:  # rows that differ in what they look at
            current, exchange, is_changed = self._played[request]
            if reason := why_not(vector, like(vector, current), required=self.required):
                return Result(vector, Verdict.SKIP, reason)
            result = judge(vector, current, exchange, is_changed, statuses)
        else:
            current, result = self._play_without_doubt(vector, statuses)
            if result.exchange:
                self._played[request] = (current, _cut(result.exchange), result.is_changed)
        if result.verdict is not Verdict.FAIL:
            return result
        if reason := why_postponed(result):
            return Result(vector, Verdict.UNJUDGED, reason, result.exchange)
        reason = self._excuse(result)
        return Result(vector, Verdict.SKIP, reason, result.exchange) if reason else result

    def play_again(self, vector: Vector) -> Result:
        """Play a vector once more, whatever was seen before.

        :raises OSError: when there is no answer.
        :raises Unplayable: when nothing can be told of it.
        """
        if _request_of(vector) in self._destroying:
            raise Unplayable("it has taken the resource away")
        self._played.pop(_request_of(vector), None)
        return self.play(vector)

    def judge_ends(self) -> None:
        """See that answers without content end with their fields, and are told from the next.

        :raises OSError: when there is no answer.
        """
        now = self.watch.look(self.target)
        tag = now.response.get("ETag")
        for rule, status in ((CONTENT_OF_304, 304), (CONTENT_OF_HEAD, 200), (_FAILED_HEAD, 412)):
            if rule is CONTENT_OF_304 and tag is None:
                continue
            sent = [(name, value.replace("{etag}", tag or "")) for name, value in rule.fields]
            exchange, excess = self.client.excess_after(rule.method, self.target, sent)
            if exchange.response.status == status:
                self.rules.add(judge_end(rule, exchange, excess))

    def _play_without_doubt(
        self, vector: Vector, statuses: tuple[int, ...]
    ) -> tuple[State, Result]:
        """Play a vector; what is wrong with it is beyond doubt, or it is played a second time.

        Between two reads somebody else may have come, and a server may refuse by now whatever
        a request says. Neither tells anything of its conditions (RFC 9110 §13.2.1).
        """
        current, result = self._send_between_reads(vector, statuses)
        if result.verdict is not Verdict.FAIL or self._excuse(result):
            return current, result
        if self.disturbances.is_certain(vector, result):
            self.certain.add(vector.id)
            return current, result
        has_others = self.disturbances.has_others(vector, result)
        if not self.disturbances.is_taken_away:
            self._control.see_that_it_is_let_through(vector, result)
        self.watch.seen = None
        current, again = self._send_between_reads(vector, statuses)
        if again.verdict is Verdict.SKIP:
            raise Unplayable(f"it could not be played again: {again.detail}")
        if why := again.verdict is Verdict.FAIL and self.disturbances.why_disturbed:
            raise Unplayable(why)
        if again.verdict is not Verdict.FAIL:
            self.disturbances.others += has_others
        return current, again

    def _send_between_reads(
        self, vector: Vector, statuses: tuple[int, ...]
    ) -> tuple[State, Result]:
        self.is_unanswered = False
        self.disturbances.begin()
        target = self._target_for(vector)
        before = self._look_before(vector, target)
        if target == self.target:
            self.disturbances.look(before)
        current = state_with_clock(before) if compares_date(vector) else state_of(before)
        if (current is ABSENT) is not (vector.state == "absent"):
            status = before.response.status
            there = "nothing was" if vector.state == "absent" else "something was"
            error = Unplayable if target != self.target else Unreadable
            raise error(f"GET is {status} by now, where {there} ({target})")
        # What PUT made, here or elsewhere, may have other validators.
        reason = why_not(vector, like(vector, current), required=self.required)
        if not reason and (unjudged := self.dates.why_not(vector, before)):
            return current, Result(vector, *unjudged)
        earlier = self.watch.earlier_than(current, _changes_ago(vector))
        if vector.mentions("{etag:earlier") and earlier is None:
            reason = reason or "the resource has told one tag only"
        if reason:
            return current, Result(vector, Verdict.SKIP, reason)
        result = play(
            vector,
            before,
            lambda fields: self._send_itself(vector, target, fields, before),
            lambda: self.watch.look(target),
            lambda *seen: self._is_changed(vector, *seen),
            current=current,
            earlier=earlier,
            statuses=statuses,
        )
        self.dates.learn(vector, before, result, self.watch.seen)
        if self.disturbances.is_taken_away:
            self._destroying.add(_request_of(vector))
        if result.verdict is Verdict.PASS and self.disturbances.is_taken_away:
            result = replace(result, verdict=Verdict.FAIL, detail="nothing was there afterwards")
        return current, result

    def _look_before(self, vector: Vector, target: str) -> Exchange:
        """Read a target before a vector; what was taken away is put back first."""
        is_dated = self.dates.needs_date(vector)
        before = self.watch.look(target, vector, is_dated=is_dated)
        if self.writer and target == self.target and before.response.status in GONE:
            self.watch.seen = None
            self.writer.put_back()
            before = self.watch.look(target, vector, is_dated=is_dated)
        await_clock(vector, before)
        return before

    def _is_changed(
        self, vector: Vector, before: Exchange, exchange: Exchange, after: Exchange
    ) -> bool:
        if exchange.target == self.target:
            self.watch.seen = after
        is_changed = not self.comparison.is_same(before, after)
        is_own = self.disturbances.see(vector, before, exchange, after)
        self._judge_fields(vector, exchange, before, after, is_own=is_own)
        if is_changed and vector.expect.unchanged and not is_own:
            is_changed = not self.disturbances.differs_by_itself(exchange, before, after)
            self.watch.seen = None
        return is_changed

    def _target_for(self, vector: Vector) -> str:
        if vector.state == "absent":
            assert self.vacancy is not None
            return self.vacancy.empty()
        if vector.method == "DELETE":
            assert self.vacancy is not None
            return self.vacancy.create()
        return self.target

    def _send_itself(
        self, vector: Vector, target: str, fields: tuple[tuple[str, str], ...], before: Exchange
    ) -> Exchange:
        try:
            return self._send(vector, target, fields, before)
        except NotKept as error:
            raise Unplayable(str(error)) from None
        except OSError:
            self.is_unanswered = True
            raise

    def _send(
        self, vector: Vector, target: str, fields: tuple[tuple[str, str], ...], before: Exchange
    ) -> Exchange:
        method = vector.method
        is_second = vector.group == CONNECTION
        if method == "QUERY":
            return self.client.send(method, target, fields, QUERY_BODY, "application/json")
        if method not in WITH_CONTENT or self.writer is None:
            return (self.client.send_second if is_second else self.client.send)(
                method, target, fields
            )
        if target == self.target:
            content = self.writer.content(method, before)
        else:
            assert self.vacancy is not None
            content = self.vacancy.content()
        return self.writer.write(content, fields, target, method, is_second=is_second)

    def _judge_fields(
        self,
        vector: Vector,
        exchange: Exchange,
        before: Exchange,
        after: Exchange,
        *,
        is_own: bool,
    ) -> None:
        if vector.method in ("GET", "HEAD"):
            got = before if vector.method == "GET" else self.found.head
            self.rules.add(judge_304(got, exchange, vector.fields))
            if vector.method == "GET" and self.comparison.by_tag:
                self.rules.add(judge_206(before, exchange, after, vector.fields))
        elif vector.method in ("PUT", "PATCH") and self.comparison.by_tag:
            if is_own:  # or GET may tell the tag of something else
                self.rules.add(judge_write(exchange, after))
            if self.comparison.by_content:
                self.rules.add(judge_content(before, after))
        if self.writer and self.comparison.by_tag and self.comparison.by_content:
            for seen in (before, after):
                self.rules.add(self.reuse.judge(seen))

    def _excuse(self, result: Result) -> str | None:
        return excuse(result, self.required, self._plain_status(result))

    def _plain_status(self, result: Result) -> int:
        """Give how a write without a condition is refused at the place in question."""
        exchange = result.exchange
        if self.writer is None or exchange is None:
            return 0
        if result.vector.state == "absent":
            plain_put = self.vacancy.plain_put if self.vacancy else None
            return plain_put if isinstance(plain_put, int) and plain_put >= 400 else 0
        if exchange.method == self.writer.method:
            return self.writer.plain_status
        if not is_refused_for_want_of_one(exchange):
            return 0
        self.watch.seen = None
        return self._control.plain_status_of(exchange.method)

    def _plain_statuses(self, vector: Vector) -> tuple[int, ...]:
        """Give what the request would be answered without its conditions (§13.2.1)."""
        if vector.state != "absent" or vector.expect.outcome is not Outcome.PERFORM:
            return ()
        status = self.found.at_absent.get(vector.method)
        if status in GONE:
            return GONE  # what was there and was left may be 410 from then on
        return (status,) if isinstance(status, int) and vector.method != "PUT" else ()


_FAILED_HEAD = replace(CONTENT_OF_HEAD, fields=(("If-Match", '"stale"'),))


def _request_of(vector: Vector) -> Request:
    place = CONNECTION if vector.group == CONNECTION else "absent" * (vector.state == "absent")
    return vector.method, vector.fields, place


def _changes_ago(vector: Vector) -> int:
    """Tell how old the tag is that a vector sends, in changes of the resource."""
    found = [re.search(r"\{etag:earlier-(\d+)\}", value) for _, value in vector.fields]
    return next((int(match[1]) for match in found if match), 1)


def like(vector: Vector, current: State) -> State:
    """Give a state as the vector declares it where a server does not tell of it."""
    declared = vector.current
    if declared is ABSENT or current is ABSENT:
        return declared
    return replace(current, strong_date=declared.strong_date)


def _cut(exchange: Exchange) -> Exchange:
    """Keep of an answer what is looked at, or shown: there are hundreds."""
    response = exchange.response
    body = response.body
    end = _KEPT_OCTETS
    while end < len(body) and body[end] & 0xC0 == 0x80:  # within a character of UTF-8
        end += 1
    return replace(exchange, response=replace(response, body=body[: min(end, _KEPT_OCTETS + 3)]))


_KEPT_OCTETS = 4 * KEPT_CHARACTERS
"""More than is shown: what is masked must not be cut first."""
