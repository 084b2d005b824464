"""The guards: compare-and-swap, and a lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.state import InstanceState

from ..core import Outcome
from ..exceptions import SetupError
from ..request.inquiry import Inquiry
from ..request.targets import LoaderSource
from .bodies import receive_body
from .connections import in_turn
from .refusals import refusing_conflicts
from .sessions import SessionSource
from .sessions import check_session
from .versions import version_key
from .writes import Write


@dataclass(frozen=True, slots=True)
class Cas:
    """Compare-and-swap on the version of a row; see :func:`cas`."""

    session: object = None
    commit: bool = True
    source: Any = field(default=None, compare=False)

    @contextmanager
    def __call__(self, match: Inquiry[Any]) -> Iterator[None]:
        """Run the view and its write as one step with the check."""
        if match.target is not None and not _is_versioned(match.target):
            raise SetupError(
                f"cas() compares the version of a mapped object, and {match.target!r} has none; "
                "use guard=locked(session), or precondition.confirm() in the view"
            )
        if match.target is not None:
            _see_that_the_version_covers(match)
        write = Write(match, self.session, self.source)
        with in_turn(write.engine), refusing_conflicts(write):
            # Whoever listens to our signals may have committed, and so refreshed the target.
            if match.target is not None:
                decision = match.compare(match.read(match.target))
                if decision.outcome is not Outcome.PERFORM:
                    match.fail()
            write.claim_target()
            with write.carried(self.commit):
                yield
                write.complete(self.commit)


@dataclass(frozen=True, slots=True)
class Locked:
    """A lock from the check to the write; see :func:`locked`."""

    session: object = None
    commit: bool = True
    source: Any = field(default=None, compare=False)

    @contextmanager
    def __call__(self, match: Inquiry[Any]) -> Iterator[None]:
        """Take the lock, compare again, and run the view and its write."""
        receive_body()
        write = Write(match, self.session, self.source, locks=True)
        with in_turn(write.engine), refusing_conflicts(write):
            if match.decision.decided_by:  # without a condition there is nothing to hold
                write.lock_target()
            write.claim_target()
            with write.carried(self.commit):
                yield
                write.complete(self.commit)


def cas(session: SessionSource | None = None, *, commit: bool = True) -> Cas:
    """Make the check and the write one step by comparing the version in the write.

    It takes the version, or another column of the row, for the tag; what a function makes of the
    target may tell of other rows, and is for :func:`locked`.

    The guard of models whose tag is their version, whether it is named or not. No lock
    is held while the view runs. In every transaction that commits, whichever session or
    connection of the engine it belongs to, the row is updated
    ``WHERE version = <the one compared>``: by the first flush of the target, before the first
    statement of the view's own, or at the latest at the commit, even if the view changed only
    children of the target or nothing. A request without a condition is checked alike, against
    the version that was loaded. Then the session commits. A response of 400 or above
    and an exception roll back.

    The request is answered 412 with reason ``lost-race`` when another write came
    first: a stale version, a serialization failure or deadlock (SQLSTATE 40001, 40P01;
    MySQL 1213; MariaDB 1020; ``SQLITE_BUSY_SNAPSHOT``), a key that somebody else has just
    taken by creating the target, or any error of the database after which the target turns
    out to have been changed by somebody else. A constraint that is violated otherwise stays an
    ``IntegrityError``. A lock that was not free in time (``SQLITE_BUSY``, SQLSTATE 55P03 and
    57014, MySQL 1205, MariaDB 1969) is 503 with ``Retry-After: 1``, in Werkzeug's own form, and
    so is a connection that breaks before anything was committed. One that breaks while it
    commits is 503 too, as :class:`.OutcomeUnknown`. Where the target cannot be loaded in the
    first place, the error is the application's own.

    A create is told as one when this request has inserted the row. With a model, anything that
    could overwrite a row is preceded by a lock. With a function as the loader, what it finds
    after the view must be an object that the session has inserted.

    :param session: a ``Session``, a ``scoped_session``, or a function that gives the
        session of the current request. Left out, the application's.
    :param commit: whether to commit. Otherwise the session is only flushed, and
        what fails at your own commit is yours to answer.
    :raises SetupError: when ``session`` would be a new session at every use.
    """
    if session is not None:
        check_session(session)
    return Cas(session, commit)


def locked(session: SessionSource | None = None, *, commit: bool = True) -> Locked:
    """Make the check and the write one step by a lock that is held while the view runs.

    For tags that are no version: hashes, and tags over several rows. The target is loaded
    and compared once more under the lock, and the view gets it as it is then. The body of the
    request is read before, so that no slow client holds the lock while it sends.

    On PostgreSQL, MySQL and MariaDB the selects of that load are sent ``FOR UPDATE``,
    through models and through loader functions alike. On PostgreSQL, the tables of
    :func:`rows` are locked whole, because rows that are still to come cannot be locked; so are
    those on the far side of an outer join, such as ``lazy="joined"``, and those of a select that
    groups, unites or has subqueries. A select that locks less than it reads is a
    ``SetupError``: one of plain text without ``FOR UPDATE``, with a subquery on MySQL and MariaDB,
    or through a function of the database or a view that is no plain select. Whole tables
    are locked under READ COMMITTED only: under SERIALIZABLE and REPEATABLE READ the snapshot may
    be older than the lock. On SQLite the transaction takes the lock for writing, or begins anew
    with ``BEGIN IMMEDIATE`` where somebody else has written since it read. A request without a
    condition takes no lock, and is told no tag of what was not locked.

    A target that a function loads and that is not there is kept away: the tables of its select
    are locked on PostgreSQL, and its gap on MariaDB and MySQL under REPEATABLE READ. Under other
    isolation levels a create is proved as by :func:`cas`.

    After a write the target is loaded again, and one that changes it and leaves its tag is refused
    with a ``SetupError``: the next write with that tag would overwrite it unseen.

    A commit or rollback in the view ends the lock. What is written after it is refused with a
    ``SetupError``. Commit, rollback and conflicts are treated as by :func:`cas` otherwise.

    :param session: as for :func:`cas`.
    :param commit: as for :func:`cas`.
    :raises SetupError: when ``session`` would be a new session at every use.
    """
    if session is not None:
        check_session(session)
    return Locked(session, commit)


def _see_that_the_version_covers(match: Inquiry[Any]) -> None:
    """Refuse a tag that tells of more than the row whose version is compared.

    :raises SetupError: when the tag or the date is what a function makes of the target.
    """
    source = match.source
    if not isinstance(source, LoaderSource):
        return  # that of a model was seen when it was declared
    mapper = sa.inspect(match.target).mapper
    option = "etag" if source.etag is not None else "last_modified"
    named = getattr(source, option)
    known = mapper.column_attrs.get(named) if isinstance(named, str) else None
    if known is None or not all(isinstance(c, sa.Column) for c in known.columns):
        given = repr(named) if isinstance(named, str) else "a function"
        raise SetupError(
            f"cas() compares the version of one row, and {option} is {given}, which may tell of "
            f'others; name the version, etag="{version_key(mapper)}", or use guard=locked(session)'
        )


def _is_versioned(target: object) -> bool:
    state = sa.inspect(target, raiseerr=False)
    return isinstance(state, InstanceState) and version_key(state.mapper) is not None
