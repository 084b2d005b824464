"""What an evaluation decided, and every step that led there."""

from enum import Enum
from enum import StrEnum
from typing import Protocol
from typing import Self

from .clauses import Clause
from .conditions import Field
from .conditions import Malformed
from .entity_tags import EntityTag
from .values import value


class Outcome(StrEnum):
    """What becomes of the request."""

    status: int | None
    """The status code that answers the request; ``None`` for :attr:`PERFORM`."""

    def __new__(cls, name: str, status: int | None = None) -> Self:
        """Make a member with its status code."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.status = status
        return member

    PERFORM = "perform"
    """Go on as if no precondition had been sent."""
    NOT_MODIFIED = "not-modified", 304
    FAILED = "failed", 412
    MALFORMED = "malformed", 400
    """A condition cannot be read, so the method is not performed."""
    REQUIRED = "required", 428
    """The policy asks for a condition and none was sent (RFC 6585 §3)."""


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


@value
class Evaluation:
    """The result of one condition.

    :param truth: its value.
    :param note: why, in a few words for the trace.
    :param reason: why it is false; ``None`` otherwise.
    :param names_tag: whether the note goes on about the current tag, which it leaves out:
        it is the same for every request, and only a trace wants the tag.
    """

    truth: Truth
    note: str
    reason: Reason | None = None
    names_tag: bool = False

    def about(self, tag: EntityTag | None) -> "Evaluation":
        """Name the tag in the note."""
        if not self.names_tag:
            return self
        return Evaluation(self.truth, f"the current tag {tag} {self.note}", self.reason)


@value
class Step:
    """One step of an evaluation.

    :param number: the step's number in RFC 9110 §13.2.2; 0 for what comes before.
    :param clause: the clause that rules the step.
    :param evaluation: its result.
    :param field: the field it looked at, if any.
    """

    number: int
    clause: Clause
    evaluation: Evaluation
    field: Field | None = None

    def __str__(self) -> str:
        what = f"{self.field}: " if self.field else ""
        return f"{self.number}. {what}{self.evaluation.note} ({self.clause})"


class Place(Protocol):
    """Where in the order of evaluation a evaluation fell."""

    @property
    def number(self) -> int:
        """The step's number, as in :class:`Step`."""

    @property
    def clause(self) -> Clause:
        """The clause that rules the step."""

    @property
    def field(self) -> Field | None:
        """The field it looks at, if any."""


@value
class Gate:
    """A step that looks at no field by itself; the shape of :class:`Place`."""

    number: int
    clause: Clause
    field: Field | None = None


@value
class Decision:
    """The answer to one evaluation.

    :param outcome: what becomes of the request.
    :param found: the evaluations in their order, each with its place.
    :param decided_by: the field that settled it: the one that was false or
        malformed or, on :attr:`Outcome.PERFORM`, the first that was true.
    :param reason: why that field is false.
    :param malformed: the field that could not be read, on :attr:`Outcome.MALFORMED`.
    :param honours_range: whether a ``Range`` field of the request applies (§13.1.5).
    :param tag: the tag that was compared with.
    """

    outcome: Outcome
    found: tuple[tuple[Place, Evaluation], ...]
    decided_by: Field | None = None
    reason: Reason | None = None
    malformed: Malformed | None = None
    honours_range: bool = True
    tag: EntityTag | None = None

    @property
    def status(self) -> int | None:
        """The status code that answers the request; ``None`` to go on."""
        return self.outcome.status

    @property
    def trace(self) -> tuple[Step, ...]:
        """The steps taken, in order."""
        return tuple(
            Step(place.number, place.clause, evaluation.about(self.tag), place.field)
            for place, evaluation in self.found
        )

    def summary(self) -> str:
        """Tell the decision in a few words, without its steps."""
        status = f" ({self.status})" if self.status else ""
        cause = f", {self.reason}" if self.reason else ""
        by = f" by {self.decided_by}{cause}" if self.decided_by else ""
        return f"{self.outcome}{status}{by}"

    def explain(self) -> str:
        """Tell the decision and its steps, one a line, each with its clause."""
        return "\n".join([self.summary(), *(f"  {step}" for step in self.trace)])
