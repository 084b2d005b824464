"""``check()``: the same flow inside a view, for targets that no loader can find beforehand."""

from collections.abc import Callable
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from functools import partial
from types import FunctionType
from typing import Any
from typing import NoReturn
from typing import Unpack
from typing import cast

from flask import Flask
from flask import Response
from flask import abort
from flask import after_this_request
from flask.ctx import RequestContext
from flask.globals import request_ctx

from .config import Require
from .core import ABSENT
from .core import EntityTag
from .core import State
from .core import Validators
from .core import lose_race
from .declarations import storage
from .decorators import PolicyOptions
from .decorators import given_options
from .exceptions import NotModified
from .exceptions import SetupError
from .options import refuse_unknown
from .request.flow import finish
from .request.flow import lose
from .request.flow import reads_session
from .request.flow import reduce_to_304
from .request.flow import refuse
from .request.flow import settle
from .request.inquiry import Inquiry
from .request.inquiry import enter
from .request.inquiry import inquiry_of
from .request.match import Match
from .request.plan import Guarded
from .request.plan import plan_for
from .request.responses import keep_date
from .request.targets import DateSource
from .request.targets import ETagSource
from .request.targets import read_validators
from .request.targets import validators_from


class CheckOptions(PolicyOptions, total=False):
    """The options of a check that are its policy; see :class:`.Policy`."""

    require: Require


class _Given:
    """A target that the view has found by itself.

    :param read: reads the validators off it.
    :param reload: finds it again.
    """

    noun: str | None = None

    def __init__(
        self, target: Any, read: Callable[[Any], State], reload: Callable[[], Any] | None
    ) -> None:
        self.target = target
        self.state_of = read
        self.reload = reload

    def find(self, args: tuple[object, ...], url_values: Mapping[str, object]) -> Any:
        if self.reload is None:
            raise SetupError(
                "check() cannot find its target again; say how: "
                "check(note, etag=…, reload=lambda: find(id))"
            )
        return self.reload()

    def describe(self) -> str:
        return "what the view has found"

    def check_route(self, arguments: frozenset[str], constants: frozenset[str]) -> None:
        """Let every route pass."""


class _Checked(Inquiry[Any]):
    """An inquiry that no flow waits for: what it comes to is raised on the spot."""

    __slots__ = ("app",)

    app: Flask

    def fail(self, cause: Exception | None = None) -> NoReturn:
        """Answer 412 because another write came first, with the winner's tag if it is known."""
        self.is_lost = True
        self.give_up()
        decision = lose_race(self.decision)
        if cast(_Given, self.source).reload is None:
            applied = refuse(self.app, self, decision, None, None, cause)
        else:
            applied = lose(self.app, self, decision, cause)
        self.is_lost = False
        abort(applied)


def check(
    target: Any,
    /,
    *,
    etag: ETagSource | None = None,
    last_modified: DateSource | None = None,
    reload: Callable[[], Any] | None = None,
    **options: Unpack[CheckOptions],
) -> Match[Any]:
    """Compare a target inside a view, where no loader can find it beforehand.

    All that a guarded view promises holds: the application's ``require``, the duty to
    ``confirm()`` a write, the tag on a success, and the 412 of a lost race.

    :param target: the target, or ``None`` when it does not exist.
    :param etag: the key or attribute that holds its tag, or a function of the target.
    :param last_modified: the same for the time of its last change.
    :param reload: finds the target again, after a lost race and for
        :meth:`~.Inquiry.recheck`. Without it, the 412 of a lost race tells no tag.
    :param options: see :class:`.Policy`.
    :return: the match, which :data:`precondition` is too.
    :raises NotModified: when the client's copy is current (304). Where the view was seen to set
        fields that the 304 must have too, it goes on instead, and the 304 is made of its 200.
    :raises MalformedCondition: when a condition cannot be read (400).
    :raises PreconditionFailed: when a condition is false (412).
    :raises PreconditionRequired: when the policy asks for a condition (428).
    """
    refuse_unknown("check", options, CheckOptions.__annotations__)
    if etag is None and last_modified is None and target is not None:
        raise SetupError(
            "a target without validators cannot be compared; say where they are: check(note, "
            'etag="rev"). check_validators(etag=…) takes the values themselves'
        )

    def read(target: Any) -> State:
        return ABSENT if target is None else read_validators(target, etag, last_modified)

    return _inquire(_Given(target, read, reload), dict(options))


