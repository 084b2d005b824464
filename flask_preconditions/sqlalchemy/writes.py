"""The write of one request: what it claims, how it ends, and what became of it."""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Set
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from flask import Response
from flask import request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import Session
from sqlalchemy.orm.state import InstanceState
from werkzeug.exceptions import Gone
from werkzeug.exceptions import NotFound
from werkzeug.wsgi import FileWrapper

from ..core import ABSENT
from ..core import State
from ..core import Validators
from ..exceptions import SetupError
from ..request.inquiry import Inquiry
from .claims import Claim
from .claims import EngineClaim
from .connections import has_one_connection
from .connections import reading_where_it_writes
from .connections import refuse_async
from .connections import refuse_dirty_reads
from .connections import refuse_shards
from .connections import refuse_undone
from .connections import schemas_of
from .connections import write_bind
from .contents import content_of
from .contents import see_that_the_tag_moved
from .creations import CreationClaim
from .dates import see_that_the_date_moved
from .deferred import fire_deferred
from .in_place import Values
from .insertions import InsertionClaim
from .lists import RowsSource
from .locks import LockClaim
from .models import ModelSource
from .replacing import refuse_what_a_trigger_compares
from .sessions import expire_all
from .sessions import forget_computed
from .sessions import open_session
from .swaps import Mark
from .transactions import carried
from .transactions import claims
from .transactions import commit
from .transactions import leave
from .transactions import watched
from .unchecked import UncheckedWrites
from .unchecked import tables_of
from .uncommitted import CHANGED
from .uncommitted import refuse_made
from .uncommitted import refuse_uncommitted
from .unstored import refuse_what_is_not_stored
from .unstored import refuse_what_is_undone
from .updates import VersionClaim
from .versions import Version
from .versions import mapper_of
from .versions import version_of


def _is_file(response: Response) -> bool:
    """Tell whether a body is a file, as of ``send_file()``: to read it writes nothing."""
    if not response.direct_passthrough:
        return False
    body = response.response
    wrapper = request.environ.get("wsgi.file_wrapper")  # of uWSGI it is a function
    kinds = (FileWrapper, wrapper) if isinstance(wrapper, type) else FileWrapper
    return isinstance(body, kinds) or hasattr(body, "read")


class Unanswered(Exception):
    """A commit broke, and the view went on without another that could tell what became of it."""


