"""What comes in between the requests of a check, and is none of their doing."""

import time
from collections.abc import Hashable

from ..conformance.applicability import state_of
from ..conformance.table import Vector
from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..conformance.wire import Exchange
from ..core import ABSENT
from ..core import SAFE_METHODS
from ..core import Field
from ..core import Outcome
from .client import CheckClient
from .comparison import CLOCK_SECONDS
from .comparison import GONE
from .comparison import Comparison
from .comparison import opaque_of
from .copies import PROOF
from .copies import WHY
from .copies import Copies
from .original import show
from .unusable import Unplayable
from .writes import Writer
from .writes import is_success

LOOKS_TWICE = 2
"""How often that is waited for; a resource that is steady then is steady."""

SHOWN = 2_000
"""How many characters are told of what somebody else has written."""

LATE_WRITES = 3
"""How many writes that were refused and came all the same are proof enough."""

STORED_LATER = "what it sent was stored all the same, some time after the answer"


LATE_READ = "GET shows what was there before a write that it has shown, or acknowledged"
OTHER_TAG = "the answer tells another tag than the GET before it"
STORED_BETWEEN = "a write that was refused before was stored in between"


class Disturbances:
    """Tells what a request did from what came in between.

    ``late`` are the vectors whose write was refused and stored after its answer, ``others``
    counts what somebody else has done, ``is_taken_away`` tells whether the last vector has left
    nothing, and ``why_disturbed`` why its answer tells nothing of it.
    ``held`` is what somebody else has written last.
    """

    def __init__(self, client: CheckClient, comparison: Comparison, writer: Writer | None) -> None:
        self.client = client
        self.comparison = comparison
        self.writer = writer
        self.late: dict[str, Result] = {}
        self.others = 0
        self.is_taken_away = False
        self.why_disturbed = ""
        self.copies = Copies(writer.bodies) if writer else None
        self.held = b""
        self._refused: dict[Hashable, tuple[Vector, Exchange, float]] = {}
        self._looked_twice = 0
        self._is_own = False
        self._is_of_tag = False
        self._after = b""

    def begin(self) -> None:
        """Forget the last vector."""
        self.is_taken_away = self._is_own = self._is_of_tag = False
        self.why_disturbed = ""
        if len(self.late) >= LATE_WRITES:
            raise Unplayable("the server stores later what it has refused")
        if self.are_copies:
            raise Unplayable(WHY)

    @property
    def are_copies(self) -> bool:
        """Tell whether GET shows a copy that lags behind."""
        return self.copies is not None and self.copies.lags >= PROOF

    def look(self, before: Exchange) -> None:
        """Look at what is there before a request, or after it."""
        if self.copies and self.copies.see(before):
            self.why_disturbed = LATE_READ

    def see(self, vector: Vector, before: Exchange, sent: Exchange, after: Exchange) -> bool:
        """Look at what a request did; tell whether the change is its own beyond doubt."""
        self._see_tag(vector, before, sent, after)
        self._after = after.response.body
        is_there, was_there = (seen.response.status not in GONE for seen in (after, before))
        self.is_taken_away = was_there and not is_there and vector.method != "DELETE"
        if self.writer is None or self.copies is None:
            return False
        if sent.target == self.writer.target:
            self.writer.see(after)
            self.copies.sent(sent, after)
            self.look(after)
            self._see_late_write(sent, after)
            mark = self.writer.bodies.mark(sent.body)
            if mark is not None and 400 <= sent.response.status < 500:
                self._refused[mark] = (vector, sent, time.monotonic())
        bodies = self.writer.bodies
        self._is_own = bool(sent.body) and (
            bodies.is_there(sent.body, after) and not bodies.is_there(sent.body, before)
        )
        return self._is_own

    def _see_tag(self, vector: Vector, before: Exchange, sent: Exchange, after: Exchange) -> None:
        """See that an answer is about what GET has told, and that there is one tag at a time."""
        is_one = opaque_of(before) == opaque_of(after)
        is_same = self.comparison.is_same_content(before, after)
        if vector.method in SAFE_METHODS and is_same and not is_one:
            self.comparison.learn(before, after)
        if vector.method in ("GET", "HEAD") and sent.response.status in (200, 206):
            told = sent.response.get("ETag")
            self._is_of_tag = told is not None and opaque_of(before) == opaque_of(sent)
            if told is not None and not self._is_of_tag:
                self.why_disturbed = OTHER_TAG

    def _see_late_write(self, sent: Exchange, after: Exchange) -> None:
        assert self.writer is not None
        mark = self.writer.bodies.mark_of(after)
        if mark not in self._refused or mark == self.writer.bodies.mark(sent.body):
            return
        vector, refused, began = self._refused.pop(mark)
        self.late[vector.id] = Result(vector, Verdict.FAIL, STORED_LATER, refused, True)
        self.writer.lag = max(self.writer.lag, time.monotonic() - began)
        self.why_disturbed = STORED_BETWEEN

    def is_certain(self, vector: Vector, result: Result) -> bool:
        """Tell whether nothing but the request explains what is wrong with its answer."""
        if self.why_disturbed or result.exchange is None:
            return False
        stops = vector.expect.outcome is not Outcome.PERFORM
        if not is_success(result.exchange):
            return self._is_own and vector.expect.unchanged
        if not stops or (relies_on_tag(vector) and not self._is_of_tag):
            return False
        return self._is_own if result.exchange.body else not result.is_changed

    def has_others(self, vector: Vector, result: Result) -> bool:
        """Tell whether the last vector was changed or taken away by what it did not send."""
        is_changed = bool(result.is_changed and vector.expect.unchanged and not self._is_own)
        if is_changed and not self.is_taken_away:
            self.held = self._after
        return (is_changed or self.is_taken_away) and not self.why_disturbed

    def differs_by_itself(self, sent: Exchange, before: Exchange, after: Exchange) -> bool:
        """Look twice where a request seems to have changed what it must not."""
        if state_of(after) is ABSENT or state_of(before) is ABSENT:
            return False
        if self.writer and self.writer.is_late(after):
            return True
        changed = self.writer.bodies.changed if self.writer else ()
        self.comparison.learn_stamps(before, after, sent.body, changed)
        if self.comparison.is_same(before, after):
            return True
        if self._is_of_somebody(before, after):
            return False
        if _is_weakly_same(before, after):  # the server says so itself
            self.comparison.learn(before, after)
            return self.comparison.is_same(before, after)
        if self._looked_twice >= LOOKS_TWICE:
            return False
        self._looked_twice += 1
        time.sleep(CLOCK_SECONDS)  # a member that shows seconds differs only after one
        later = self.client.send("GET", sent.target)
        if self.comparison.is_same(after, later) or self._is_of_somebody(after, later):
            return False
        self.comparison.learn(after, later)
        return self.comparison.is_same(before, after)

    def _is_of_somebody(self, one: Exchange, other: Exchange) -> bool:
        """Tell whether the member differs that writes change: it does not so by itself."""
        if self.writer is None:
            return False
        return self.writer.bodies.mark_of(one) != self.writer.bodies.mark_of(other)

    def notes(self) -> list[str]:
        """Say what came in between."""
        if not self.others or self.late:  # what came late is no doing of others
            return []
        held = f"; it is put back now, and held: {show(self.held)[:SHOWN]}" if self.held else ""
        times = "once" if self.others == 1 else f"{self.others} times"
        return [
            f"somebody else changed the resource during the check ({times} that were seen); what "
            f"they came between was played again{held}"
        ]


def _is_weakly_same(one: Exchange, other: Exchange) -> bool:
    """Tell whether two GETs told one weak tag: their contents are equivalent (RFC 9110 §8.8.1)."""
    tags = {seen.response.get("ETag") or "" for seen in (one, other)}
    return len(tags) == 1 and tags.pop().startswith("W/")


def relies_on_tag(vector: Vector) -> bool:
    """Tell whether an answer may be right where the tag is another one by now."""
    is_stopped = vector.expect.outcome in (Outcome.FAILED, Outcome.MALFORMED)
    is_false_anyway = is_stopped and vector.expect.decided_by is Field.IF_MATCH
    return vector.mentions("{etag") and not is_false_anyway
