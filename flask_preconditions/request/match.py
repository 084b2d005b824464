"""What a view sees of its request: the target, and how its write is one step with the check."""

from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any
from typing import Generic
from typing import NoReturn
from typing import TypeVar
from typing import overload

from ..core import Decision
from ..core import State
from ..exceptions import SetupError

T = TypeVar("T")
Row = TypeVar("Row")


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

    @overload
    def confirm(self, rows: int) -> None: ...

    @overload
    def confirm(self, rows: Sequence[Row]) -> Row: ...

    def confirm(self, rows: int | Sequence[Row]) -> Row | None:
        """Tell what the compare-and-swap changed.

        The write must name the state that was compared, as in
        ``UPDATE … WHERE id = ? AND rev = ?``. No row changed means that another write
        came first: the answer is 412, as if this request had come a moment later.

        :param rows: the count of the write itself, such as ``cursor.rowcount``, whether it
            changed something, or the rows it returned (``RETURNING *``). Rows tell the new
            tag too; to read it back afterwards could hand out the tag of somebody else's
            write.
        :return: the first row, where rows were given.
        :raises PreconditionFailed: when no row changed.
        :raises SetupError: when the count is negative, as from a driver that cannot count.
        """
        if isinstance(rows, int):
            if rows < 0:
                raise SetupError(
                    f"confirm({rows}) cannot tell a lost race from a write: this driver does "
                    "not count rows. Add RETURNING to the statement and "
                    "confirm(cursor.fetchall())."
                )
            if not rows:
                self.fail()
            self.is_confirmed = True
            return None
        if not len(rows):
            self.fail()
        self.is_confirmed = True
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

    def fail(self, cause: Exception | None = None) -> NoReturn:
        """Answer 412 because another write came first.

        The target is loaded again, so that the answer tells its current tag.

        :raises PreconditionFailed: always.
        """
        raise NotImplementedError
