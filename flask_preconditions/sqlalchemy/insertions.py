"""The claim of a create whose target a function loads: what it finds then was inserted here."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.orm.state import InstanceState

from ..exceptions import SetupError
from .claims import EngineClaim
from .connections import root_of
from .connections import write_bind
from .creations import refuse_left_out
from .keys import owners_of
from .keys import unique_keys
from .keys import url_values
from .locks import LockClaim
from .marks import Marks
from .replacing import replaces
from .statements import Kind
from .statements import Statement
from .statements import assignments_in
from .statements import deletes
from .statements import targets_in
from .unchecked import is_of_other_rows
from .unchecked import mention_of
from .unchecked import names_of


@dataclass(slots=True)
class Insertions:
    """What one transaction has written.

    :param inserted: the objects that the unit of work has inserted, and their identities.
    :param sent: the statements that insert them.
    :param replacing: what was sent that may remove or overwrite a row, with what was inserted
        before it.
    :param has_sent_sql: whether it was sent more than what the unit of work makes.
    :param has_changed: whether it was sent more than what the unit of work inserts.
    :param is_due: whether something was written that is not answered for yet.
    """

    inserted: frozenset[Any] = field(default_factory=frozenset)
    sent: tuple[Statement, ...] = ()
    replacing: tuple[tuple[Statement, frozenset[Any]], ...] = ()
    has_sent_sql: bool = False
    has_changed: bool = False
    is_due: bool = False


class InsertionClaim(EngineClaim):
    """The loader finds nothing until this write inserts what it finds.

    How the loader finds its target is not known, so it is asked before every commit. What it
    finds is an object that the unit of work has inserted, since an INSERT overwrites nothing.
    Or its absence has been locked. Anything else is not taken for a create.

    :param find: loads the target with the session of the guard.
    :param session_of_guard: gives that session.
    :param lock: the lock under which the target was looked for.
    """

    def __init__(
        self,
        engine: sa.Engine,
        noun: str,
        find: Callable[[], Any],
        session_of_guard: Callable[[], Session],
        lock: LockClaim | None,
    ) -> None:
        super().__init__(engine, noun)
        self.engines = {self.engine}
        self.is_written = False
        self._find = find
        self._session_of_guard = session_of_guard
        self._lock = lock
        self._marks = Marks(Insertions)
        self._committed: frozenset[Any] = frozenset()
        self._is_asking = False

    def concerns(self, connection: sa.Connection) -> bool:
        """Tell whether a connection is to an engine that the target may be on."""
        return root_of(connection.engine) in self.engines

    def before_flush(self, session: Session) -> None:
        """Learn which engines the session writes to: the model of the target is not known."""
        for instance in session.new | session.dirty:
            bind = write_bind(session, sa.inspect(instance).mapper, default=None)
            if bind is not None:
                self.engines.add(root_of(bind.engine))

    def before_statement(self, connection: sa.Connection, statement: Statement) -> None:
        """Note what is written."""
        super().before_statement(connection, statement)
        transaction = connection.get_transaction()
        if statement.savepoint:
            self._marks.follow(transaction, statement)
        if statement.changes:
            mark = self._marks.of(transaction)
            mark.is_due = True
            mark.has_sent_sql = mark.has_sent_sql or not statement.by_flush
            inserts = statement.by_flush and statement.kind is Kind.INSERT
            mark.has_changed = mark.has_changed or not inserts
            if inserts:
                mark.sent += (statement,)
            if statement.kind is not Kind.INSERT or replaces(connection, statement.table):
                mark.replacing += ((statement, mark.inserted | self._committed),)

    def in_flush(self, session: Session) -> None:
        """Learn which objects the unit of work has inserted."""
        for written in session.new | session.dirty:
            state = sa.inspect(written)
            bind = write_bind(session, state.mapper)
            connection = session.connection(bind_arguments={"bind": bind})
            if not self.concerns(connection):
                continue
            mark = self._marks.of(connection.get_transaction())
            if state.pending or state in mark.inserted:  # one may be given another key later
                mark.inserted |= {state, state.mapper.identity_key_from_instance(written)}

    def before_session_commit(self, session: Session) -> None:
        """Ask the loader before anything is committed that it could find."""
        if session is self._session_of_guard() and not self._is_asking:
            session.flush()
            for connection, mark in self._open():
                if mark.is_due:
                    self._prove(connection, mark)

    def before_commit(self, connection: sa.Connection) -> None:
        """Refuse a commit before which the loader was not asked."""
        mark = self._marks.get(connection.get_transaction())
        if mark is not None and mark.is_due and mark.has_changed:
            raise SetupError(
                "the view commits what the guard's session does not know of, and nothing proves "
                f"that it overwrites no {self.noun} that another request has created; write with "
                "the session of the guard, and leave the commit to it"
            )
        super().before_commit(connection)
        if mark is not None:
            self._committed |= mark.inserted
            self.is_unknown = False

    def take_back(self, transaction: Any) -> None:
        """Go back to nothing being written, as after a commit that has failed."""
        mark = self._marks.get(transaction)
        if mark is not None:
            self._committed -= mark.inserted
        self.is_written = False
        self._marks.forget(transaction)

    def after_rollback(self, connection: sa.Connection) -> None:
        """Forget what a transaction did."""
        super().after_rollback(connection)
        self._marks.forget(connection.get_transaction())

    def complete(self, session: Session) -> None:
        """See that what the guard is about to commit has inserted the target.

        :raises StaleDataError: when it is there and somebody else inserted it.
        :raises SetupError: when it is not there, or nothing proves who inserted it.
        """
        open_ones = self._open()
        if self.is_written and not any(mark.is_due for _, mark in open_ones):
            return
        found = False
        for connection, mark in open_ones:
            found = self._prove(connection, mark) or found
        if found:
            return
        if self._committed:
            session.commit()  # its snapshot may be older than what the view has committed elsewhere
        target = self._find()
        if target is None:
            raise SetupError(
                f"the view succeeded, and its loader still finds no {self.noun}; create it "
                "under the key that the URL gives, or answer 202"
            )
        if _key_of(target) not in self._committed:
            raise StaleDataError(f"another request has created the {self.noun}")
        self.is_written = True

    def _open(self) -> list[tuple[sa.Connection, Insertions]]:
        """Give the connections whose transactions are still to commit."""
        return [(t.connection, mark) for t, mark in self._marks.items() if t.is_active]

    def _prove(self, connection: sa.Connection, mark: Insertions) -> bool:
        """See that what the loader finds was inserted by this write.

        :return: whether it finds anything.
        """
        self._is_asking = True
        try:
            found = self._find()
        finally:
            self._is_asking = False
        if found is None:
            mark.is_due = False
            return False
        key = _key_of(found)
        inserted = self._committed.union(*(known.inserted for known in self._marks))
        is_inserted = key is not None and key in inserted
        if is_inserted:
            tables = sa.inspect(found).mapper.tables
            refuse_left_out((s for s in mark.sent if s.table in tables), self.noun)
        if is_inserted and any(
            key not in before and _may_replace(statement, sa.inspect(found))
            for statement, before in mark.replacing
        ):
            is_inserted, mark.has_sent_sql = False, True
        is_kept = self._lock is not None and self._lock.keeps_it_absent(connection)
        if not (is_inserted or is_kept):
            if mark.has_sent_sql or key is None:
                raise SetupError(
                    f"nothing proves that this request has created the {self.noun}, and no other "
                    "one before it: let the loader give a mapped object and add it with "
                    "session.add(…), or guard its model: @require_match(Model, create=True)"
                )
            raise StaleDataError(f"another request has created the {self.noun}")
        mark.is_due = False
        self.is_written = True
        return True

    def is_overtaken(self, session: Session) -> bool:
        """Tell whether somebody else has created the target."""
        return not self.is_written and self._find() is not None


def _may_replace(statement: Statement, state: InstanceState[Any]) -> bool:
    """Tell whether a statement may have taken away what somebody else had created as the target."""
    mapper: Mapper[Any] = state.mapper
    assert state.key is not None
    tables = [table for table in mapper.tables if isinstance(table, sa.Table)]
    unique = {column for table in tables for key in unique_keys(table) for column in key}
    keys = {column for column in unique if column.name in url_values()} or unique
    owners = owners_of(mapper)
    if statement.by_flush:
        if statement.table not in tables:
            return statement.table in owners and not statement.is_update
        renames = any(not row.keys().isdisjoint(c.key for c in keys) for row in statement.rows)
        is_its = not is_of_other_rows(statement, mapper, state.key[1])
        return is_its or renames or not statement.is_update
    sql, dialect = statement.sql, statement.dialect
    if statement.kind is Kind.OPAQUE:
        return True
    written = targets_in(sql, dialect)
    if owners and deletes(sql, dialect) and mention_of(names_of(owners)).search(written):
        return True
    if mention_of(names_of(tables)).search(written) is None:
        return False
    assigned = assignments_in(sql, dialect)  # an UPDATE takes a row away by another key only
    return assigned is None or mention_of({c.name for c in keys}).search(assigned) is not None


def _key_of(target: Any) -> Any:
    """Give the identity of a mapped object; ``None`` for anything else."""
    state = sa.inspect(target, raiseerr=False)
    return state.key if isinstance(state, InstanceState) else None
