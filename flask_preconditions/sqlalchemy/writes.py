"""The write of one request: what it claims, how it ends, and what became of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from typing import NoReturn

import sqlalchemy as sa
from flask import request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import Session
from sqlalchemy.orm.state import InstanceState
from werkzeug.exceptions import Gone
from werkzeug.exceptions import NotFound
from werkzeug.exceptions import ServiceUnavailable

from ..core import ABSENT
from ..core import Outcome
from ..core import State
from ..core import Validators
from ..core import is_settled
from ..exceptions import OutcomeUnknown
from ..exceptions import SetupError
from ..problems import describe_unknown
from ..request.inquiry import Inquiry
from ..request.inquiry import now
from ..request.plan import current_state
from ..request.responses import href_of
from ..request.responses import occurrence
from .claims import EngineClaim
from .claims import VersionClaim
from .conflicts import is_busy
from .conflicts import is_disconnection
from .conflicts import is_lost_race
from .connections import has_one_connection
from .connections import reading_where_it_writes
from .connections import refuse_async
from .connections import write_bind
from .creations import CreationClaim
from .late import LateWrites
from .lists import RowsSource
from .locks import LockClaim
from .models import ModelSource
from .sessions import open_session
from .transactions import carried
from .transactions import claims
from .transactions import leave
from .versions import mapper_of
from .versions import version_of


class Write:
    """The write of a request, from the guard's beginning to its end.

    :param source: where the guard has its session from.
    :param target: the model or the rows that it guards, where it was told.
    """

    def __init__(self, match: Inquiry[Any], source: object, target: object) -> None:
        self.match = match
        self.source = source
        self.target = target
        self.session = open_session(source)
        self.mapper = self._find_mapper()
        self.engine = self._find_engine()
        self.claims: list[EngineClaim] = []
        self.version: VersionClaim | None = None
        self.creation: CreationClaim | None = None

    def _find_mapper(self) -> Mapper[Any] | None:
        state = sa.inspect(self.match.target, raiseerr=False)
        if isinstance(state, InstanceState):
            return state.mapper
        return mapper_of(self.target.model) if isinstance(self.target, ModelSource) else None

    def _find_engine(self) -> sa.Engine:
        bind = write_bind(self.session, self.mapper, default=None)
        if bind is None and isinstance(self.target, RowsSource):
            tables = [*self.target.tables()]
            bind = self.session.get_bind(clause=sa.select(*tables)) if tables else None
        if bind is None:
            bind = self.session.get_bind()
        refuse_async(bind)
        engine: sa.Engine = bind.engine
        return engine

    # What is claimed

    def lock_target(self) -> None:
        """Lock the target and compare it once more.

        :raises PreconditionFailed: when its conditions no longer hold.
        """
        self.session.flush()
        self.session.expire_all()  # what is in memory would be taken without a select
        lock = LockClaim(self.match.noun)
        with reading_where_it_writes(self.session):
            lock.load(self.match)
        self.claims.append(lock)

    def claim_target(self) -> None:
        """Claim that the target is there as it was compared, or not there as it was looked for."""
        match, mapper = self.match, self.mapper
        version = version_of(mapper) if mapper is not None else None
        if match.target is None:
            if mapper is not None and isinstance(self.target, ModelSource):
                criteria = self.target.criteria()
                self.creation = CreationClaim(self.session, mapper, criteria, match.noun)
                self.claims.append(self.creation)
        elif mapper is not None and version is not None:
            if match.target not in self.session:
                raise SetupError(
                    f"the {match.noun} was loaded with another session than the guard's, so its "
                    "write cannot be checked; let both use the same one, such as a scoped_session"
                )
            if not self.engine.dialect.supports_sane_rowcount:
                raise SetupError(
                    "this driver does not count updated rows, so no check can be trusted"
                )
            key = sa.inspect(match.target).key[1]
            compared = getattr(match.target, version.key)
            if compared is None:
                # SQLAlchemy does not compare a version that is NULL.
                table = mapper.local_table.description
                name = version.key
                raise SetupError(
                    f"a row of {table} has no {name}, so a write to it cannot be checked; fill "
                    f"it once (UPDATE {table} SET {name} = 1 WHERE {name} IS NULL) and make it "
                    "NOT NULL"
                )
            claim = VersionClaim(self.engine, mapper, version, key, compared, match.noun)
            self.version = self._outer(claim) or claim
            if self.version is claim:
                self.claims.append(claim)
        if not self.claims:
            self.claims.append(EngineClaim(self.engine, match.noun))

    def _outer(self, claim: VersionClaim) -> VersionClaim | None:
        """Find the claim of a guarded view that has called this one, on the same row."""
        for outer in claims():
            if not isinstance(outer, VersionClaim) or outer.engine is not claim.engine:
                continue
            if claim.identity == outer.identity:
                return outer
        return None

    @contextmanager
    def carried(self, commit: bool) -> Iterator[None]:
        """Let every transaction carry the claims, and refuse late writes after the commit."""
        try:
            with carried(self.claims):
                yield
        finally:
            leave(LateWrites(self.engine, self._tables(), self.match.noun) if commit else None)

    def _tables(self) -> set[str]:
        if self.mapper is not None:
            return {t.name for t in self.mapper.tables if isinstance(t, sa.Table)}
        return (
            {t.name for t in self.target.tables()} if isinstance(self.target, RowsSource) else set()
        )

    # How it ends

    def complete(self, commit: bool) -> None:
        """End the write as the response says: commit, or roll back.

        :raises SetupError: when what was written cannot be answered for.
        """
        response = self.match.response
        assert response is not None
        if response.status_code >= 400:
            self.roll_back()
            return
        if response.is_streamed and not response.direct_passthrough:
            raise SetupError(
                f"{request.endpoint} answers a guarded write with a body that is made after the "
                "commit, where nothing it writes is checked; give the body whole"
            )
        sessions = self._sessions()
        for session in sessions:
            session.flush()
        session = sessions[-1]
        if self.creation is not None and response.status_code != 202:
            self.creation.complete(session)
        if self.version is not None and self.version.complete(session) is None:
            session.commit()  # its snapshot may be older than what the view has committed elsewhere
        if not (self.version or self.creation) and self.match.target is None:
            self._see_that_it_exists()
        self.match.written = self._state_written(session)
        if not commit:
            return
        for session in sessions:
            session.commit()
        if self.version is not None and has_one_connection(self.engine):
            self.version.see_that_it_is_stored(self.engine)

    def _sessions(self) -> list[Session]:
        """Give the sessions that are still to commit: the view may have begun another one."""
        current = open_session(self.source)
        if current is self.session or not self.session.in_transaction():
            return [current]
        return [self.session, current]

    def roll_back(self) -> None:
        """Undo what is not committed."""
        for session in self._sessions():
            try:
                session.rollback()
            except DBAPIError:  # the connection is gone, and the write with it
                session.invalidate()

    def _see_that_it_exists(self) -> None:
        if self.find() is None:
            raise SetupError(
                f"the view succeeded, and its loader still finds no {self.match.noun}; create it "
                "under the key that the URL gives, or answer 202"
            )

    def find(self) -> Any:
        """Load the target again, from where it is written; ``None`` when it is not there."""
        try:
            with reading_where_it_writes(open_session(self.source)):
                return self.match.find()
        except (NotFound, Gone):  # from a loader such as first_or_404
            return None

    def _state_written(self, session: Session) -> State | None:
        """Read what the write has left, before anybody else can write."""
        match = self.match
        response = match.response
        assert response is not None
        has_dates = isinstance(match.validators, Validators) and not match.validators.etag
        # §15.3.2: a tag on such a response would be that of what was created.
        has_created = request.method == "POST" and response.status_code == 201
        tells = match.plan.tells_written and not has_created
        if request.method == "DELETE" or not (tells or has_dates):
            return None
        claim = self.version
        instance = claim.instance(session) if claim else None
        if claim is not None and instance is not None and request.method == "PUT":
            return match.read(instance)
        if instance is not None:
            session.expire(instance)
        found = self.find()
        state = match.read(found)
        if claim is not None and not claim.has_left(found):
            return None  # somebody else has written since a commit of the view's own
        if has_dates:
            _see_that_the_date_moved(match, state)
        return state if tells else None

    # What became of it

    @contextmanager
    def refusing_conflicts(self) -> Iterator[None]:
        """Roll back when a write fails, and answer 412 when it failed for a lost race.

        :raises PreconditionFailed: when another write came first.
        :raises ServiceUnavailable: when the database could not give a lock in time (503).
        :raises OutcomeUnknown: when the connection broke while it committed (503).
        """
        try:
            yield
        except BaseException as error:
            is_unknown = is_disconnection(error) and any(c.committing for c in self._all_claims())
            self.roll_back()
            if is_unknown:
                self._tell_unknown(error)
            if is_lost_race(error):
                self.match.fail(error)  # type: ignore[arg-type]
            if is_busy(error):
                self._refuse_busy(error)
            # A key that is taken, or a row that is gone, can be a rival's doing or not.
            if isinstance(error, SQLAlchemyError) and self._is_overtaken():
                self.match.fail(error)
            raise

    def _all_claims(self) -> list[EngineClaim]:
        return [*self.claims, *([self.version] if self.version else [])]

    def _is_overtaken(self) -> bool:
        """Tell whether somebody else has changed the target since it was compared."""
        session = open_session(self.source)
        try:
            if self.version is not None:
                return self.version.is_overtaken(session)
            if self.creation is not None:
                return self.creation.is_overtaken(session)
            if any(isinstance(c, LockClaim) and c.is_written for c in self.claims):
                return False
            state = self.match.read(self.find())
        except DBAPIError:
            self.roll_back()
            return False
        if (state is ABSENT) is not (self.match.validators is ABSENT):
            return True
        return self.match.compare(state).outcome is not Outcome.PERFORM

    def _refuse_busy(self, error: BaseException) -> NoReturn:
        if self._is_overtaken():
            self.match.fail(error)  # type: ignore[arg-type]
        raise ServiceUnavailable(
            "The database is busy; send the request again.", retry_after=1
        ) from error

    def _tell_unknown(self, error: BaseException) -> NoReturn:
        problem = describe_unknown(
            instance=occurrence(),
            href=href_of(request),
            noun=self.match.noun,
            base_url=current_state().policy.problem_base_url,
        )
        headers = {"Cache-Control": "no-store", "Retry-After": "1"}
        raise OutcomeUnknown(self.match.decision, None, problem, headers) from error


def _see_that_the_date_moved(match: Inquiry[Any], state: State) -> None:
    """Refuse a write whose date was told for the state before it.

    A date is told once its second is over, and a slow write commits later than that.
    """
    before = match.validators
    if not isinstance(before, Validators) or not isinstance(state, Validators):
        return
    if before.last_modified is None or state.last_modified is None:
        return
    seconds = [int(v.last_modified.timestamp()) for v in (before, state) if v.last_modified]
    if seconds[1] > seconds[0] or not is_settled(before.last_modified, now()):
        return
    if state.last_modified == before.last_modified:
        raise SetupError(
            f"the write left the date of the {match.noun} as it was, and a date is all that it is "
            "compared by; set it in the view, or with onupdate on its column"
        )
    raise ServiceUnavailable(
        "The write took so long that its date was told for the state before it; send it again.",
        retry_after=1,
    )
