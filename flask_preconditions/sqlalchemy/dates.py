"""Dates as validators: one that was told does not stand for the state after it."""

from typing import Any

from werkzeug.exceptions import ServiceUnavailable

from ..core import State
from ..core import Validators
from ..core import is_settled
from ..exceptions import SetupError
from ..request.inquiry import Inquiry
from ..request.inquiry import now


def see_that_the_date_moved(match: Inquiry[Any], state: State) -> None:
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
