"""How a guarded view answers a request: load, compare, then run the view or refuse."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask import Response
from flask import after_this_request
from flask.ctx import RequestContext
from flask.globals import request_ctx
from werkzeug.exceptions import Gone
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from ..core import ABSENT
from ..core import Decision
from ..core import Field
from ..core import Outcome
from ..core import Reason
from ..core import State
from ..core import Validators
from ..exceptions import PreconditionFailed
from ..exceptions import SetupError
from ..signals import announce
from ..signals import logger
from .inquiry import Inquiry
from .inquiry import enter
from .inquiry import inquiry_of
from .inquiry import leave
from .plan import Function
from .plan import Guarded
from .plan import Plan
from .plan import plan_for
from .responses import not_modified
from .responses import refusal
from .responses import stamp
from .responses import stamp_read

# The property of Flask 3.1.3 marks the session as accessed, for which Flask sends
# Vary: Cookie; before it there was a plain attribute.
_SESSION = "_session" if hasattr(RequestContext, "session") else "session"

_UNREADABLE_BODY = (HTTPException, LookupError, TypeError, ValueError, AttributeError)
"""What a function of the target raises that reads a body of another shape."""


def answer(
    guarded: Guarded,
    wrapper: Function,
    view: Function,
    anchor: object,
    args: tuple[object, ...],
    kwargs: dict[str, Any],
) -> Any:
    """Answer the current request: load, compare, then the view or a refusal."""
    context = request_ctx._get_current_object()  # type: ignore[attr-defined]
    app, request = context.app, context.request
    plan = plan_for(app, guarded, request, wrapper, view, anchor)
    if plan.is_indifferent:
        return _decline(app, plan, view, args, kwargs)
    outer = inquiry_of(request)
    inquiry: Inquiry[Any] = Inquiry(plan, guarded.source, request, args, kwargs, outer)
    inquiry.load()
    if inquiry.validators is ABSENT and not plan.creates:
        # §13.2.1: preconditions never change what the answer is without them.
        raise NotFound
    early = settle(app, inquiry)
    enter(request, inquiry)
    try:
        if early is not None:
            if early.status_code != 304 or not plan.asks_view:
                return early
            return _ask_view(app, inquiry, view)
        if plan.is_safe:
            return _read(context, inquiry, view)
        return _write(app, inquiry, view)
    finally:
        if outer is not None:
            leave(request, outer)


def settle(app: Flask, inquiry: Inquiry[Any]) -> Response | None:
    """Decide a request, and answer it where its view is not to run.

    :return: a 304, the 204 of a write that was made already, or ``None`` to go on.
    :raises HTTPPrecondition: when the request is refused.
    """
    decision = inquiry.judge()
    if decision.outcome is Outcome.REQUIRED and inquiry.plan.only_warns:
        announce(app, inquiry.request, decision, inquiry.plan.log_level)
        decision = inquiry.decision = inquiry.compare(inquiry.validators)
    if decision.outcome is Outcome.PERFORM:
        if decision.decided_by is not None:
            announce(app, inquiry.request, decision)
        return None
    if decision.outcome is Outcome.NOT_MODIFIED:
        announce(app, inquiry.request, decision)
        return not_modified(app, inquiry)
    return refuse(app, inquiry, decision, inquiry.target, inquiry.validators)


def refuse(
    app: Flask,
    inquiry: Inquiry[Any],
    decision: Decision,
    target: object,
    state: State | None,
    cause: BaseException | None = None,
) -> Response:
    """Refuse a request, unless what it asks for has been done already.

    :return: the 204 of a write that was made already (§13.1.1).
    :raises HTTPPrecondition: in every other case.
    """
    asks = inquiry.plan.policy.already_applied
    if asks is not None and _is_applied(app, inquiry, decision, target, asks):
        response = app.response_class(status=204)
        if inquiry.plan.tells_written and isinstance(state, Validators):
            stamp(response, state)
        return response
    refused = refusal(inquiry, decision, state, target)
    announce(app, inquiry.request, decision, inquiry.plan.log_level, refused.problem)
    raise refused from cause


def lose(
    app: Flask, inquiry: Inquiry[Any], decision: Decision, cause: BaseException | None = None
) -> Response:
    """Answer a request that lost the race, with the state that the winner left.

    :raises PreconditionFailed: unless the write was made already.
    """
    target: object = None
    state: State | None = None
    try:
        target = inquiry.find()
        state = inquiry.read(target)
    except (NotFound, Gone):  # a loader such as first_or_404, and the winner deleted it
        state = ABSENT
    except Exception:  # such as in a transaction that the loser's error has aborted
        logger.warning("the state that the winner left cannot be read", exc_info=True)
    return refuse(app, inquiry, decision, target, state, cause)


def _is_applied(
    app: Flask,
    inquiry: Inquiry[Any],
    decision: Decision,
    target: object,
    asks: Callable[[Any], bool],
) -> bool:
    """Tell whether a write that is refused for a stale state has been made already."""
    if inquiry.plan.is_safe or target is None:
        return False
    if decision.reason not in (Reason.CHANGED, Reason.LOST_RACE):
        return False
    if decision.decided_by is Field.IF_NONE_MATCH:  # only §13.1.1 and §13.1.4 allow it
        return False
    try:
        return bool(app.ensure_sync(asks)(target))
    except _UNREADABLE_BODY:  # a body of another shape was not applied
        return False


def _decline(
    app: Flask, plan: Plan, view: Function, args: tuple[object, ...], kwargs: dict[str, Any]
) -> Any:
    """Answer a method that involves no representation, such as OPTIONS (§13.2.1).

    A view that is written for reads and writes may write here too, and nothing would be
    compared. A class-based view has a method of its own for it.
    """
    own = plan.method.lower()
    if plan.method_of_class is not None and plan.method_of_class.__name__ == own:
        return _call(app, plan, view, args, kwargs, None)
    if plan.method == "OPTIONS":
        return app.make_default_options_response()
    methods = plan.rule.methods if plan.rule else None
    raise MethodNotAllowed(sorted((methods or set()) - {plan.method}))


def _call(
    app: Flask,
    plan: Plan,
    view: Function,
    args: tuple[object, ...],
    kwargs: dict[str, Any],
    target: object,
) -> Any:
    if plan.keyword is not None:
        kwargs = {**kwargs, plan.keyword: target}
    if plan.is_async:
        view = app.ensure_sync(view)
    return view(*args, **kwargs)


def _read(context: RequestContext, inquiry: Inquiry[Any], view: Function) -> Any:
    app, plan = context.app, inquiry.plan
    accessed = getattr(context.__dict__[_SESSION], "accessed", False)
    rv = _call(app, plan, view, inquiry.args, inquiry.kwargs, inquiry.target)
    if plan.hands_on and not isinstance(rv, BaseResponse):

        def finish_later(response: Response) -> Response:
            finish(app, inquiry, response)
            return response

        after_this_request(finish_later)
        return rv
    response = rv if isinstance(rv, app.response_class) else app.make_response(rv)
    finish(app, inquiry, response)
    # Flask adds Vary: Cookie by itself, after the view.
    if not accessed and getattr(context.__dict__[_SESSION], "accessed", False):
        plan.asks_view = True
    return response


def _ask_view(app: Flask, inquiry: Inquiry[Any], view: Function) -> Any:
    """Answer 304 with the fields that only the view knows."""
    rv = _call(app, inquiry.plan, view, inquiry.args, inquiry.kwargs, inquiry.target)
    full = app.make_response(rv)
    if full.status_code != 200:
        return full
    finish(app, inquiry, full)
    response = not_modified(app, inquiry, full)
    full.close()
    return response


def _write(app: Flask, inquiry: Inquiry[Any], view: Function) -> Any:
    guard = inquiry.plan.guard
    try:
        if guard is None:
            rv = _run(app, inquiry, view)
        else:
            with guard(inquiry):
                rv = _run(app, inquiry, view)
    except PreconditionFailed as lost:
        if lost.inquiry is not inquiry:
            raise
        # Only here, outside the guard and any event loop of the view, can the winner's
        # state be loaded.
        return lose(app, inquiry, lost.decision, lost.__cause__)
    response = inquiry.response
    if response is not None and rv is response:
        finish(app, inquiry, response)
    else:

        def finish_later(response: Response) -> Response:
            finish(app, inquiry, response)
            return response

        after_this_request(finish_later)
    return rv


def _run(app: Flask, inquiry: Inquiry[Any], view: Function) -> Any:
    """Run a view that writes, and note its response before its guard is left."""
    plan = inquiry.plan
    try:
        rv = _call(app, plan, view, inquiry.args, inquiry.kwargs, inquiry.target)
    except HTTPException as error:
        rv = _success_in(error, inquiry)
        if rv is None:
            raise
    if plan.hands_on and not isinstance(rv, BaseResponse):
        inquiry.response = _preview(app, rv)
        return rv
    response = rv if isinstance(rv, app.response_class) else app.make_response(rv)
    inquiry.response = response
    return response


def _success_in(error: HTTPException, inquiry: Inquiry[Any]) -> Any:
    """Give the response of ``abort(Response(204))`` and its like: the view has succeeded."""
    response = error.response
    code = error.code if response is None else response.status_code
    if code is None or code >= 400:
        return None
    return error.get_response(inquiry.request.environ)


def _preview(app: Flask, rv: Any) -> Response:
    """Give the response that data comes to, as far as a guard wants to know: its status."""
    if not callable(rv):
        try:
            return app.make_response(rv)
        except TypeError:  # only the framework that called the view can write it
            pass
    parts = rv[1:] if isinstance(rv, tuple) else ()
    status = next((part for part in parts if isinstance(part, int)), 200)
    return app.response_class(status=status)


def finish(app: Flask, inquiry: Inquiry[Any], response: Response) -> None:
    """Put on a success the validators of the state it speaks of.

    :raises SetupError: when a write did not close the race, in debug and test mode.
    """
    if not 200 <= response.status_code < 300:
        return
    plan = inquiry.plan
    if plan.is_safe:
        if inquiry.validators is not ABSENT:
            stamp_read(inquiry, response, inquiry.validators)
        return
    if inquiry.decision.decided_by and plan.guard is None and not inquiry.is_confirmed:
        _complain_of_open_race(app, inquiry)
    # The tag compared before the view is no longer current; only the write knows the new one.
    written = inquiry.written
    if written is not None and written is not ABSENT and plan.tells_written:
        stamp(response, written)


def _complain_of_open_race(app: Flask, inquiry: Inquiry[Any]) -> None:
    message = (
        f"{inquiry.request.endpoint} wrote after its check without closing the race between "
        "the two. Name the compared state in the write and confirm it: "
        "precondition.confirm(cursor.rowcount)"
    )
    if app.debug or app.testing:
        raise SetupError(message)
    logger.error(message)
