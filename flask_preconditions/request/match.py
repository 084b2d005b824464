"""What a view sees of its request: the target, and how its write is one step with the check."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any
from typing import Generic
from typing import NoReturn
from typing import TypeVar
from typing import overload

from ..core import Decision
from ..core import EntityTag
from ..core import State
from ..core import Validators
from ..exceptions import SetupError

T = TypeVar("T")
Row = TypeVar("Row")
Written = TypeVar("Written")

_UNKNOWN: Any = object()

CONFIRMS = (
    "precondition.confirm(cursor.fetchall())  # of UPDATE … WHERE id = ? AND rev = ? RETURNING *"
)
"""The line that makes a write of a loader's target one step with its check."""


class Match(Generic[T]):
    """A request whose conditions hold, up to its write.

    :param target: what the loader gave; ``None`` when the target does not exist.
    :param validators: the state that was compared.
    :param decision: the decision with its trace.
    """

    __slots__ = ("decision", "is_confirmed", "target", "validators", "written")

    target: T | None
    validators: State
    decision: Decision
    is_confirmed: bool
    written: State | None

    def read(self, target: Any) -> State:
        """Read the state off a target or a written row."""
        raise NotImplementedError

    def see_that_the_tag_moved(self, written: object) -> None:
        """Refuse a written row whose tag is the compared one, though it tells something else."""
        raise NotImplementedError

    @overload
    def confirm(self, rows: int) -> None: ...

    @overload
    def confirm(self, rows: Sequence[Row]) -> Row: ...

    @overload
    def confirm(self, rows: int = ..., *, written: Written | None) -> Written: ...

    def confirm(self, rows: Any = _UNKNOWN, *, written: Any = _UNKNOWN) -> Any:
        """Tell what the compare-and-swap changed.

        The write must name the state that was compared and move it on, as in
        ``UPDATE … SET rev = rev + 1 WHERE id = ? AND rev = ?``. No row changed means that another
        write came first: the answer is 412, as if this request had come a moment later.

        Rows are the best evidence (``UPDATE … RETURNING *`` and ``cursor.fetchall()``): they
        are the write's own, and they tell the new tag, and that it has moved. To read it back
        afterwards could hand out the tag of somebody else's write.

        A count is as good as its driver. ``sqlite3`` reads ``rowcount`` off the connection, so
        it is right only where no other thread uses that connection: open one for each request.
        MySQL and MariaDB count the rows that became different, so the write must move the
        revision, or the connection ask for ``CLIENT.FOUND_ROWS``.

        It tells nothing of a commit. Without autocommit, commit behind it: what was confirmed and
        never committed is gone, though the answer is a success. :func:`.cas` and
        :func:`.locked` commit by themselves, before the success is sent.

        :param rows: the rows that the write returned; or its count, such as
            ``cursor.rowcount``; or whether it took place, such as the answer of a script.
        :param written: what is stored now, where the store gives it back: a target like the
            loader's, or an :class:`.EntityTag`. ``None`` means that nothing was written, as
            from ``cursor.fetchone()``.
        :return: the first row or ``written``, where one was given.
        :raises PreconditionFailed: when nothing was written. The SQLAlchemy session that is known
            is rolled back then.
        :raises SetupError: when ``rows`` tells neither, as from a driver that cannot count, or a
            row that has changed still has the compared tag.
        """
        if isinstance(rows, int):
            count = rows
        elif rows is _UNKNOWN and written is not _UNKNOWN:
            count = 1
        elif _is_rows(rows):
            count = len(rows)
            if count and written is _UNKNOWN:
                written = rows[0]
        else:
            given = "" if rows is _UNKNOWN else repr(rows)
            raise SetupError(
                f"confirm({given}) tells neither a lost race nor a write. Give the rows of "
                "RETURNING, confirm(cursor.fetchall()), a count or a bool; of one row or None, "
                "confirm(written=cursor.fetchone())."
            )
        if count < 0:
            raise SetupError(
                f"confirm({count}) cannot tell a lost race from a write: this driver does not "
                "count rows. Add RETURNING to the statement and confirm(cursor.fetchall())."
            )
        if not count or written is None:
            self.fail()
        self.is_confirmed = True
        if written is _UNKNOWN:
            return None
        if isinstance(written, EntityTag):
            self.written = Validators(written)
            return written
        self.written = self.read(written)
        self.see_that_the_tag_moved(written)
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

    @contextmanager
    def unknown(
        self, *exceptions: type[Exception], when: Callable[[Any], bool] | None = None
    ) -> Iterator[None]:
        """Answer 503 when one of these exceptions leaves open whether the write is stored.

        That of a connection that breaks after the write was sent. The problem tells the client
        to read before it sends the write again; :func:`.cas` and :func:`.locked` do so by
        themselves.

        :param when: tells of an exception whether it does, as for :meth:`lost`.
        :raises OutcomeUnknown: in place of any of ``exceptions``.
        """
        try:
            yield
        except exceptions as error:
            if when is not None and not when(error):
                raise
            self.leave_open(error)

    def leave_open(self, cause: BaseException) -> NoReturn:
        """Answer 503 because nobody knows whether the write is stored.

        :raises OutcomeUnknown: always.
        """
        raise NotImplementedError

    def fail(self, cause: Exception | None = None) -> NoReturn:
        """Answer 412 because another write came first.

        The target is loaded again, so that the answer tells its current tag.

        :raises PreconditionFailed: always.
        """
        raise NotImplementedError


def _is_rows(rows: object) -> bool:
    """Tell rows from a single one, which drivers make a sequence of its columns."""
    is_row = hasattr(rows, "keys") or hasattr(rows, "_fields")
    return isinstance(rows, Sequence) and not isinstance(rows, str | bytes) and not is_row
