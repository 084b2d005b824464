"""How far each transaction has come, also where it goes back to a savepoint."""

from collections.abc import Callable
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Generic
from typing import TypeVar
from weakref import WeakKeyDictionary

from ..exceptions import SetupError
from .statements import Kind
from .statements import Statement

M = TypeVar("M")


@dataclass(slots=True)
class _Course(Generic[M]):
    mark: M
    savepoints: list[tuple[str, M]] = field(default_factory=list)

    def place(self, name: str) -> int | None:
        """Find the latest savepoint of a name, which hides those before it."""
        for place in reversed(range(len(self.savepoints))):
            if self.savepoints[place][0] == name:
                return place
        return None


class Marks(Generic[M]):
    """A mark for each transaction of a write.

    :param begin: gives the mark of a transaction that has done nothing yet.
    """

    def __init__(self, begin: Callable[[], M]) -> None:
        self._begin = begin
        self._courses: WeakKeyDictionary[Any, _Course[M]] = WeakKeyDictionary()

    def __iter__(self) -> Iterator[M]:
        return iter([course.mark for course in self._courses.values()])

    def items(self) -> list[tuple[Any, M]]:
        """Give the transactions that have marks, with them."""
        return [(transaction, course.mark) for transaction, course in self._courses.items()]

    def get(self, transaction: Any) -> M | None:
        """Give the mark of a transaction; ``None`` where it has none."""
        course = self._courses.get(transaction) if transaction is not None else None
        return None if course is None else course.mark

    def of(self, transaction: Any) -> M:
        """Give the mark of a transaction, which has one from now on.

        :raises SetupError: when there is none, because it was ended below its session.
        """
        if transaction is None:
            raise SetupError(
                "the view has ended the transaction of a connection below its session, so nothing "
                "that was written there is stored; call session.rollback() instead"
            )
        course = self._courses.get(transaction)
        if course is None:
            course = self._courses[transaction] = _Course(self._begin())
        return course.mark

    def forget(self, transaction: Any) -> None:
        """Forget a transaction that was rolled back."""
        if transaction is not None:
            self._courses.pop(transaction, None)

    def follow(self, transaction: Any, statement: Statement) -> tuple[M, M] | None:
        """Follow a statement about a savepoint.

        :return: the mark before and after a rollback; ``None`` after anything else.
        """
        self.of(transaction)
        course = self._courses[transaction]
        place = course.place(statement.savepoint)
        if statement.kind is Kind.SAVEPOINT:
            course.savepoints.append((statement.savepoint, copy(course.mark)))
        elif statement.kind is Kind.RELEASE and place is not None:
            del course.savepoints[place:]
        elif statement.kind is Kind.ROLLBACK_TO:
            left = course.mark
            if place is None:  # it is older than the claim
                course.savepoints.clear()
                course.mark = self._begin()
            else:
                del course.savepoints[place + 1 :]
                course.mark = copy(course.savepoints[place][1])
            return left, course.mark
        return None
