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
from .core import EntityTag
from .core import Outcome
from .core import Reason
from .core import State
from .core import Step
from .core import Truth
from .core import Validators
from .core import Verdict
from .exceptions import SetupError
from .responses import refuse
from .signals import announce

T = TypeVar("T")
Row = TypeVar("Row")
Written = TypeVar("Written")

_UNKNOWN: Any = object()


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

    @overload
    def confirm(self, rows: int = ..., *, written: Written | None) -> Written: ...

    def confirm(self, rows: Any = _UNKNOWN, *, written: Any = _UNKNOWN) -> Any:
        """Tell what the compare-and-swap changed.

        The write must name the state that was compared, as in
        ``UPDATE … WHERE id = ? AND rev = ?``. No row changed means that another write
        came first: the answer is 412, as if this request had come a moment later.

        Rows are the best evidence (``UPDATE … RETURNING *`` and ``cursor.fetchall()``): they
        are the write's own, and they tell the new tag. To read it back afterwards could hand
        out the tag of somebody else's write.

        A count is as good as its driver. ``sqlite3`` reads ``rowcount`` off the connection, so
        it is right only where no other thread uses that connection: open one for each request.
        MySQL and MariaDB count the rows that became different, so the write must move the
        revision, or the connection ask for ``CLIENT.FOUND_ROWS``.

        :param rows: the rows that the write returned; or its count, such as
            ``cursor.rowcount``; or whether it took place, such as the answer of a script.
        :param written: what is stored now, where the store gives it back: a target like the
            loader's, or an :class:`.EntityTag`. ``None`` means that nothing was written, as
            from ``cursor.fetchone()``.
        :return: the first row or ``written``, where one was given.
        :raises PreconditionFailed: when nothing was written.
        :raises SetupError: when ``rows`` tells neither, as from a driver that cannot count.
        """
        if rows is _UNKNOWN and written is not _UNKNOWN:
            rows = written is not None
        if not isinstance(rows, int | Sequence) or isinstance(rows, str | bytes):
            given = "" if rows is _UNKNOWN else repr(rows)
            raise SetupError(
                f"confirm({given}) tells neither a lost race nor a write. Give the rows of "
                "RETURNING, confirm(cursor.fetchall()), a count or a bool; of one row or None, "
                "confirm(written=cursor.fetchone())."
            )
        count = rows if isinstance(rows, int) else len(rows)
        if count < 0:
            raise SetupError(
                f"confirm({count}) cannot tell a lost race from a write: this driver does not "
                "count rows. Add RETURNING to the statement and confirm(cursor.fetchall())."
            )
        if count == 0 or written is None:
            self.fail()
        self.is_confirmed = True
        if written is _UNKNOWN and not isinstance(rows, int):
            written = rows[0]
        if written is _UNKNOWN:
            return None
        is_tag = isinstance(written, EntityTag)
        self.written = Validators(written) if is_tag else self.read(written)
        return written

    @contextmanager
    def lost(
        self, *exceptions: type[Exception], when: Callable[[Any], bool] | None = None
    ) -> Iterator[None]:
        """Answer 412 when one of these exceptions says that another write came first.

        :param when: tells of an exception whether it does, where a class stands for other
            errors too: ``lost(ClientError, when=lambda e: e.response[…] == "412")``. The
            others go on as they are.
        :raises PreconditionFailed: in place of any of ``exceptions``.
        """
        try:
            yield
        except exceptions as error:
            if when is not None and not when(error):
                raise
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
