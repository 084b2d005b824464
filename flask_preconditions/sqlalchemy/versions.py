"""Every write of a request checks the version of its target, once, and moves it on."""

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session
from sqlalchemy.orm import SessionTransaction
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from ..core import ABSENT
from ..core import State
from ..exceptions import SetupError
from ..request.inquiry import Inquiry


def version_key(mapper: Mapper[Any]) -> str | None:
    """Give the attribute that holds the version of a row, or ``None``."""
    if mapper.version_id_col is None:
        return None
    return mapper.get_property_by_column(mapper.version_id_col).key


def movable_key(mapper: Mapper[Any]) -> str:
    """Choose an attribute whose column can be written with the value it has.

    Where the database makes the version, an UPDATE without a value would not be sent.

    :raises SetupError: when the table has no such column.
    """
    version = mapper.version_id_col
    assert version is not None
    for column in version.table.columns:
        is_made = column.system or column.computed is not None or column.identity is not None
        is_key = column is version or column.primary_key
        if is_made or is_key or not mapper.c.contains_column(column):
            continue
        return mapper.get_property_by_column(column).key
    raise SetupError(
        f"{mapper.class_.__name__} has no column besides its keys, so nothing can be written to "
        "move a version that the database makes; let SQLAlchemy count it: leave out "
        "version_id_generator"
    )


class Write:
    """The write of a request; it learns what was written before anybody else can write.

    A state read after the commit could be that of the next write.
    """

    def __init__(self, session: Session, match: Inquiry[Any]) -> None:
        self.session = session
        self.match = match

    def listeners(self) -> dict[str, Callable[..., None]]:
        """Give the session's events that are heard while the view runs."""
        return {"before_commit": self._before_commit}

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Hear the session's events for a while."""
        listeners = self.listeners()
        for name, listener in listeners.items():
            event.listen(self.session, name, listener)
        try:
            yield
        finally:
            for name, listener in listeners.items():
                event.remove(self.session, name, listener)

    def settle(self) -> None:
        """Send what is left to write, and note what the target has become."""
        self.session.flush()
        if self.match.plan.tells_written:
            self.match.written = self.match.read(self.match.find())

    def _before_commit(self, session: Session) -> None:
        if not session.in_nested_transaction():  # the end of a savepoint settles nothing
            self.settle()


@dataclass(frozen=True, slots=True)
class _Mark:
    """How far the check has come.

    :param version: the version that the row must have when it is written next.
    :param is_due: whether no transaction of the request has checked and committed.
    :param is_checked: whether this transaction has checked and moved the version.
    :param is_bypassed: whether statements since then may have moved it too.
    :param is_gone: whether the target was deleted.
    """

    version: Any
    is_due: bool = True
    is_checked: bool = False
    is_bypassed: bool = False
    is_gone: bool = False


