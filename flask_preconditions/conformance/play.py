"""Play one vector between two reads: what a request did is seen, and not believed."""

import time
from collections.abc import Callable
from collections.abc import Collection
from datetime import UTC
from datetime import datetime
from datetime import timedelta

from ..core import ABSENT
from ..core import EntityTag
from ..core import State
from ..core import format_http_date
from .applicability import is_long
from .applicability import may_be_required
from .applicability import state_of
from .table import Vector
from .verdicts import Result
from .verdicts import Verdict
from .verdicts import judge
from .verdicts import no_answer
from .wire import Client
from .wire import Exchange
from .wire import Fields

DATE_SECONDS = 1.5
"""How long a Last-Modified is waited for: its own second must be over (RFC 9110 §8.8.2.2)."""

Settled = Callable[[Exchange], bool]
"""Tells of a GET whether its validators are there that something waits for."""

_TOO_LONG = (400, 413, 414, 431)


def play(
    vector: Vector,
    before: Exchange,
    send: Callable[[Fields], Exchange],
    look: Callable[[], Exchange],
    is_changed: Callable[[Exchange, Exchange, Exchange], bool],
    *,
    current: State | None = None,
    earlier: EntityTag | None = None,
    statuses: Collection[int] = (),
) -> Result:
    """Send what a vector says, look what it did, and judge it.

    :param before: a GET of the target.
    :param send: sends the request with these fields.
    :param look: reads the target again.
    :param is_changed: whether the target is another one, by the GET before, the request and
        the GET after.
    :param current: the state of the target, where that is more than the GET tells.
    :param earlier: a tag that the target had once.
    :param statuses: what is right here besides what the vector names.
    :raises OSError: when there is no answer.
    """
    current = state_of(before) if current is None else current
    if (current is ABSENT) is not (vector.state == "absent"):
        there = "is" if vector.state == "absent" else "is not"
        return Result(vector, Verdict.FAIL, f"{before.target} {there} there", before)
    exchange = send(vector.resolve_fields(current, earlier))
    changed = is_changed(before, exchange, look())
    return judge(vector, current, exchange, changed, statuses)


def excuse(result: Result, *, required: bool) -> str | None:
    """Say why an answer that is not the expected one is as good.

    :param required: whether a write without a condition is refused.
    """
    if result.exchange is None:
        return None
    status = result.exchange.response.status
    if status == 428 and required and may_be_required(result.vector):
        return "refused as 428, which is as safe"
    if is_long(result.vector) and status in _TOO_LONG:
        return "the server takes no fields this long"
    return None


def unanswered(vector: Vector, error: OSError) -> Result:
    """Give the result of a vector that was not answered."""
    if is_long(vector):
        return Result(vector, Verdict.SKIP, "the server breaks off at long fields")
    return no_answer(vector, error)


def read_until(
    client: Client,
    target: str,
    seen: Exchange,
    is_settled: Settled,
    seconds: float = DATE_SECONDS,
) -> Exchange:
    """Read again until the validators are what they are after a second, or it does not come.

    :param seen: the last GET.
    """
    deadline = time.monotonic() + seconds
    while not is_settled(seen) and time.monotonic() < deadline:
        time.sleep(0.05)  # between two polls, up to a deadline
        seen = client.send("GET", target)
    return seen


def await_date(client: Client, target: str, seen: Exchange) -> Exchange:
    """Read again where there is a date that is not told in its own second (§8.8.2.2).

    :param seen: the last GET.
    """
    if has_date(seen):
        return seen
    later = format_http_date(datetime.now(UTC) + timedelta(seconds=1))
    asked = client.send("GET", target, [("If-Modified-Since", later)])
    return read_until(client, target, seen, has_date) if asked.response.status == 304 else seen


def has_date(seen: Exchange) -> bool:
    """Tell whether a GET told a date, or never will."""
    return seen.response.status != 200 or seen.response.get("Last-Modified") is not None


def has_strong_tag(seen: Exchange) -> bool:
    """Tell whether a GET told a strong tag; a server may call it weak in its first second."""
    tag = seen.response.get("ETag")
    return tag is not None and not tag.startswith("W/")