def check_validators(
    *,
    etag: EntityTag | str | int | None = None,
    last_modified: datetime | None = None,
    exists: bool = True,
    **options: Unpack[CheckOptions],
) -> Match[Any]:
    """Compare bare validators inside a view: a tag that is computed, the date of a feed.

    :param etag: the tag itself (the opaque part, without quotes), or an ``EntityTag``.
    :param last_modified: the time of the last change itself, aware.
    :param exists: whether there is a target.
    :param options: see :class:`.Policy`.
    :return: the match; its target is ``None``.
    :raises HTTPPrecondition: as :func:`check` does.
    """
    refuse_unknown("check_validators", options, CheckOptions.__annotations__)
    state: State = validators_from(etag, last_modified) if exists else ABSENT

    def read(target: Any) -> State:
        return state if target is None else Validators()  # nobody said where those of a row are

    return _inquire(_Given(None, read, None), dict(options))


_ANYTHING = _Given(None, lambda target: ABSENT, None)
_PLAIN = Guarded(_ANYTHING, create=True, storage=storage)
_MOST_DECLARATIONS = 256


@lru_cache(_MOST_DECLARATIONS)
def _declare(*options: tuple[str, Any]) -> Guarded:
    given = given_options(**dict(options))
    return Guarded(_ANYTHING, create=True, options=given, storage=storage)


def _declared_by(options: dict[str, Any]) -> Guarded:
    """Give the declaration of a check, the same one wherever its options are the same.

    Anything but names and functions of a module may be made anew in each request: it would
    never be met again, and what it holds would be kept alive.
    """
    kept = {name: tuple(v) if isinstance(v, list | set) else v for name, v in options.items()}
    for option in kept.values():
        if isinstance(option, FunctionType):
            is_lasting = "<locals>" not in option.__qualname__
        else:
            names = option if isinstance(option, tuple) else (option,)
            is_lasting = all(isinstance(name, str) for name in names)
        if not is_lasting:
            return _declare.__wrapped__(*options.items())
    return _declare(*kept.items())


def _inquire(source: _Given, options: dict[str, Any]) -> Match[Any]:
    context = request_ctx._get_current_object()  # type: ignore[attr-defined]
    app, request = context.app, context.request
    guarded = _declared_by(options) if options else _PLAIN
    plan = plan_for(app, guarded, request)
    outer = inquiry_of(request)
    inquiry = _Checked(plan, source, request, (), request.view_args, outer)
    inquiry.app = app
    # §13.2.1: OPTIONS and its kin involve no representation; a view may answer them, too.
    inquiry.is_settled = plan.is_indifferent
    inquiry.target = source.target
    inquiry.validators = inquiry.read(source.target)
    early = settle(app, inquiry)
    enter(context, inquiry)
    if early is not None and early.status_code != 304:
        abort(early)
    if early is not None and plan.asks_view:
        after_this_request(partial(reduce_to_304, app, inquiry))
        return inquiry
    if early is not None:
        if "ETag" not in early.headers:
            after_this_request(keep_date)  # Flask makes another response of what is raised
        is_trapped = bool(app.config["TRAP_HTTP_EXCEPTIONS"])
        raise NotModified(inquiry.decision, inquiry.validators, early, is_trapped)
    after_this_request(partial(_finish, context, inquiry, reads_session(context)))
    return inquiry


def _finish(
    context: RequestContext, inquiry: Inquiry[Any], was_read: bool, response: Response
) -> Response:
    finish(context.app, inquiry, response)
    if inquiry.plan.is_read and not was_read and reads_session(context):
        inquiry.plan.ask_view()
    return response
