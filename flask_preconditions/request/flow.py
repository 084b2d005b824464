"""How a guarded view answers a request: load, compare, then run the view or refuse."""

from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import ref

from flask import Flask
from flask import Response
from flask import after_this_request
from flask import current_app
from flask.ctx import RequestContext
from flask.globals import request_ctx
from werkzeug.exceptions import Gone
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from .. import signals
from ..core import ABSENT
from ..core import Decision
from ..core import Field
from ..core import Outcome
from ..core import Reason
from ..core import State
from ..core import Validators
from ..exceptions import HTTPPrecondition
from ..exceptions import PreconditionFailed
from ..exceptions import SetupError
from ..signals import announce
from ..signals import logger
from ..signals import precondition_passed
from .arguments import explain_arguments
from .complaints import complain_of_open_race
from .complaints import refuse_success_of_loser
from .complaints import refuse_used
from .complaints import speak_of_no_creation
from .complaints import speak_of_no_validators
from .inquiry import Inquiry
from .inquiry import enter
from .inquiry import inquiry_of
from .inquiry import leave
from .outdated import refuse_outdated
from .plan import Function
from .plan import Guarded
from .plan import Plan
from .plan import plan_for
from .responses import add_no_etag
from .responses import not_modified
from .responses import refusal
from .responses import stamp
from .responses import stamp_read

_PERFORM, _NOT_MODIFIED = Outcome.PERFORM, Outcome.NOT_MODIFIED
_FAILED, _REQUIRED = Outcome.FAILED, Outcome.REQUIRED

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
    inquiry.is_settled = outer is not None and (outer.settles or plan.only_reads)
    inquiry.load()
    if inquiry.validators is ABSENT and not plan.creates:
        speak_of_no_creation(inquiry)
        # §13.2.1: preconditions never change what the answer is without them.
        raise NotFound
    if plan.allow is not None:
        inquiry.admit(inquiry.target)
    early = settle(app, inquiry)
    enter(context, inquiry)
    try:
        if early is not None:
            if early.status_code == 304 and plan.asks_view:
                return _ask_view(app, inquiry, view)
            if plan.hands_on:
                after_this_request(partial(_keep, early))
            return early
        if plan.is_safe:
            return _read(context, inquiry, view)
        return _write(app, inquiry, view)
    finally:
        inquiry.is_running = False
        if outer is not None:
            leave(context, outer)


def settle(app: Flask, inquiry: Inquiry[Any]) -> Response | None:
    """Decide a request, and answer it where its view is not to run.

    :return: a 304, the 204 of a write that was made already, or ``None`` to go on.
    :raises HTTPPrecondition: when the request is refused.
    """
    decision = inquiry.judge()
    outcome = decision.outcome
    if outcome is _REQUIRED and inquiry.plan.only_warns:
        announce(app, inquiry.request, decision, inquiry.plan.log_level)
        decision = inquiry.decision = inquiry.compare(inquiry.validators)
        outcome = decision.outcome
    if outcome is _PERFORM:
        if decision.decided_by is not None and precondition_passed.receivers:
            announce(app, inquiry.request, decision)
        return None
    if outcome is _NOT_MODIFIED:
        if signals.not_modified.receivers:
            announce(app, inquiry.request, decision)
        return not_modified(app, inquiry)
    if outcome is _FAILED and not inquiry.plan.is_safe:
        speak_of_no_validators(inquiry)
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
    if inquiry.plan.is_reworded:
        after_this_request(partial(_restore, refused))
    announce(app, inquiry.request, decision, inquiry.plan.log_level, refused.instance)
    try:
        raise refused from cause
    finally:
        del refused  # its traceback holds this frame, and the frame would hold it


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
    if target is not None and inquiry.plan.allow is not None:
        inquiry.admit(target)  # the winner may have taken it away
    return refuse(app, inquiry, decision, target, state, cause)


def _keep(early: Response, response: Response) -> Response:
    """Keep an answer that stands in for the view from a decorator that takes it for data."""
    return early if 200 <= response.status_code < 300 else response


