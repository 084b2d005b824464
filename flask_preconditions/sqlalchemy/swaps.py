"""The compare-and-swap of one row, in each transaction that writes it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from ..exceptions import SetupError
from .versions import Key
from .versions import Version


class MissedVersion(StaleDataError):
    """The row has another version than the one that was compared, or is gone."""


@dataclass(slots=True)
class Mark:
    """How far one transaction has come.

    :param key: the primary key of the row.
    :param compared: the version that the row must have had when it was written first.
    :param version: the version that it has now, as far as is known.
    :param is_held: whether the row was compared and is locked since.
    :param has_moved: whether the version has been moved on.
    :param is_due: whether something was written that is not answered for yet.
    :param is_unsure: whether SQL since then may have changed the version.
    :param is_gone: whether the row was deleted.
    :param is_assigned: whether the view has assigned what the row has already.
    :param may_lock: whether it has locks, which not all databases give up with a savepoint.
    """

    key: Key
    compared: Any
    version: Any
    is_held: bool = False
    has_moved: bool = False
    is_due: bool = False
    is_unsure: bool = False
    is_gone: bool = False
    is_assigned: bool = False
    may_lock: bool = False

    def go_on_from(self, other: "Mark") -> None:
        """Start from the version that another transaction of the view has left."""
        if not (self.is_held or self.has_moved or self.is_gone):
            self.key, self.compared, self.version = other.key, other.version, other.version
            self.is_gone = other.is_gone


@dataclass(frozen=True, slots=True)
class Swap:
    """Compares a row and moves its version, on the connection of the transaction that writes.

    :param noun: what the row is called in sentences.
    """

    version: Version
    noun: str

    def hold(
        self, connection: sa.Connection, mark: Mark, others: Iterable[tuple[Any, Mark]]
    ) -> None:
        """Compare the row and lock it, once in a transaction.

        :param others: the transactions of the view, with their marks.
        :raises MissedVersion: when the row is another or gone.
        """
        has_deleted = mark.is_gone and mark.may_lock
        if mark.is_held or mark.has_moved or has_deleted:
            return
        self.refuse_what_would_wait(connection, mark, others)
        stored = self.version.select(connection, mark.key, lock=True)
        expected = None if mark.is_gone else mark.compared
        if stored != expected:
            raise MissedVersion(f"the {self.noun} is at {stored!r}, and not at {expected!r}")
        mark.is_held = not mark.is_gone

    def refuse_what_would_wait(
        self, connection: sa.Connection, mark: Mark, others: Iterable[tuple[Any, Mark]]
    ) -> None:
        """Refuse a transaction that would wait for another one of the same view.

        :raises SetupError: when that one has the row locked.
        """
        here = connection.get_transaction()
        mark.may_lock = True
        for transaction, other in others:
            if transaction is not here and transaction.is_active and other.may_lock:
                raise SetupError(
                    "the view writes in a second transaction while a first one has the "
                    f"{self.noun} locked; commit or roll back the first, or use one session"
                )

    def settle(self, connection: sa.Connection, mark: Mark, *, exactly: bool = False) -> None:
        """See that the version was compared and has moved, in this transaction.

        :param exactly: whether to read what the database has made of the version.
        :raises MissedVersion: when the row is another or gone.
        :raises SetupError: when the version does not move.
        """
        version = self.version
        if not mark.has_moved and not mark.is_gone:
            following = version.next(mark.compared)
            if version.swap(connection, mark.key, mark.compared, following):
                # A version made of the time is the same one twice in a tick of its clock.
                mark.is_unsure = not version.is_exact or following == mark.compared
                mark.version = following
            elif not mark.is_held:
                raise MissedVersion(f"the {self.noun} is not at {mark.compared!r} any more")
            else:  # locked since it was compared, so the view's own SQL moved or removed it
                mark.is_unsure = True
            mark.has_moved = True
        if mark.is_unsure or (exactly and not mark.is_gone):
            stored = version.select(connection, mark.key)
            mark.is_unsure = False
            mark.is_gone = stored is None
            if not mark.is_gone:
                mark.version, mark.has_moved = stored, True
                self._see_that_it_moved(connection, mark)
        mark.is_due = False

    def _see_that_it_moved(self, connection: sa.Connection, mark: Mark) -> None:
        version = self.version
        for candidate in version.candidates(mark.compared):
            if version.has_moved(mark.compared, mark.version):
                return
            version.set(connection, mark.key, candidate)
            mark.version = version.select(connection, mark.key)
        if not version.has_moved(mark.compared, mark.version):
            generates = callable(version.mapper.version_id_generator)
            remedy = "make it random" if generates else "set it in the view"
            raise SetupError(
                f"{version.name}.{version.key} is {mark.version!r} before and after the write, so "
                f"the next one could not be told from this one; {remedy}, or let SQLAlchemy count "
                "it: leave out version_id_generator"
            )
