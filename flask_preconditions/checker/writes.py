"""The writes of a check: which method, how it is let through, and how they are undone."""

import math
import time
from collections.abc import Iterator

from ..conformance.play import has_strong_tag
from ..conformance.play import read_until
from ..conformance.wire import Exchange
from ..conformance.wire import Fields
from .bodies import Bodies
from .client import CheckClient
from .client import is_dropped
from .comparison import CLOCK_SECONDS
from .comparison import GONE
from .comparison import Comparison
from .original import Original
from .original import show
from .survey import Survey
from .unusable import Overtaken

WRITE_METHODS = WITH_CONTENT = ("PUT", "PATCH", "POST")
MERGE_PATCH = "application/merge-patch+json"

PUT_OFF_SECONDS = 10
"""How long a write may take to come that is acknowledged with 202."""
MOST_PUT_OFF = 20
ATTEMPTS = 3
"""How often a write is sent of which nothing is judged, where the connection is dropped."""

NOT_THERE = (404, 405, 501)

ASKS = (428, 400, 403, 409, 412)
"""The statuses of a server that asks for a condition; some ask in words of their own."""


class Writer:
    """What writes to the resource, and puts it back.

    :param comparison: what is compared; learns which members the server sets itself.
    :param method: the method of writes; found out without it.

    ``overtaken`` says what somebody else has written when it was about to be put back, and
    ``moves_tag`` tells whether a write of what is there already makes another tag, ``unanswered``
    what was sent and not answered: it may be stored still. ``lag`` are the seconds after which
    a write was seen, where it was not seen at once, and ``plain_status`` is the answer to a
    write without a condition, where that is refused.
    """

    def __init__(
        self,
        client: CheckClient,
        target: str,
        found: Survey,
        comparison: Comparison,
        bodies: Bodies,
        method: str | None,
        content_type: str | None,
    ) -> None:
        self.client = client
        self.target = target
        self.found = found
        self.before = found.first
        self.comparison = comparison
        self.bodies = bodies
        self.was = Original(found.first, comparison, bodies)
        self.method = method or ""
        self.content_types: dict[str, str] = {}
        self.moves_tag = False
        self.tags: list[str] = []
        self.has_written = False
        self.is_hopeless = False
        self.overtaken = ""
        self.content_type = content_type or client.content_type
        self.unanswered: list[bytes] = []
        self.lag = 0.0
        self.plain_status = 0
        self._put_off: list[tuple[bytes, float]] = []
        self._is_strong = has_strong_tag(found.reads[-1])
        self.wanted = method

    def types(self, method: str) -> Iterator[str]:
        """Give the media types that a content may be sent as."""
        yield self.content_type
        if method == "PATCH" and "json" in self.content_type and self.bodies.has_member:
            yield MERGE_PATCH

    def first_content(self) -> bytes:
        """Give what makes the resource what it was, by the method of writes."""
        if self.method == "PATCH":
            return self.bodies.patch(self.before, is_change=False)
        return self.bodies.original()

    def content(self, method: str, now: Exchange) -> bytes:
        """Make the content of a write that changes something."""
        if method == "PATCH":
            return self.bodies.patch(now, is_change=True)
        return self.bodies.change(now)

    def read(self) -> Exchange:
        """Read the resource, and remember its tag."""
        seen = self.client.send("GET", self.target)
        if (tag := seen.response.get("ETag")) and tag not in self.tags[-1:]:
            self.tags = [*self.tags[-2:], tag]
        self.see(seen)
        return seen

    def read_settled(self) -> Exchange:
        """Read the resource when its tag is as strong as it was at first."""
        seen = self.read()
        if self._is_strong and not has_strong_tag(seen):
            read_until(self.client, self.target, seen, has_strong_tag)
            seen = self.read()
            self._is_strong = has_strong_tag(seen)
        return seen

    def write(
        self,
        content: bytes,
        fields: Fields = (),
        target: str | None = None,
        method: str = "",
        *,
        is_second: bool = False,
    ) -> Exchange:
        """Write to the resource.

        :param is_second: whether a plain GET is sent before it on the same connection.
        :raises OSError: when there is no answer. It may be written later then, and also where a
            signal has ended the wait for the answer.
        """
        method = method or self.method
        self.has_written = True
        kind = self.content_types.get(method, self.content_type)
        began = time.monotonic()
        try:
            send = self.client.send_second if is_second else self.client.send
            sent = send(method, target or self.target, fields, content, kind)
        except BaseException:
            self.unanswered.append(content)
            raise
        if sent.response.status == 202 and (target or self.target) == self.target:
            self._put_off = [*self._put_off[1 - MOST_PUT_OFF :], (content, began)]
        return sent

    def see(self, now: Exchange) -> None:
        """Take note of which writes that were put off (202) have come."""
        self._put_off = [row for row in self._put_off if not self.bodies.is_there(row[0], now)]

    @property
    def is_put_off(self) -> bool:
        """Tell whether something that was put off (202) has not been seen."""
        return bool(self._put_off)

    def awaited_till(self) -> float:
        """Tell until when a write may come that was put off (202); of ``time.monotonic()``."""
        return max((began for _, began in self._put_off), default=-math.inf) + PUT_OFF_SECONDS

    def refusal(self, method: str) -> Exchange | None:
        """Give the answer to a write that no condition stops, where it is refused all the same."""
        now = self.read()
        for fields in ways(now.response.get("ETag")):
            sent = self.write(self.content(method, now), fields, method=method)
            if is_success(sent):
                return None
        return sent

    def is_late(self, now: Exchange) -> bool:
        """Tell whether the resource is what a write without an answer makes it."""
        return any(self.bodies.is_there(content, now) for content in self.unanswered)

    def try_to_save(self, content: bytes) -> Exchange | str:
        """Write with the current tag, or with what else is let through.

        :return: the exchange that succeeded, or else the one that tells why none did, or why
            none was answered.
        :raises Overtaken: when somebody else has written meanwhile: that is not written over.
        """
        refused: list[Exchange] = []
        for attempt in range(ATTEMPTS):
            try:
                now = self.read()
                if not self.has_written:
                    self._see_that_it_is_what_was_read(now)
                for fields in ways(now.response.get("ETag")):
                    sent = self.write(content, fields)
                    if is_success(sent) or sent.response.status in NOT_THERE:
                        return sent
                    refused.append(sent)
                    if sent.response.status == 412:
                        self._see_that_nobody_came_between(now)
                break
            except OSError as error:
                if not is_dropped(error) or attempt + 1 == ATTEMPTS:
                    return str(error)
                refused.clear()
        # Whether the content is taken shows only behind the condition: 412 and 428 come before
        # it is looked at (§13.2.1).
        told = [r for r in refused if r.response.status not in (412, 428)]
        return (told or refused)[0]

    def _see_that_it_is_what_was_read(self, now: Exchange) -> None:
        """See that nobody has written since the first GET, which the first write repeats."""
        if not self._is_of_others(self.before, now):
            return
        if self.bodies.mark_of(self.before) == self.bodies.mark_of(now):
            time.sleep(CLOCK_SECONDS)  # a member that shows seconds differs only after one
            self.comparison.learn(now, self.read())
        if self._is_of_others(self.before, now):
            raise Overtaken(_overtaken(now))

    def _see_that_nobody_came_between(self, before: Exchange) -> None:
        """See that a write was not refused because somebody else has written since."""
        now = self.read()
        if self._is_of_others(before, now):
            self.overtaken = _overtaken(now)
            raise Overtaken(self.overtaken)

    def _is_of_others(self, before: Exchange, now: Exchange) -> bool:
        """Tell whether what differs between two GETs is nothing that the check has written."""
        if self.unanswered or self._put_off or self.lag:  # that may come at any time
            return False
        statuses = {before.response.status, now.response.status}
        is_same = self.comparison.is_same(before, now)
        return statuses == {200} and not is_same and not self.bodies.is_own(before, now)

    def put_back(self) -> Exchange | str:
        """Write what was there, once.

        :return: the exchange that succeeded, or else the last one, or why none was answered.
        """
        if self.read().response.status in GONE:
            made = self.write(self.bodies.original(), (("If-None-Match", "*"),), method="PUT")
            if is_success(made):
                return made
            return self.write(self.bodies.original(), method="PUT")
        return self.save_original()

    def save_original(self) -> Exchange | str:
        """Write what was there; where that is refused, with the current revision in it.

        :return: as :meth:`try_to_save`.
        """
        saved = self.try_to_save(self.first_content())
        if isinstance(saved, str) or is_success(saved) or self.method == "PATCH":
            return saved
        renewed = self.bodies.renewed(self.read(), self.comparison.managed)
        return saved if renewed is None else self.try_to_save(renewed)


def ways(tag: str | None) -> Iterator[Fields]:
    """Give the conditions under which a write may be let through, the safest first."""
    # A weak tag matches nothing (RFC 9110 §13.1.1); * asks only that it exists.
    if tag and not tag.startswith("W/"):
        yield (("If-Match", tag),)
    yield (("If-Match", "*"),)
    yield ()


def _overtaken(now: Exchange) -> str:
    return (
        "somebody else has written to the resource meanwhile, and what is there is left; check one "
        f"that nobody else works on. It is now: {show(now.response.body)}"
    )


def is_success(exchange: Exchange) -> bool:
    """Tell whether an answer is 2xx."""
    return 200 <= exchange.response.status < 300
