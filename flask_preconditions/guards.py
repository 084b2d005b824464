"""How the check and the write become one step."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import replace
from typing import Any
from typing import Generic
from typing import NoReturn
from typing import TypeVar
from typing import overload

from flask import Response

from .config import Policy
from .core import ABSENT
from .core import CLAUSES
from .core import Decision
from .core import Outcome
from .core import Reason
from .core import State
from .core import Step
from .core import Truth
from .core import Verdict
from .exceptions import SetupError
from .responses import refuse
from .signals import announce

T = TypeVar("T")
Row = TypeVar("Row")


@dataclass(slots=True)
class Match(Generic[T]):
    """A request whose conditions hold, up to its write.

    :param target: what the loader gave; ``None`` when the target does not exist.
    :param validators: the state that was compared.
    :param decision: the decision with its trace.
    :param policy: the policy of the view.
    :param noun: what the resource is called in sentences to the client.
    :param read: reads the state off a target or a written row.
    :param compare: decides the request again, for another state.
    :param find: loads the target again; ``None`` when there is no way to.
    :param written: the state that the view wrote, once it is known.
    :param response: the view's response, from the moment it has returned.
    :param is_confirmed: whether the view made its write one step with the check.
    """

    target: T | None
    validators: State
    decision: Decision
    policy: Policy
    noun: str
    read: Callable[[Any], State]
    compare: Callable[[State], Decision]
    find: Callable[[], T | None] | None = None
    written: State | None = None
    response: Response | None = None
    is_confirmed: bool = False

    @overload
    def confirm(self, rows: int) -> None: ...

    @overload
    def confirm(self, rows: Sequence[Row]) -> Row: ...

    def confirm(self, rows: int | Sequence[Row]) -> Row | None:
        """Tell what the compare-and-swap changed.

        The write must name the state that was compared, as in
        ``UPDATE … WHERE id = ? AND rev = ?``. No row changed means that another write
        came first: the answer is 412, as if this request had come a moment later.

        :param rows: the count of the write itself, such as ``cursor.rowcount``, or the
            rows it returned (``RETURNING *``). Rows tell the new tag too; to read it
            back afterwards could hand out the tag of somebody else's write.
        :return: the first row, where rows were given.
        :raises PreconditionFailed: when no row changed.
        :raises SetupError: when the count is negative, as from a driver that cannot count.
        """
        count = rows if isinstance(rows, int) else len(rows)
        if count < 0:
            raise SetupError(
                f"confirm({count}) cannot tell a lost race from a write: this driver does not "
                "count rows. Add RETURNING to the statement and confirm(cursor.fetchall())."
            )
        if count == 0:
            self.fail()
        self.is_confirmed = True
        if isinstance(rows, int):
            return None
        self.written = self.read(rows[0])
        return rows[0]

    @contextmanager
    def lost(self, *exceptions: type[Exception]) -> Iterator[None]:
        """Answer 412 when one of these exceptions says that another write came first.

        :raises PreconditionFailed: in place of any of ``exceptions``.
        """
        try:
            yield
        except exceptions as error:
            self.fail(error)
        self.is_confirmed = True

    def recheck(self) -> None:
        """Load and compare once more, for a guard that has just taken a lock.

        :raises PreconditionFailed: when the conditions no longer hold.
        """
        assert self.find is not None
        was_absent = self.validators is ABSENT
        self.target = self.find()
        self.validators = self.read(self.target)
        # Where the target is gone, If-Match is not evaluated at all: that is a 404 elsewhere.
        has_changed = (self.validators is ABSENT) is not was_absent
        if has_changed or self.compare(self.validators).outcome is not Outcome.PERFORM:
            self.fail()

    def fail(self, cause: Exception | None = None) -> NoReturn:
        """Answer 412 because another write came first.

        The current tag is not known here; ``@require_match`` loads it for the response.

        :raises PreconditionFailed: always.
        """
        note = "true when it was checked, but another write came first"
        verdict = Verdict(Truth.FALSE, note, Reason.LOST_RACE)
        decision = replace(
            self.decision,
            outcome=Outcome.FAILED,
            reason=Reason.LOST_RACE,
            trace=(*self.decision.trace, Step(6, CLAUSES["9110 13.2.2"], verdict)),
        )
        announce(decision, self.policy.log_level)
        raise refuse(decision, None, self.policy, noun=self.noun, creates=False) from cause
