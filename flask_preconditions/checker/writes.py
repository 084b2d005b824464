"""The writes of a check: which method, how it is let through, and how they are undone."""

import math
import time
from collections.abc import Iterator

from ..conformance.play import has_strong_tag
from ..conformance.play import read_until
from ..conformance.wire import Exchange
from ..conformance.wire import Fields
from .bodies import WAY_OUT
from .bodies import Bodies
from .bodies import GivenBodies
from .bodies import changed_members
from .client import CheckClient
from .comparison import GONE
from .comparison import Comparison
from .documents import NOTHING
from .documents import format_path
from .documents import is_stamp
from .original import Original
from .survey import Survey
from .survey import intermediary
from .survey import why_ignored
from .unusable import Unusable

WRITE_METHODS = WITH_CONTENT = ("PUT", "PATCH", "POST")
MERGE_PATCH = "application/merge-patch+json"

PUT_OFF_SECONDS = 10
"""How long a write may take to come that is acknowledged with 202."""
MOST_PUT_OFF = 20
SHOWN_SECONDS = 2
"""How long GET may show what was there before a write, at a server that reads from a copy."""

_NOT_THERE = (404, 405, 501)


class Writer:
    """What writes to the resource, and puts it back.

    :param comparison: what is compared; learns which members the server sets itself.
    :param method: the method of writes; found out without it.

    ``moves_tag`` tells whether a write of what is there already makes another tag, ``unanswered``
    what was sent and not answered: it may be stored still. ``lag`` are the seconds after which
    a write was seen, where it was not seen at once.
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
        self._content_type = content_type or client.content_type
        self.unanswered: list[bytes] = []
        self.lag = 0.0
        self._put_off: list[tuple[bytes, float]] = []
        self._is_strong = has_strong_tag(found.reads[-1])
        self._wanted = method

    def prepare(self) -> bool:
        """Write what is there already, and see that it stays so; then something else.

        :return: whether a write without a condition is refused.
        :raises Unusable: when a write cannot be made up or undone, or the resource takes none.
        """
        self._write_what_is_there()
        self._learn_bodies()
        return self._asks_for_a_condition()

    def _methods(self) -> Iterator[str]:
        if self._wanted:
            yield self._wanted
            return
        # Allow may be that of one route only, so it gives the order and no more.
        has_patch_only = "PATCH" in self.found.allow and "PUT" not in self.found.allow
        yield from ("PATCH", "PUT") if has_patch_only else ("PUT", "PATCH")

    def _write_what_is_there(self) -> None:
        refusals, fates = [], {}
        for method in self._methods():
            for content_type in self._types(method):
                self.method, self.content_types[method] = method, content_type
                saved = self._try_to_save(self._original())
                fates[method] = _fate(saved)
                if isinstance(saved, str):
                    refusals.append(saved)
                    continue
                if is_success(saved):
                    before = self.read()
                    self._see_that_it_can_be_put_back(before)
                    self._try_to_save(self._original())
                    now = self.read()
                    self._see_that_it_can_be_put_back(now)
                    self.moves_tag = not self.comparison.is_same_tag(before, now)
                    return
                refusals.append(str(saved))
                if saved.response.status in _NOT_THERE:
                    break
        said = [f"{method} of what is there is {fate}" for method, fate in fates.items()]
        raise Unusable(f"{', and '.join(said)}; {WAY_OUT}\n" + "\n\n".join(refusals))

    def _types(self, method: str) -> Iterator[str]:
        yield self._content_type
        if method == "PATCH" and "json" in self._content_type and self.bodies.changed:
            yield MERGE_PATCH

    def _original(self) -> bytes:
        if self.method == "PATCH":
            return self.bodies.patch(self.before, is_change=False)
        return self.bodies.original()

    def _see_that_it_can_be_put_back(self, now: Exchange) -> None:
        changed = changed_members(self.before, now)
        own = {path for path, was, value in changed if was is NOTHING or is_stamp(was, value)} - {
            self.bodies.changed
        }
        others = [format_path(p) for p, _, _ in changed if p not in own | self.comparison.ignored]
        self.comparison.managed |= own
        if self.was.is_there(now):
            return
        hint = " ".join(f"--ignore {name}" for name in others[:5] if name)
        self.is_hopeless = True
        leave = f"leave out what the server changes by itself: {hint}; or " if hint else ""
        raise Unusable(
            f"{self.method} of what GET gave makes it another resource; {leave}give a body that "
            f"makes it what it was: --restore FILE. {self.was}"
        )

    def _learn_bodies(self) -> None:
        if not isinstance(self.bodies, GivenBodies):
            return
        for place in (1, 0):
            content = self.bodies._contents[place]
            saved = self._try_to_save(content)
            if isinstance(saved, str) or not is_success(saved):
                raise Unusable(f"--body {place + 1} of 2 is refused; {WAY_OUT}\n{saved}")
            self.bodies.learn(place, self.read())

    def _asks_for_a_condition(self) -> bool:
        """Find out whether a write without a condition is refused."""
        before = self.read()
        sent = self.write(self.bodies.change(before))
        status = sent.response.status
        if is_success(sent):
            self._see_that_it_changed(sent, before)
            return False
        now = self.read()
        allowed = self._try_to_save(self.bodies.change(now))
        if isinstance(allowed, str) or not is_success(allowed):
            raise Unusable(
                f"{self.method} is refused, with or without a condition; {WAY_OUT}\n{allowed}"
            )
        self._see_that_it_changed(allowed, now)
        return status in (428, 400, 403, 409, 412)  # some ask in words of their own

    def _see_that_it_changed(self, sent: Exchange, before: Exchange) -> None:
        after = self.read()
        if not self.comparison.is_same(before, after):
            self.see(after)
            return
        if self._comes_later(sent, before):
            raise Unusable(
                f"a write is answered with {sent.response.status}, and GET shows it {self.lag:.2g} "
                f"seconds later, so that it does not tell what a request did\n{sent}"
            )
        if told := intermediary(after):
            raise Unusable(
                f"GET does not show what was written, and comes through a cache ({told}); check "
                f"the server behind it\n{sent}"
            )
        raise Unusable(f"a write is acknowledged and GET shows no change; {WAY_OUT}\n{sent}")

    def _comes_later(self, sent: Exchange, before: Exchange) -> bool:
        """Tell whether a change shows after a while, and after how long."""
        began = time.monotonic()
        seconds = PUT_OFF_SECONDS if sent.response.status == 202 else SHOWN_SECONDS
        while time.monotonic() < began + seconds:
            time.sleep(0.05)  # between two polls, up to a deadline
            now = self.read()
            if not self.comparison.is_same(before, now):
                self.lag = time.monotonic() - began
                self.see(now)
                return True
        return False

    def prepare_patch(self) -> str | None:
        """See whether PATCH is taken beside PUT; say why not.

        PATCH is sent what changes nothing first, and must leave the resource as it is.
        """
        method, self.method = self.method, "PATCH"
        try:
            return self._try_patch() or None
        finally:  # also when it is interrupted: what puts back must not send PATCH
            self.method = method

    def _try_patch(self) -> str:
        reason = ""
        for content_type in self._types("PATCH"):
            self.content_types["PATCH"] = content_type
            now = self.read()
            saved = self._try_to_save(self.bodies.patch(now, is_change=False))
            if isinstance(saved, str):
                reason = saved
                continue
            status = saved.response.status
            reason = why_ignored("PATCH", status)
            if is_success(saved):
                before = self.read()
                changed = self._try_to_save(self.bodies.patch(before, is_change=True))
                if not isinstance(changed, str) and is_success(changed):
                    if not self.comparison.is_same(before, self.read()):
                        reason = ""
                        break
                    reason = "a PATCH is acknowledged and changes nothing"
            if status in _NOT_THERE:
                break
        return reason

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
        self, content: bytes, fields: Fields = (), target: str | None = None, method: str = ""
    ) -> Exchange:
        """Write to the resource.

        :raises OSError: when there is no answer. It may be written later then, and also where a
            signal has ended the wait for the answer.
        """
        method = method or self.method
        self.has_written = True
        kind = self.content_types.get(method, self._content_type)
        began = time.monotonic()
        try:
            sent = self.client.send(method, target or self.target, fields, content, kind)
        except BaseException:
            self.unanswered.append(content)
            raise
        if sent.response.status == 202 and not target:
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

    def _try_to_save(self, content: bytes) -> Exchange | str:
        """Write with the current tag, or with what else is let through.

        :return: the exchange that succeeded, or else the one that tells why none did, or why
            none was answered.
        """
        refused: list[Exchange] = []
        try:
            tag = self.read().response.get("ETag")
            for fields in ways(tag):
                sent = self.write(content, fields)
                if is_success(sent) or sent.response.status in _NOT_THERE:
                    return sent
                refused.append(sent)
        except OSError as error:
            return str(error)
        # Whether the content is taken shows only behind the condition: 412 and 428 come before
        # it is looked at (§13.2.1).
        told = [r for r in refused if r.response.status not in (412, 428)]
        return (told or refused)[0]

    def put_back(self) -> Exchange | str:
        """Write what was there, once.

        :return: the exchange that succeeded, or else the last one, or why none was answered.
        """
        if self.read().response.status in GONE:
            made = self.write(self.bodies.original(), (("If-None-Match", "*"),), method="PUT")
            if is_success(made):
                return made
            return self.write(self.bodies.original(), method="PUT")
        return self._try_to_save(self._original())


def ways(tag: str | None) -> Iterator[Fields]:
    """Give the conditions under which a write may be let through, the safest first."""
    # A weak tag matches nothing (RFC 9110 §13.1.1); * asks only that it exists.
    if tag and not tag.startswith("W/"):
        yield (("If-Match", tag),)
    yield (("If-Match", "*"),)
    yield ()


def is_success(exchange: Exchange) -> bool:
    """Tell whether an answer is 2xx."""
    return 200 <= exchange.response.status < 300


def _fate(saved: Exchange | str) -> str:
    """Say what became of a write that did not succeed."""
    if isinstance(saved, str):
        return "not answered"
    status = saved.response.status
    if 300 <= status < 400:
        where = saved.response.get("Location") or "nowhere"
        return f"redirected ({status} to {where}), so check the resource that takes it"
    return f"refused ({status})"
