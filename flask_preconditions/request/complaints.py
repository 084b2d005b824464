"""What a request shows to be wrong with its view, or with what its loader gives."""

from typing import Any

from flask import Flask
from flask import Response

from ..core import ABSENT
from ..exceptions import SetupError
from ..mistakes import tell
from ..placement import line_of
from ..signals import logger
from .inquiry import Inquiry
from .match import CONFIRMS


def speak_of_no_validators(inquiry: Inquiry[Any]) -> None:
    """Log why a write is refused that no condition could let through."""
    state = inquiry.validators
    if state is ABSENT or state.etag is not None or state.last_modified is not None:
        return
    error = SetupError(
        f"the target of {inquiry.request.endpoint} has neither tag nor date, so no condition but * "
        f"can hold ({inquiry.source.describe()} gave None); fill it once where it is stored",
        inquiry.plan.place,
    )
    logger.error(str(error))


def speak_of_no_creation(inquiry: Inquiry[Any]) -> None:
    """Log, in debug and test mode, why a PUT that asks to create is 404."""
    plan, condition = inquiry.plan, inquiry.sent.if_none_match
    if plan.is_watched and plan.method == "PUT" and (condition or "").strip() == "*":
        error = SetupError(
            f"a PUT to {inquiry.request.endpoint} with If-None-Match: * asks to create its "
            "target, and its guard only lets it change one: 404. Where PUT may create, add "
            "create=True to the guard",
            plan.place,
        )
        logger.warning(str(error))


def complain_of_open_race(app: Flask, inquiry: Inquiry[Any], response: Response) -> None:
    """Tell that nothing makes a write one step with its check.

    :raises SetupError: in debug and test mode.
    """
    endpoint = inquiry.request.endpoint
    message = (
        f"nothing says that the write of {endpoint} ({inquiry.plan.method}, "
        f"{response.status_code}) was one step with the check; let the write name the compared "
        "state, and confirm the rows that it gives back (where the view has written nothing, "
        f"precondition.confirm(True))\n    {CONFIRMS}"
    )
    # check() is called inside a view that nobody has guarded.
    place = inquiry.plan.place_of_view or line_of(app.view_functions.get(endpoint or ""))
    tell(app, SetupError(message, place))


def refuse_success_of_loser(app: Flask, inquiry: Inquiry[Any], response: Response) -> None:
    """Let no view that was told of a lost race answer with a success.

    :raises SetupError: always; what the view has stored since then, nobody can tell.
    """
    endpoint = inquiry.request.endpoint
    raise SetupError(
        f"{endpoint} ({inquiry.plan.method}) lost the race and answers {response.status_code}; "
        "catch no PreconditionFailed of confirm() or lost(), so that the client gets its 412, or "
        "answer with an error. To write again under the winner's version would overwrite what "
        "the client has not seen",
        inquiry.plan.place_of_view or line_of(app.view_functions.get(endpoint or "")),
    )


def refuse_used(inquiry: Inquiry[Any], response: Response) -> None:
    """Let no answer to an earlier write be the answer to this one.

    Both would tell one tag, and so would what the threads of two clients send.

    :raises SetupError: unless a guarded view has called another one in this request.
    """
    answers = getattr(response, "answers", None)
    if answers is not None and answers() is not inquiry.request:
        endpoint = inquiry.request.endpoint
        raise SetupError(
            f"{endpoint} ({inquiry.plan.method}) answers with a Response that has answered another "
            "request, and has its tag; make one for each request",
            inquiry.plan.place_of_view,
        )
