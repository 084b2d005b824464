"""Play the table at one resource, of which nothing is known but how its text is changed.

Which vectors apply is not a list: one does when the rules, asked about the validators that
the resource really has, give the outcome that the vector expects.
"""

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace
from types import MappingProxyType

from ..core import ABSENT
from ..core import State
from .applicability import is_long
from .applicability import needs_date
from .applicability import state_of
from .applicability import why_not
from .play import await_date
from .play import excuse
from .play import has_date
from .play import play
from .play import read_until
from .play import unanswered
from .table import Vector
from .verdicts import Result
from .verdicts import Verdict
from .verdicts import is_same
from .wire import Client
from .wire import Exchange

Read = Callable[[bytes], str]
Write = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Body:
    """Where the text is that a trial overwrites.

    :param read: gets the text out of a representation.
    :param write: makes the body of a write out of the text.
    """

    read: Read
    write: Write


class Trial:
    """One run of the table at one resource.

    :param text: what the resource holds now; every write puts a longer one there.
    :param allowed: the methods to play.
    :param required: whether a write without a condition is to be 428.
    :param absent: gives a target where nothing is, another one each time.
    :param new: makes another resource and gives its target.
    :param reasons: why a method is not played, where the resource is not the reason.
    """

    def __init__(
        self,
        client: Client,
        target: str,
        body: Body,
        text: str,
        allowed: Collection[str],
        required: bool,
        absent: Callable[[], str] | None,
        new: Callable[[], str] | None,
        reasons: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.client = client
        self.target = target
        self.body = body
        self.allowed = set(allowed)
        self.required = required
        self.absent = absent
        self.new = new
        self.reasons = reasons
        self.text = text
        self.current: State = ABSENT
        self.writes = 0

    def play_all(self, vectors: list[Vector]) -> Iterator[Result]:
        """Play what applies: first what changes nothing, so that few dates are waited for."""
        adapted = [self._adapt(vector) for vector in vectors]
        adapted.sort(key=lambda v: (not v.expect.unchanged, needs_date(v)))
        self.current = self._find_state()
        # Where the method itself is refused, no precondition is looked at (§13.2.1).
        self.allowed |= {name for name in ("OPTIONS", "TRACE") if self._answers(name)}
        reasons = {vector.id: self._why_not(vector) for vector in adapted}
        targets = {
            vector.id: self.new()
            for vector in adapted
            if self.new and not reasons[vector.id] and self._uses_up(vector)
        }
        for vector in adapted:
            if reason := reasons[vector.id]:
                yield Result(vector, Verdict.SKIP, reason)
            elif vector.state == "absent" and self.absent:
                yield self._play(vector, self.absent())
            else:
                yield self._play(vector, targets.get(vector.id, self.target))

    def _find_state(self) -> State:
        """Read the validators; the date may not be shown in its first second."""
        first = self.client.send("GET", self.target)
        return state_of(await_date(self.client, self.target, first))

    def _answers(self, method: str) -> bool:
        return 200 <= self.client.send(method, self.target).response.status < 300

    def _adapt(self, vector: Vector) -> Vector:
        """Send a PUT as PATCH where the resource answers only that: the rules are the same."""
        takes_patch = "PUT" not in self.allowed and "PATCH" in self.allowed
        if vector.method != "PUT" or vector.state == "absent" or not takes_patch:
            return vector
        if "ETag" in vector.expect.lacks:  # §9.3.4 is about PUT alone
            return vector
        return replace(vector, method="PATCH")

    def _uses_up(self, vector: Vector) -> bool:
        if vector.state == "absent" or vector.expect.unchanged:
            return False
        return vector.method == "DELETE" or needs_date(vector)

    def _why_not(self, vector: Vector) -> str | None:
        if vector.etag is not None:
            return "the resource chooses its own tags"
        if vector.state == "absent" and self.absent is None:
            return "absent= gives the path of nothing"
        if vector.method not in self.allowed:
            given = self.reasons.get(vector.method)
            return given or f"the resource does not answer {vector.method}"
        if vector.method == "DELETE" and self._uses_up(vector) and self.new is None:
            return "new= makes a resource to delete"
        return why_not(vector, self._state_for(vector), required=self.required)

    def _state_for(self, vector: Vector) -> State:
        declared = vector.current
        if declared is ABSENT or self.current is ABSENT:
            return declared
        return replace(self.current, strong_date=declared.strong_date)

    def _play(self, vector: Vector, target: str) -> Result:
        body = b""
        if vector.method in ("PUT", "PATCH", "POST", "QUERY"):
            self.writes += 1
            body = self.body.write(f"{self.text} {self.writes}")

        def look() -> Exchange:
            return self.client.send("GET", target)

        before = look()
        if needs_date(vector):
            before = read_until(self.client, target, before, has_date)
        try:
            result = play(
                vector,
                before,
                lambda fields: self.client.send(vector.method, target, fields, body),
                look,
                lambda before, sent, after: not is_same(before, after),
            )
        except OSError as error:
            if is_long(vector):
                return unanswered(vector, error)
            raise
        if result.verdict is not Verdict.FAIL or result.exchange is None:
            return result
        reason = excuse(result, required=self.required)
        status = result.exchange.response.status
        if vector.state == "absent" and vector.method == "PUT" and status == 404:
            reason = reason or "PUT does not create here"
        return Result(vector, Verdict.SKIP, reason, result.exchange) if reason else result
