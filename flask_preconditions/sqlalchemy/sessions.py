"""Which session loads and saves."""

import threading
import weakref
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import QueryableAttribute
from sqlalchemy.orm import Session
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker
from sqlalchemy.orm.state import InstanceState
from werkzeug.local import LocalProxy

from ..exceptions import SetupError
from ..request.plan import current_state
from .connections import refuse_async
from .transactions import claims
from .uncommitted import take_down

SessionSource = Session | scoped_session[Any] | Callable[[], Session]


def check_session(source: object) -> None:
    """See that a session can be shared by the load, the view and the write.

    :param source: a ``Session``, a ``scoped_session``, or a function that gives the
        session of the current request.
    :raises SetupError: when it gives a new session at every use, or none at all.
    """
    if isinstance(source, sessionmaker) or (
        isinstance(source, type) and issubclass(source, Session)
    ):
        raise SetupError(
            "a sessionmaker gives a new session at every call, so the view would not save with "
            "the session that loaded the target; give session=scoped_session(sessionmaker(engine))"
        )
    _refuse_async(source)
    if not isinstance(source, Session) and not callable(source):
        raise SetupError(
            f"session is {source!r}; give a Session, a scoped_session, or a function that "
            "gives the session of the current request"
        )


def open_session(source: object = None) -> Session:
    """Give the session of the current request.

    :param source: where it comes from; left out, what the application was set up with,
        or else what Flask-SQLAlchemy or Flask-SQLAlchemy-Lite provides.
    :raises SetupError: when no session is known.
    """
    source = known_source(source)
    if source is None:
        raise SetupError(
            "no session is known; name it once: Preconditions(app, session=db_session), "
            "or at the view: guard=cas(db_session)"
        )
    check_session(source)
    if isinstance(source, LocalProxy):
        source = source._get_current_object()
    session = source if isinstance(source, Session) else source()  # type: ignore[operator]
    if isinstance(session, scoped_session):  # as from `lambda: db.session`
        session = session()
    if not isinstance(session, Session):
        _refuse_async(session)
        raise SetupError(f"{source!r} gave {session!r}, which is no Session")
    if session.bind is not None:
        refuse_async(session.bind)
    _refuse_sharing(session)
    if not session.autobegin and not session.in_transaction():
        session.begin()
    return session


def open_session_of(source: object = None) -> Session | None:
    """Give the session that a request works with, where one is known and has been opened.

    :param source: as for :func:`open_session`; nothing is refused.
    """
    source = known_source(source)
    if isinstance(source, LocalProxy):
        source = source._get_current_object()
    if callable(source) and not isinstance(source, scoped_session):
        source = source()  # as `lambda: db.session`
    if isinstance(source, scoped_session):
        source = source() if source.registry.has() else None
    return source if isinstance(source, Session) else None


def give_up(target: object) -> None:
    """Roll back what a view without a guard has written before it was told of a lost race.

    What waits in the session would be stored by the next commit of the application, and what was
    loaded would pass for the state that the winner left.

    :param target: what was compared.
    """
    state = sa.inspect(target, raiseerr=False)
    session = state.session if isinstance(state, InstanceState) else None
    session = session or open_session_of()
    if session is not None and session.in_transaction() and not claims():
        try:
            session.rollback()
        except DBAPIError:  # the connection is gone, and the write with it
            session.invalidate()


def known_source(source: object = None) -> object:
    """Give where the session comes from; left out, from the application. ``None`` if unknown."""
    if source is None:
        source = current_state().session
    if source is None and "sqlalchemy" in current_app.extensions:
        source = getattr(current_app.extensions["sqlalchemy"], "session", None)
    return source


_OWNER = "preconditions_owner"


def _refuse_sharing(session: Session) -> None:
    """Refuse a session that another thread is using.

    A rollback of one request would undo what another has flushed. The loop that an ``async``
    view runs in is another thread too, while the guard waits for it.
    """
    if claims():
        return
    current = threading.current_thread()
    known = session.info.get(_OWNER)
    owner = known() if known is not None else None
    if owner is current:
        return
    if owner is not None and owner.is_alive():
        raise SetupError(
            "one Session is used by two threads, so that a rollback of one request undoes the "
            "write of another; give session=scoped_session(sessionmaker(engine))"
        )
    session.info[_OWNER] = weakref.ref(current)


def renewed(session: Session) -> Session:
    """Let what was loaded before be read anew, so that it fits the tag.

    A target comes with its current version, and an object beside it that was loaded in
    ``before_request`` would show what was there before. Inside a guarded write nothing is
    renewed, because the view holds on to its objects.
    """
    if session.identity_map and not claims():
        changed = session.dirty | session.deleted
        if changed:
            take_down(session, changed)
        for loaded in list(session.identity_map.values()):
            if loaded not in changed:
                session.expire(loaded)
                forget_computed(loaded)
    return session


def expire_all(session: Session) -> None:
    """Let everything be read anew, also what was computed of it."""
    session.expire_all()
    for loaded in list(session.identity_map.values()):
        forget_computed(loaded)


def forget_computed(loaded: object) -> None:
    """Forget what a ``cached_property`` keeps: a tag may be one."""
    kept, kind = vars(loaded), type(loaded)
    for name in [*kept]:
        descriptor = getattr(kind, name, None)
        if hasattr(descriptor, "__get__") and not isinstance(descriptor, QueryableAttribute):
            del kept[name]


def move_version(target: object, *, is_computed: bool) -> None:
    """Send what a session has to write of a target, and let its guard move the version now.

    :param is_computed: whether to let the target be read back.
    """
    state = sa.inspect(target, raiseerr=False)
    if not isinstance(state, InstanceState) or state.session is None:
        return
    if claims():
        state.session.flush()  # of what it refers to, too
        for claim in claims():
            claim.before_telling(state.session, target)
        if is_computed and state.persistent:
            state.session.expire(target)
            forget_computed(target)
    elif target in state.session.dirty or target in state.session.new:
        state.session.flush()


def _refuse_async(source: object) -> None:
    if type(source).__module__.startswith("sqlalchemy.ext.asyncio"):
        raise SetupError(
            f"{type(source).__name__} is not supported: check and write are one step only on a "
            "plain Session; use one for the guarded views"
        )
