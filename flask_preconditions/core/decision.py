"""What an evaluation decided, and every step that led there."""

from dataclasses import dataclass
from enum import Enum
from enum import StrEnum

from .clauses import Clause
from .conditions import Field
from .conditions import Malformed


class Outcome(StrEnum):
    """What becomes of the request."""

    PERFORM = "perform"
    """Go on as if no precondition had been sent."""
    NOT_MODIFIED = "not-modified"
    FAILED = "failed"
    MALFORMED = "malformed"
    """A condition cannot be read, so the method is not performed."""
    REQUIRED = "required"
    """The policy asks for a condition and none was sent (RFC 6585 §3)."""

    @property
    def status(self) -> int | None:
        """The status code that answers the request; ``None`` for :attr:`PERFORM`."""
        return _STATUS.get(self)


_STATUS = {
    Outcome.NOT_MODIFIED: 304,
    Outcome.FAILED: 412,
    Outcome.MALFORMED: 400,
    Outcome.REQUIRED: 428,
}


class Reason(StrEnum):
    """Why a condition is false."""

    CHANGED = "changed"
    """The resource is no longer in the state that the client named."""
    EXISTS = "exists"
    """The client asked for a state that the resource is in, such as to exist."""
    ABSENT = "absent"
    """The client asked for a resource that does not exist."""
    WEAK = "weak"
    """The strong comparison never matches a weak tag (RFC 9110 §8.8.3.2)."""
    MALFORMED = "malformed"
    LOST_RACE = "lost-race"
    """The condition was true, and another write came between the check and this one."""


class Truth(Enum):
    """The three values of a condition; ignored is not the same as true."""

    IGNORED = None
    TRUE = True
    FALSE = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one condition.

    :param truth: its value.
    :param note: why, in a few words for the trace.
    :param reason: why it is false; ``None`` otherwise.
    """

    truth: Truth
    note: str
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an evaluation.

    :param number: the step's number in RFC 9110 §13.2.2; 0 for what comes before.
    :param clause: the clause that rules the step.
    :param verdict: its result.
    :param field: the field it looked at, if any.
    """

    number: int
    clause: Clause
    verdict: Verdict
    field: Field | None = None

    def __str__(self) -> str:
        what = f"{self.field}: " if self.field else ""
        return f"{self.number}. {what}{self.verdict.note} ({self.clause})"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one evaluation.

    :param outcome: what becomes of the request.
    :param trace: the steps taken, in order.
    :param decided_by: the field that settled it: the one that was false or
        malformed or, on :attr:`Outcome.PERFORM`, the first that was true.
    :param reason: why that field is false.
    :param malformed: the field that could not be read, on :attr:`Outcome.MALFORMED`.
    :param honours_range: whether a ``Range`` field of the request applies (§13.1.5).
    """

    outcome: Outcome
    trace: tuple[Step, ...]
    decided_by: Field | None = None
    reason: Reason | None = None
    malformed: Malformed | None = None
    honours_range: bool = True

    @property
    def status(self) -> int | None:
        """The status code that answers the request; ``None`` to go on."""
        return self.outcome.status

    def explain(self) -> str:
        """Tell the decision and its steps, one a line, each with its clause."""
        status = f" ({self.status})" if self.status else ""
        cause = f", {self.reason}" if self.reason else ""
        by = f" by {self.decided_by}{cause}" if self.decided_by else ""
        return "\n".join([f"{self.outcome}{status}{by}", *(f"  {step}" for step in self.trace)])
