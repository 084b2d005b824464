"""What a failed write is told as: a lost race, a busy database, an unknown outcome."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import ServiceUnavailable

from ..core import ABSENT
from ..core import Outcome
from ..exceptions import OutcomeUnknown
from ..exceptions import SetupError
from .conflicts import is_busy
from .conflicts import is_complaint_of_merge
from .conflicts import is_lost_race
from .conflicts import is_unreachable
from .creations import CreationClaim
from .sessions import open_session
from .writes import Unanswered
from .writes import Write

_ANSWERS = (SQLAlchemyError, HTTPException, SetupError, Unanswered)


@contextmanager
def refusing_conflicts(write: Write) -> Iterator[None]:
    """Roll back when a write fails, and answer 412 when it failed for a lost race.

    :raises PreconditionFailed: when another write came first.
    :raises ServiceUnavailable: when the database could not give a lock in time, or was gone
        before anything was committed (503).
    :raises OutcomeUnknown: when the connection broke while it committed (503).
    """
    try:
        yield
    except BaseException as error:
        if write.is_stored:
            raise  # from what listens to the commit: it says nothing about the write
        is_unknown = write.is_unknown and isinstance(error, _ANSWERS)
        write.roll_back()
        write.refuse_what_has_ended()
        if write.match.response is not None:
            # Nobody sends it. A stream of Flask before 3.1.2 holds on to its context until then.
            write.match.response.close()
        if is_unknown and not isinstance(error, OutcomeUnknown):
            write.match.leave_open(error)
        if is_lost_race(error) and not is_complaint_of_merge(error, write.mapper):
            version = write.version
            if version is not None and version.has_missed(error) and not _is_overtaken(write):
                version.refuse_own_doing(error)
            _lose(write, error)
        if is_busy(error) or (is_unreachable(error) and not write.has_sent_a_commit):
            _refuse_for_now(write, error)
        # A key that is taken, or a row that is gone, can be a rival's doing or not.
        if isinstance(error, SQLAlchemyError) and _is_overtaken(write):
            _lose(write, error)
        raise


def _lose(write: Write, error: BaseException) -> NoReturn:
    """Answer that another write came first, unless the row was there all the time.

    :raises SetupError: when it was, and only the target's select leaves it out.
    """
    creation = write.creation
    if isinstance(creation, CreationClaim) and creation.created is None:
        session = open_session(write.source)
        try:
            is_hidden = (
                creation.is_overtaken(session)
                and write.find() is None
                and creation.is_overtaken(session)
            )
        except DBAPIError:
            is_hidden = False
        write.roll_back()
        if is_hidden:
            raise SetupError(
                f"the {write.match.noun} was there before, and the select of the guard leaves it "
                "out, as a filter of what is marked as deleted does; load it with a function that "
                "finds it too, or delete the row"
            ) from error
    write.match.fail(error)  # type: ignore[arg-type]


def _is_overtaken(write: Write) -> bool:
    """Tell whether somebody else has changed the target since it was compared."""
    session, match = open_session(write.source), write.match
    try:
        if write.version is not None:
            return write.version.is_overtaken(session)
        if write.creation is not None:
            return write.creation.is_overtaken(session)
        if write.lock is not None and write.lock.is_written:
            return False
        state = match.read(write.find())
    except DBAPIError:
        write.roll_back()
        return False
    if (state is ABSENT) is not (match.validators is ABSENT):
        return True
    return match.compare(state).outcome is not Outcome.PERFORM


def _refuse_for_now(write: Write, error: BaseException) -> NoReturn:
    if _is_overtaken(write):
        write.match.fail(error)  # type: ignore[arg-type]
    what = "busy" if is_busy(error) else "not there, and nothing was stored"
    raise ServiceUnavailable(
        f"The database is {what}; send the request again.", retry_after=1
    ) from error