class Write:
    """The write of a request, from the guard's beginning to its end.

    :param source: where the guard has its session from.
    :param target: the model or the rows that it guards, where it was told.
    :param locks: whether a condition makes it lock the target.
    """

    def __init__(
        self, match: Inquiry[Any], source: object, target: object, *, locks: bool = False
    ) -> None:
        self.match = match
        self.source = source
        self.target = target
        self.locks = locks
        self.session = open_session(source)
        if CHANGED in self.session.info:
            refuse_uncommitted(self.session, match.target, match.noun)
        self.mapper = self._find_mapper()
        self.engine = self._find_engine()
        self.claims: list[Claim] = []
        self.lock: LockClaim | None = None
        self.version: VersionClaim | None = None
        self.mark: Mark | None = None
        self.unchecked: UncheckedWrites
        self.creation: CreationClaim | InsertionClaim | None = None
        self.before: Mapping[str, Any] = {}
        self.values: Values

    def _find_mapper(self) -> Mapper[Any] | None:
        state = sa.inspect(self.match.target, raiseerr=False)
        if isinstance(state, InstanceState):
            return state.mapper
        return mapper_of(self.target.model) if isinstance(self.target, ModelSource) else None

    def _find_engine(self) -> sa.Engine:
        refuse_shards(self.session)
        bind = write_bind(self.session, self.mapper, default=None)
        if bind is None and isinstance(self.target, RowsSource):
            tables = [*self.target.tables()]
            bind = self.session.get_bind(clause=sa.select(*tables)) if tables else None
        if bind is None:
            bind = self.session.get_bind()
        refuse_async(bind)
        self.bind: sa.Engine | sa.Connection = bind
        engine: sa.Engine = bind.engine
        return engine

    # What is claimed

    def lock_target(self) -> None:
        """Lock the target and compare it once more.

        :raises PreconditionFailed: when its conditions no longer hold.
        """
        self.session.flush()
        expire_all(self.session)  # what is in memory would be taken without a select
        is_absent = self.match.validators is ABSENT and not isinstance(self.target, ModelSource)
        self.lock = LockClaim(self.match.noun, keeps_absent=is_absent)
        with reading_where_it_writes(self.session):
            self.lock.load(self.match)
        self.claims.append(self.lock)

    def claim_target(self) -> None:
        """Claim that the target is there as it was compared, or not there as it was looked for."""
        match, mapper = self.match, self.mapper
        refuse_made(match.target, match.noun)
        refuse_dirty_reads(self.session, self.bind)
        version = version_of(mapper) if mapper is not None else None
        if match.target is None:
            if mapper is not None and isinstance(self.target, ModelSource):
                criteria = self.target.criteria()
                self.creation = CreationClaim(self.session, mapper, criteria, match.noun)
            else:
                self.creation = InsertionClaim(
                    self.engine, match.noun, self.find, self._current_session, self.lock
                )
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
            connection = self.session.connection(bind_arguments={"bind": self.bind})
            schemas = schemas_of(connection)
            if self.lock is None:
                refuse_what_a_trigger_compares(connection, version.table, schemas, match.noun)
            claim = VersionClaim(self.engine, mapper, version, key, compared, match.noun, schemas)
            self.version = self._outer(claim) or claim
            if self.version is claim:
                self.claims.append(claim)
        if match.decision.decided_by and not self._has_version_for_tag(version):
            self.before = content_of(match.target)
        self.values = Values(match.target)
        if not self.claims:
            self.claims.append(EngineClaim(self.engine, match.noun))

    def _has_version_for_tag(self, version: Version | None) -> bool:
        """Tell whether the tag is what every guarded write moves."""
        source = self.match.source
        if isinstance(source, ModelSource):
            return source.is_versioned
        return version is not None and getattr(source, "etag", None) == version.key

    def _outer(self, claim: VersionClaim) -> VersionClaim | None:
        """Find the claim of a guarded view that has called this one, on the same row."""
        for outer in claims():
            if not isinstance(outer, VersionClaim) or outer.engine is not claim.engine:
                continue
            if claim.identity == outer.identity and claim.schemas == outer.schemas:
                return outer
        return None

    @contextmanager
    def carried(self, commit: bool) -> Iterator[None]:
        """Let every transaction carry the claims, and refuse writes that carry none."""
        state = sa.inspect(self.match.target, raiseerr=False)
        key = state.key[1] if isinstance(state, InstanceState) and state.key else None
        self.unchecked = UncheckedWrites(
            self.engine, self._tables(), self.match.noun, self.mapper, key
        )
        try:
            with watched(self.unchecked), carried(self.claims):
                yield
        finally:
            self.unchecked.is_over = True
            leave(self.unchecked if commit else None)

    def _tables(self) -> Set[str]:
        """Name the tables of the target, as far as they are known."""
        found: Set[str] = tables_of(self.mapper) if self.mapper is not None else set()
        if isinstance(self.target, RowsSource):
            found = found | {table.name for table in self.target.tables()}
        return found if self.lock is None else found | self.lock.tables

    # How it ends

    def complete(self, commits: bool) -> None:
        """End the write as the response says: commit, or roll back.

        :raises SetupError: when what was written cannot be answered for.
        """
        response = self.match.response
        assert response is not None
        if response.status_code >= 400:
            self.roll_back()
            self.refuse_what_has_ended()
            if self.is_unknown and response.status_code < 500:
                raise Unanswered
            return
        if response.is_streamed and not _is_file(response):
            raise SetupError(
                f"{request.endpoint} answers a guarded write with a body that is made after the "
                "commit, where nothing it writes is checked; give the body whole"
            )
        sessions = self._sessions()
        failed = [claim for claim in self.all_claims() if claim.failures]
        for session in sessions:
            for claim in failed if session.in_transaction() else []:
                claim.refuse_what_has_failed(session.connection(bind_arguments={"bind": self.bind}))
            session.flush()
        refuse_what_is_not_stored(self)
        self.values.refuse_what_is_not_stored(sessions[-1], self.match.noun)
        if any(claim.is_unknown and not claim.has_written_since for claim in self.all_claims()):
            raise Unanswered
        session = sessions[-1]
        if self.creation is not None and response.status_code != 202:
            self.creation.complete(session)
        if self.version is not None:
            self.mark = self.version.complete(session)
            if self.mark is None:
                # Its snapshot may be older than what the view has committed elsewhere.
                session.commit()
        elif self.engine.dialect.name == "postgresql":
            fire_deferred(session.connection(bind_arguments={"bind": self.bind}))
        refuse_what_is_undone(self)
        self.match.written = self._state_written(session)
        if has_one_connection(self.engine) and any(c.is_open for c in self.claims):
            refuse_undone(session.connection(bind_arguments={"bind": self.engine}))
        if not commits:
            return
        told = self._told()
        for session in sessions[:-1]:
            session.commit()
        self.unchecked.is_over = True
        leave(self.unchecked)
        for claim in self.claims:
            claim.is_ending = True
        is_due = self.mark is not None or any(claim.is_open for claim in self.all_claims())
        commit(sessions[-1], self.all_claims() if is_due and self.bind is self.engine else [])
        if self._told() != told:
            self.match.written = None  # what listens to the commit has changed the target
        if self.version is not None and has_one_connection(self.engine):
            self.version.see_that_it_is_stored(self.engine)

    def _told(self) -> object:
        """Give what the state that is told depends on: the version, or all that was written."""
        if self.mark is not None:
            return self.mark.version
        return sum(claim.writes for claim in self.claims)

    @property
    def is_stored(self) -> bool:
        """Whether the guard has committed."""
        return any(claim.is_over for claim in self.claims)

    @property
    def has_sent_a_commit(self) -> bool:
        """Whether anything of the view may be stored."""
        return any(claim.committing is not None for claim in self.all_claims())

    @property
    def is_unknown(self) -> bool:
        """Whether a commit was sent and nobody knows what became of it."""
        return any(claim.is_unknown for claim in self.all_claims())

    def all_claims(self) -> list[Claim]:
        """Give the claims, also the one of a guarded view that has called this one."""
        return [*self.claims, *([self.version] if self.version else [])]

    def _current_session(self) -> Session:
        return open_session(self.source)

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
            expire_all(session)

    def refuse_what_has_ended(self) -> None:
        """Let no refusal be told of what a routine may have committed.

        :raises SetupError: when one has ended the transaction.
        """
        for claim in self.all_claims():
            if claim.ended is not None:
                raise claim.ended

    def find(self) -> Any:
        """Load the target again, from where it is written; ``None`` when it is not there."""
        try:
            with reading_where_it_writes(open_session(self.source)):
                return self.match.find()
        except (NotFound, Gone):  # from a loader such as first_or_404
            return None

    def _is_proved(self) -> bool:
        """Tell whether the state that the write leaves is the compared one and what it wrote.

        Without a condition there is no lock, and what somebody else has written meanwhile is in
        the tag, while the client has not seen it.
        """
        if self.lock is not None or self.creation is not None:
            return True
        source = self.match.source
        if isinstance(source, ModelSource):
            return source.is_versioned
        return self.version is not None and not self.locks

    def _state_written(self, session: Session) -> State | None:
        """Read what the write has left, before anybody else can write."""
        match = self.match
        response = match.response
        assert response is not None
        has_dates = isinstance(match.validators, Validators) and not match.validators.etag
        # §15.3.2: a tag on such a response would be that of what was created.
        has_created = request.method == "POST" and response.status_code == 201
        tells = match.plan.tells_written and not has_created and self._is_proved()
        has_kept = bool(self.before) and any(claim.writes for claim in self.claims)
        if request.method == "DELETE" or not (tells or has_dates or has_kept):
            return None
        claim = self.version
        instance = claim.instance(session) if claim else None
        if instance is not None:
            session.expire(instance)
            forget_computed(instance)
        if self.lock is not None:
            expire_all(session)  # what SQL or a trigger has changed is not in memory
        found = self.find()
        state = match.read(found)
        if claim is not None and not claim.has_left(found):
            return None  # somebody else has written since a commit of the view's own
        if has_dates:
            see_that_the_date_moved(match, state)
        if self.before:
            see_that_the_tag_moved(match, self.before, found, state)
        return state if tells else None