def _restore(refused: HTTPPrecondition, response: Response) -> Response:
    """Give a refusal back its problem document, where a framework has reworded it.

    Flask-RESTful and Flask-RESTX stand before the error handlers of Flask and write
    ``{"message": …}``. What an application makes of the refusal itself stays.
    """
    if response.status_code != refused.code:
        return response
    written = response.get_json(silent=True)
    if not isinstance(written, dict) or written.get("message") != refused.description:
        return response
    response.close()
    return current_app.make_response(refused.get_response(request_ctx.request.environ))


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
    call = app.ensure_sync(view) if plan.is_async else view
    try:
        return call(*args, **kwargs)
    except TypeError as error:
        if misfit := explain_arguments(view, args, kwargs, plan.keyword):
            place = plan.place if misfit.is_at_guard else plan.place_of_view
            raise SetupError(str(misfit), place) from error
        raise


def _read(context: RequestContext, inquiry: Inquiry[Any], view: Function) -> Any:
    app, plan = context.app, inquiry.plan
    was_read = reads_session(context)
    rv = _call(app, plan, view, inquiry.args, inquiry.kwargs, inquiry.target)
    if plan.hands_on and not isinstance(rv, BaseResponse):

        def finish_later(response: Response) -> Response:
            finish(app, inquiry, response)
            return response

        after_this_request(finish_later)
        return rv
    response = rv if isinstance(rv, app.response_class) else app.make_response(rv)
    finish(app, inquiry, response)
    if not was_read and reads_session(context):
        plan.ask_view()
    return response


def reads_session(context: RequestContext) -> bool:
    """Tell whether the session was read, for which Flask adds ``Vary: Cookie`` after the view."""
    return bool(getattr(getattr(context, _SESSION), "accessed", False))


def _ask_view(app: Flask, inquiry: Inquiry[Any], view: Function) -> Any:
    """Answer 304 with the fields that only the view knows."""
    rv = _call(app, inquiry.plan, view, inquiry.args, inquiry.kwargs, inquiry.target)
    reduce = partial(reduce_to_304, app, inquiry)
    if inquiry.plan.hands_on and not isinstance(rv, BaseResponse):
        after_this_request(reduce)
        return rv
    return reduce(app.make_response(rv))


def reduce_to_304(app: Flask, inquiry: Inquiry[Any], full: Response) -> Response:
    """Make the 304 of a 200."""
    finish(app, inquiry, full)
    if full.status_code != 200:
        return full
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
    if response.add_etag is add_no_etag:
        refuse_used(inquiry, response)
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
    """Give what a guard wants to know of the response that data comes to: its status.

    Only the framework that called the view can write the data.
    """
    data, *parts = rv if isinstance(rv, tuple) else (rv,)
    status = next((part for part in parts if isinstance(part, int | str)), None)
    if status is None and callable(data):
        return app.make_response(data)
    return app.response_class(status=200 if status is None else status)


def finish(app: Flask, inquiry: Inquiry[Any], response: Response) -> None:
    """Put on a success the validators of the state it speaks of.

    :raises SetupError: when a write has lost its race; in debug and test mode, also when it did
        not close the race, or its answer tells the tag that was before it.
    """
    status, plan = response.status_code, inquiry.plan
    if status >= 400:
        return
    if plan.is_safe:
        if status < 300 and inquiry.validators is not ABSENT:
            stamp_read(inquiry, response, inquiry.validators)
        return
    if inquiry.is_lost:
        refuse_success_of_loser(app, inquiry, response)
    # A redirect is how a form says that it has written.
    if inquiry.decision.decided_by and plan.guard is None and not inquiry.is_confirmed:
        complain_of_open_race(app, inquiry, response)
    if status >= 300:
        return
    response.add_etag = add_no_etag  # type: ignore[method-assign]
    # The tag compared before the view is no longer current; only the write knows the new one.
    written = inquiry.written
    if written is not None and written is not ABSENT:
        if plan.tells_written:
            stamp(response, written)
            response.answers = ref(inquiry.request)  # type: ignore[attr-defined]
        if plan.is_watched:
            refuse_outdated(inquiry, response, written)
