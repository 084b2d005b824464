"""What is found out about the writes of a resource before any of them is judged."""

import time
from collections.abc import Iterator

from ..conformance.wire import Exchange
from .bodies import WAY_OUT
from .bodies import GivenBodies
from .bodies import changed_members
from .client import is_dropped
from .documents import NOTHING
from .documents import format_path
from .documents import is_stamp
from .survey import intermediary
from .survey import why_ignored
from .unusable import Unusable
from .writes import ASKS
from .writes import ATTEMPTS
from .writes import NOT_THERE
from .writes import PUT_OFF_SECONDS
from .writes import Writer
from .writes import is_success

ASKS_FOR_ANOTHER = (
    "it asks for another condition than If-Match, and what the check writes names no other one"
)

SHOWN_SECONDS = 2
"""How long GET may show what was there before a write, at a server that reads from a copy."""


class Preparation:
    """Finds out how a resource is written, and put back, and whether that can be seen."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def prepare(self) -> bool:
        """Write what is there already, and see that it stays so; then something else.

        :return: whether a write without a condition is refused.
        :raises Unusable: when a write cannot be made up or undone, or the resource takes none.
        """
        self._write_what_is_there()
        self._learn_bodies()
        for _ in range(ATTEMPTS - 1):
            try:
                return self._asks_for_a_condition()
            except OSError as error:
                if not is_dropped(error):
                    raise
        return self._asks_for_a_condition()

    def _methods(self) -> Iterator[str]:
        if self.writer.wanted:
            yield self.writer.wanted
            return
        # Allow may be that of one route only, so it gives the order and no more.
        has_patch_only = "PATCH" in self.writer.found.allow and "PUT" not in self.writer.found.allow
        yield from ("PATCH", "PUT") if has_patch_only else ("PUT", "PATCH")

    def _write_what_is_there(self) -> None:
        refusals, fates, statuses = [], {}, set()
        for method in self._methods():
            for content_type in self.writer.types(method):
                self.writer.method, self.writer.content_types[method] = method, content_type
                saved = self.writer.try_to_save(self.writer.first_content())
                fates[method] = _fate(saved)
                if isinstance(saved, str):
                    refusals.append(saved)
                    continue
                if is_success(saved):
                    before = self.writer.read()
                    self._see_that_it_can_be_put_back(before)
                    self.writer.save_original()
                    now = self.writer.read()
                    self._see_that_it_can_be_put_back(now)
                    self.writer.moves_tag = not self.writer.comparison.is_same_tag(before, now)
                    return
                refusals.append(str(saved))
                statuses.add(saved.response.status)
                if saved.response.status in NOT_THERE:
                    break
        said = [f"{method} of what is there is {fate}" for method, fate in fates.items()]
        hint = ASKS_FOR_ANOTHER if 428 in statuses else WAY_OUT
        raise Unusable(f"{', and '.join(said)}; {hint}\n" + "\n\n".join(refusals))

    def _see_that_it_can_be_put_back(self, now: Exchange) -> None:
        changed = changed_members(self.writer.before, now)
        own = {path for path, was, value in changed if was is NOTHING or is_stamp(was, value)}
        own -= self.writer.bodies.changed
        others = [
            format_path(p) for p, _, _ in changed if p not in own | self.writer.comparison.ignored
        ]
        self.writer.comparison.managed |= own
        if self.writer.was.is_there(now):
            return
        hint = " ".join(f"--ignore {name}" for name in others[:5] if name)
        self.writer.is_hopeless = True
        leave = f"leave out what the server changes by itself: {hint}; or " if hint else ""
        raise Unusable(
            f"{self.writer.method} of what GET gave makes it another resource; {leave}give a body "
            f"that makes it what it was: --restore FILE. {self.writer.was}"
        )

    def _learn_bodies(self) -> None:
        if not isinstance(self.writer.bodies, GivenBodies):
            return
        for place in (1, 0):
            content = self.writer.bodies._contents[place]
            saved = self.writer.try_to_save(content)
            if isinstance(saved, str) or not is_success(saved):
                raise Unusable(f"--body {place + 1} of 2 is refused; {WAY_OUT}\n{saved}")
            self.writer.bodies.learn(place, self.writer.read())

    def _asks_for_a_condition(self) -> bool:
        """Find out whether a write without a condition is refused."""
        before = self.writer.read()
        sent = self.writer.write(self.writer.bodies.change(before))
        status = sent.response.status
        if is_success(sent):
            self._see_that_it_changed(sent, before)
            return False
        self.writer.plain_status = status
        now = self.writer.read()
        allowed = self.writer.try_to_save(self.writer.bodies.change(now))
        if isinstance(allowed, str) or not is_success(allowed):
            raise Unusable(
                f"{self.writer.method} is refused, with or without a condition; {WAY_OUT}\n"
                f"{allowed}"
            )
        self._see_that_it_changed(allowed, now)
        return status in ASKS

    def _see_that_it_changed(self, sent: Exchange, before: Exchange) -> None:
        after = self.writer.read()
        if not self.writer.comparison.is_same(before, after):
            if (kept := self.writer.bodies.kept(sent.body, after)) is not None:
                raise Unusable(
                    f"the server stores {kept!a} of a longer text, so that two writes are not told "
                    f"apart; {WAY_OUT}\n{sent}"
                )
            return
        if self._comes_later(sent, before):
            raise Unusable(
                f"a write is answered with {sent.response.status}, and GET shows it "
                f"{self.writer.lag:.2g} seconds later, so that it does not tell what a request "
                f"did\n{sent}"
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
            now = self.writer.read()
            if not self.writer.comparison.is_same(before, now):
                self.writer.lag = time.monotonic() - began
                return True
        return False

    def prepare_patch(self) -> str | None:
        """See whether PATCH is taken beside PUT; say why not.

        PATCH is sent what changes nothing first, and must leave the resource as it is.
        """
        method, self.writer.method = self.writer.method, "PATCH"
        try:
            return self._try_patch() or None
        finally:  # also when it is interrupted: what puts back must not send PATCH
            self.writer.method = method

    def _try_patch(self) -> str:
        reason = ""
        for content_type in self.writer.types("PATCH"):
            self.writer.content_types["PATCH"] = content_type
            now = self.writer.read()
            saved = self.writer.try_to_save(self.writer.bodies.patch(now, is_change=False))
            if isinstance(saved, str):
                reason = saved
                continue
            status = saved.response.status
            reason = why_ignored("PATCH", status)
            if is_success(saved):
                before = self.writer.read()
                changed = self.writer.try_to_save(self.writer.bodies.patch(before, is_change=True))
                if not isinstance(changed, str) and is_success(changed):
                    if not self.writer.comparison.is_same(before, self.writer.read()):
                        reason = ""
                        break
                    reason = "a PATCH is acknowledged and changes nothing"
            if status in NOT_THERE:
                break
        return reason


def _fate(saved: Exchange | str) -> str:
    """Say what became of a write that did not succeed."""
    if isinstance(saved, str):
        return "not answered"
    status = saved.response.status
    if 300 <= status < 400:
        where = saved.response.get("Location") or "nowhere"
        # Where it points to itself it may have been performed, and that is no success (§15.4.4).
        then = "its conditions are ignored (§13.2.1)"
        then = then if where == saved.target else "check the resource that takes it"
        return f"redirected ({status} to {where}), so {then}"
    return f"refused ({status})"