class VersionedWrite(Write):
    """The write of a request whose target has a version.

    SQLAlchemy checks a version when it updates that very row. Here every transaction of
    the view does: the version is compared and moved on even if the view changed only
    children of the target, assigned the same values again, or wrote past the session's
    objects. The version is the one that the request was compared with, whatever the
    object has been refreshed to since.
    """

    def __init__(self, session: Session, match: Inquiry[Any]) -> None:
        super().__init__(session, match)
        self.target = match.target
        self.mapper: Mapper[Any] = sa.inspect(match.target).mapper
        key = version_key(self.mapper)
        assert key is not None
        self.key = key
        self.mark = _Mark(getattr(self.target, key))
        if self.mark.version is None:
            # SQLAlchemy does not compare a version that is NULL.
            table = self.mapper.local_table.description
            raise SetupError(
                f"a row of {table} has no {key}, so a write to it cannot be checked; fill it once "
                f"(UPDATE {table} SET {key} = 1 WHERE {key} IS NULL) and make it NOT NULL"
            )
        self._is_touched = False
        generate = self.mapper.version_id_generator
        self._generate = generate if callable(generate) else None
        self._touched_key = None if self._generate else movable_key(self.mapper)
        open_transactions = (session.get_transaction(), session.get_nested_transaction())
        self._marks = {t: self.mark for t in open_transactions if t is not None}

    def listeners(self) -> dict[str, Callable[..., None]]:
        """Give the session's events that are heard while the view runs."""
        return {
            **super().listeners(),
            "before_flush": self._before_flush,
            "after_flush_postexec": self._after_flush,
            "do_orm_execute": self._before_statement,
            "after_commit": self._after_commit,
            "after_transaction_create": self._after_begin,
            "after_transaction_end": self._after_end,
        }

    def settle(self) -> None:
        """Check if nothing has been checked yet, and note what the target has become."""
        if self.mark.is_due:
            self._check()
        self.session.flush()
        if self.mark.is_checked:
            self.match.written = ABSENT if self.mark.is_gone else self._read()

    def _check(self) -> None:
        """Let the session compare the version now, with all that waits to be written."""
        if self.mark.is_checked:
            return
        if self.target not in self.session:
            self.target = self.match.find()
            if self.target is None:
                raise StaleDataError(f"the {self.match.noun} was deleted")
        self._touch()
        self.session.flush()

    def _read(self) -> State:
        if not self.mark.is_bypassed:
            return self.match.read(self.target)
        return self.match.read(self.match.find())

    def _touch(self) -> None:
        """Make the next flush compare the version and move it on."""
        if self.mark.is_checked and self.mark.is_bypassed:
            # The row is locked since the check, so what is there now is of our making.
            self.mark = replace(self.mark, version=self._stored_version(), is_bypassed=False)
        if self._touched_key is not None and self.target not in self.session.deleted:
            getattr(self.target, self._touched_key)  # flagging asks for a loaded value
            flag_modified(self.target, self._touched_key)
        set_committed_value(self.target, self.key, self.mark.version)
        if self._generate and self.target not in self.session.deleted:
            setattr(self.target, self.key, self._generate(self.mark.version))
        self._is_touched = True

    def _stored_version(self) -> Any:
        connection = self.session.connection(bind_arguments={"mapper": self.mapper})
        column = self.mapper.version_id_col
        assert column is not None
        key = self.mapper.primary_key_from_instance(self.target)
        pairs = zip(self.mapper.primary_key, key, strict=True)
        query = sa.select(column).select_from(self.mapper.selectable)
        return connection.scalar(query.where(*(c == value for c, value in pairs)))

    def _before_flush(self, session: Session, *_: object) -> None:
        self._is_touched = False
        if self.mark.is_gone or self.target not in session:
            return
        if not self.mark.is_checked or self.target in session.dirty | session.deleted:
            self._touch()

    def _after_flush(self, *_: object) -> None:
        if not self._is_touched:
            return
        self._is_touched = False
        is_gone = not sa.inspect(self.target).persistent
        version = self.mark.version if is_gone else getattr(self.target, self.key)
        self.mark = replace(self.mark, version=version, is_checked=True, is_gone=is_gone)

    def _before_statement(self, execution: ORMExecuteState) -> None:
        """Check before a statement that the session cannot see through."""
        if execution.is_select or self.mark.is_gone:
            return
        if not self.session._flushing:  # a flush checks by itself
            self._check()
        self.mark = replace(self.mark, is_bypassed=True)

    def _after_begin(self, session: Session, transaction: SessionTransaction) -> None:
        if transaction.nested or transaction.parent is None:
            self._marks[transaction] = self.mark

    def _after_commit(self, session: Session) -> None:
        nested = session.get_nested_transaction()
        transaction = nested or session.get_transaction()
        self._marks.pop(transaction, None)  # type: ignore[arg-type]
        if nested is None:
            self.mark = replace(self.mark, is_due=False, is_checked=False, is_bypassed=False)

    def _after_end(self, session: Session, transaction: SessionTransaction) -> None:
        # What was not committed has not happened.
        self.mark = self._marks.pop(transaction, self.mark)
