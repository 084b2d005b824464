"""The writes of a check: what they carry, two of them at once, and putting things back."""

import json
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

from ..conformance.trial import Body
from ..conformance.wire import Client
from ..conformance.wire import Exchange
from ..exceptions import SetupError
from ..testing.bodies import body_of
from .report import Race
from .report import Unusable

_WAY_OUT = (
    "name a string of it that may be changed (--field NAME), or give two bodies that it takes "
    "(--body FILE --body FILE) and one that makes it what it is now (--restore FILE)"
)


class Writer:
    """What writes to the resource, and puts it back.

    Before anything else it writes what is there already, so that it is known how to put it
    back.

    :param first: the GET that read it before anything was done.
    :param original: a body that makes the resource what it is; what GET gave by default.
    :raises Unusable: when a write cannot be made up or undone, or the resource takes none.
    """

    def __init__(
        self,
        client: Client,
        target: str,
        first: Exchange,
        field: str | None,
        bodies: Sequence[bytes],
        original: bytes | None,
    ) -> None:
        self.client = client
        self.target = target
        self.before = first.response.body
        self.method = self._write_method()
        self.text = ""
        if bodies:
            self.original = self.before if original is None else original
            self._see_that_it_can_be_put_back()
            try:
                self.body = self._alternate(bodies)
            except Unusable:
                self.save(self.original)
                raise
        else:
            try:
                self.body = body_of(self.before, self.method, field, None, None)
            except SetupError as error:
                raise Unusable(f"{error}; {_WAY_OUT}") from None
            self.text = self.body.read(self.before)
            self.original = self.body.write(self.text) if original is None else original
            self._see_that_it_can_be_put_back()

    def _see_that_it_can_be_put_back(self) -> None:
        self.save(self.original)
        if not self._is_as_it_was():
            raise Unusable(
                f"{self.method} of what GET gave makes it another resource; give a body that "
                f"makes it what it was: --restore FILE. It was: {_show(self.before)}"
            )

    def _is_as_it_was(self) -> bool:
        """Compare what was sent, where it is JSON: other members may tell of the write."""
        now = self.read().response.body
        sent, held = _parse(self.original), _parse(now)
        if isinstance(sent, dict) and isinstance(held, dict):
            return all(held.get(name) == value for name, value in sent.items())
        return now == self.before

    def _write_method(self) -> str:
        allow = self.client.send("OPTIONS", self.target).response.get("Allow") or "PUT"
        allowed = {name.strip().upper() for name in allow.split(",")}
        for method in ("PUT", "PATCH"):
            if method in allowed:
                return method
        raise Unusable(f"the resource takes neither PUT nor PATCH (Allow: {allow})")

    def _alternate(self, bodies: Sequence[bytes]) -> Body:
        """Write, of two bodies, the one that the resource does not hold.

        :raises Unusable: when there are not two, or both make the same representation.
        """
        if len(bodies) != 2:
            raise Unusable("--body takes two bodies, so that each write changes something")
        stored = []
        for body in bodies:
            self.save(body)
            stored.append(self.read().response.body)
        if stored[0] == stored[1]:
            raise Unusable("both bodies make the same representation; give two that differ")

        def write(text: str) -> bytes:
            return bodies[1] if self.read().response.body == stored[0] else bodies[0]

        return Body(read=lambda body: "", write=write)

    def read(self) -> Exchange:
        """Read the resource."""
        return self.client.send("GET", self.target)

    def save(self, body: bytes) -> Exchange:
        """Overwrite the resource with the tag that it has now.

        :raises Unusable: when the server refuses.
        """
        tag = self.read().response.get("ETag")
        # A weak tag matches nothing (RFC 9110 §13.1.1); * asks only that it exists.
        fields = [("If-Match", tag if tag and not tag.startswith("W/") else "*")]
        saved = self.client.send(self.method, self.target, fields, body)
        if not 200 <= saved.response.status < 300:
            raise Unusable(f"a write with the current tag is refused; {_WAY_OUT}\n{saved}")
        return saved

    def asks_for_a_condition(self) -> bool:
        """Find out whether a write without a condition is refused.

        :raises Unusable: when it is neither performed nor 428.
        """
        sent = self.client.send(self.method, self.target, (), self.body.write(f"{self.text} 0"))
        status = sent.response.status
        if status == 428 or 200 <= status < 300:
            return status == 428
        if status in (400, 403, 409, 412):  # asks as well, in words of its own
            return True
        raise Unusable(f"{self.method} is refused, with or without a condition\n{sent}")

    def race(self, rounds: int) -> Race | None:
        """Let two writers who read the same tag write at the same moment.

        :return: ``None`` when the resource tells no tag.
        """
        if self.read().response.get("ETag") is None:
            return None
        answers: Counter[tuple[int, int]] = Counter()
        evidence = None
        numbers = count(1)
        with ThreadPoolExecutor(2) as pool:
            for _ in range(rounds):
                fields = [("If-Match", self.read().response.get("ETag") or "*")]
                first = self.body.write(f"{self.text} race {next(numbers)}")
                second = self.body.write(f"{self.text} race {next(numbers)}")
                start = Barrier(2)

                one, other = (pool.submit(self._save_at, start, fields, b) for b in (first, second))
                pair = (one.result(), other.result())
                low, high = sorted(exchange.response.status for exchange in pair)
                answers[low, high] += 1
                if high < 300 and evidence is None:
                    evidence = pair
        return Race(rounds, answers, evidence)

    def _save_at(self, start: Barrier, fields: list[tuple[str, str]], body: bytes) -> Exchange:
        start.wait()
        return self.client.send(self.method, self.target, fields, body)

    def restore(self) -> str | None:
        """Put the resource back, and read it again to see that it is.

        :return: why it is not as it was; ``None`` when it is.
        """
        try:
            self.save(self.original)
        except (Unusable, OSError) as error:
            return f"the resource cannot be put back: {error}\nIt was: {_show(self.before)}"
        if self._is_as_it_was():
            return None
        return f"the resource was put back, and reads differently. It was: {_show(self.before)}"


class Vacancy:
    """A place where nothing is, and where nothing is left.

    :raises Unusable: when something is there.
    """

    def __init__(self, client: Client, target: str) -> None:
        self.client = client
        self.target = target
        if (status := self._status()) not in (404, 410):
            raise Unusable(f"{target} is to be a place where nothing is, and GET is {status}")

    def __call__(self) -> str:
        """Give the target, empty.

        :raises Unusable: when a request made it and it cannot be deleted.
        """
        if fault := self.restore():
            raise Unusable(fault)
        return self.target

    def restore(self) -> str | None:
        """Delete what was made there; say why when it is still there."""
        seen = self.client.send("GET", self.target)
        if seen.response.status in (404, 410):
            return None
        tag = seen.response.get("ETag")
        fields = [("If-Match", tag if tag and not tag.startswith("W/") else "*")]
        deleted = self.client.send("DELETE", self.target, fields)
        if self._status() in (404, 410):
            return None
        return f"{self.target} was created and cannot be deleted:\n{deleted}"

    def _status(self) -> int:
        return self.client.send("GET", self.target).response.status


def _parse(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _show(body: bytes) -> str:
    return json.dumps(body.decode(errors="replace"), ensure_ascii=False)
