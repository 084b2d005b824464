"""The guards: compare-and-swap, and a lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import Session
from sqlalchemy.orm.state import InstanceState

from ..core import Outcome
from ..exceptions import SetupError
from ..request.inquiry import Inquiry
from .conflicts import conflicts_refused
from .locks import lock
from .sessions import SessionSource
from .sessions import check_session
from .sessions import open_session
from .versions import VersionedWrite
from .versions import Write
from .versions import version_key


@dataclass(frozen=True, slots=True)
class Cas:
    """Compare-and-swap on the version of a row; see :func:`cas`."""

    session: object = None
    commit: bool = True

    @contextmanager
    def __call__(self, match: Inquiry[Any]) -> Iterator[None]:
        """Run the view and its write as one step with the check."""
        session = open_session(self.session)
        if match.target is not None and not _is_versioned(match.target):
            raise SetupError(
                f"cas() compares the version of a mapped object, and {match.target!r} has none; "
                "use guard=locked(session), or precondition.confirm() in the view"
            )
        with conflicts_refused(match, session):
            write = _write(match, session)
            # Whoever listens to our signals may have committed, and so refreshed the target.
            if match.target is not None:
                decision = match.compare(match.read(match.target))
                if decision.outcome is not Outcome.PERFORM:
                    match.fail()
            with write.watched():
                yield
                _complete(write, self.commit)


@dataclass(frozen=True, slots=True)
class Locked:
    """A lock from the check to the write; see :func:`locked`."""

    session: object = None
    commit: bool = True

    @contextmanager
    def __call__(self, match: Inquiry[Any]) -> Iterator[None]:
        """Take the lock, compare again, and run the view and its write."""
        session = open_session(self.session)
        with conflicts_refused(match, session):
            if match.decision.decided_by:  # without a condition there is nothing to hold
                lock(session, match)
            write = _write(match, session)
            with write.watched():
                yield
                _complete(write, self.commit)


def cas(session: SessionSource | None = None, *, commit: bool = True) -> Cas:
    """Make the check and the write one step by comparing the version in the write.

    The guard of models whose tag is their version, whether it is named or not. No lock
    is held while the view runs. At the first flush, or at the latest when the view has
    returned, the target's row is updated ``WHERE version = <the one compared>``, even if
    the view changed only children of it, wrote with ``session.execute(update(…))`` or
    SQL, or changed nothing. A request without a condition is checked alike, against the
    version that was loaded. Then the session commits. A response of 400 or above
    and an exception roll back.

    The request is answered 412 with reason ``lost-race`` when another write came
    first: a stale version, a serialization failure or deadlock (SQLSTATE 40001, 40P01;
    MySQL 1213; MariaDB 1020; ``SQLITE_BUSY_SNAPSHOT``), a key that somebody else has just
    taken by creating the target, or any error of the database after which the target turns
    out to have changed. A constraint that is violated otherwise stays an
    ``IntegrityError``. A lock that was not free in time (``SQLITE_BUSY``, SQLSTATE 55P03,
    MySQL 1205) is 503 with ``Retry-After: 1``, in Werkzeug's own form.

    :param session: a ``Session``, a ``scoped_session``, or a function that gives the
        session of the request; left out, the application's.
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
    and compared once more under the lock, and the view gets it as it is then.

    On PostgreSQL, MySQL and MariaDB the selects of that load are sent ``FOR UPDATE``,
    through models and through loader functions alike, as long as they select through
    this session and not in plain text. The tables of :func:`rows` are locked whole on
    PostgreSQL, because rows that are still to come cannot be locked. On SQLite the
    transaction begins anew with ``BEGIN IMMEDIATE``; what was written before in
    an explicitly begun one is rolled back. A request without a condition takes no lock.

    Commit, rollback and conflicts are treated as by :func:`cas`.

    :param session: as for :func:`cas`.
    :param commit: as for :func:`cas`.
    :raises SetupError: when ``session`` would be a new session at every use.
    """
    if session is not None:
        check_session(session)
    return Locked(session, commit)


def _is_versioned(target: object) -> bool:
    state = sa.inspect(target, raiseerr=False)
    return isinstance(state, InstanceState) and version_key(state.mapper) is not None


def _write(match: Inquiry[Any], session: Session) -> Write:
    if match.target is None or not _is_versioned(match.target):
        return Write(session, match)
    if match.target not in session:
        raise SetupError(
            f"the {match.noun} was loaded with another session than the guard's, so its write "
            "cannot be checked; let both use the same one, such as a scoped_session"
        )
    mapper = sa.inspect(match.target).mapper
    if not session.get_bind(mapper).dialect.supports_sane_rowcount:
        raise SetupError("this driver does not count updated rows, so no check can be trusted")
    return VersionedWrite(session, match)


def _complete(write: Write, commit: bool) -> None:
    match = write.match
    assert match.response is not None
    if match.response.status_code >= 400:
        write.session.rollback()
    elif commit:
        write.session.commit()
    else:
        write.settle()
    if request.method == "POST" and match.response.status_code == 201:
        # §15.3.2: a tag on this response would be that of what was created.
        match.written = None
