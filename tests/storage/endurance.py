"""Mixed load on one server while its workers are killed and its database restarts.

Each client has a slot in every document and writes the number of its attempt into it. So each read
tells whether its last acknowledged write is still there, and whether a refused one is.
"""

import hashlib
import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from threading import Event
from threading import Lock
from typing import Any

from flask_preconditions.conformance.wire import Client

from .postgres import restart
from .postgres import running_server
from .racing import kill
from .racing import racing_server
from .racing import workers_of
from .racing_app import GUARDS

SPARED = 2
"""Workers that are not killed, so that memory which they leak would show."""

RECOVERY_SECONDS = 5.0


@dataclass
class Record:
    """What a run has seen.

    :param answers: how often each kind of request got each status; ``None`` is no answer.
    :param faults: what was lost, and what was answered wrongly.
    :param disturbances: when each began and ended, and what it was.
    :param rss_kib: the memory of a spared worker on average, by the second of the run.
    """

    answers: Counter[tuple[str, int | None]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    disturbances: list[tuple[float, float, str]] = field(default_factory=list)
    rss_kib: dict[int, int] = field(default_factory=dict)
    bodies: dict[tuple[str, str], str] = field(default_factory=dict)
    created: Counter[str] = field(default_factory=Counter)
    errors: list[tuple[float, float, str]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    @property
    def acknowledged(self) -> int:
        """How many writes were answered with success."""
        return sum(
            count
            for (kind, status), count in self.answers.items()
            if kind == "PUT" and status in (200, 201, 204)
        )

    def close(self) -> None:
        """Find the errors that no disturbance explains."""
        for begun, ended, told in self.errors:
            if not any(
                begun <= until + RECOVERY_SECONDS and since <= ended
                for since, until, _ in self.disturbances
            ):
                self.faults.append(f"{told}, and nothing was disturbed")


class Slots:
    """What a client knows of its slot in one document."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.acknowledged = 0
        self.uncertain: set[int] = set()
        self.refused: set[int] = set()

    def judge(self, stored: int) -> str | None:
        """Say what is wrong with the slot; ``None`` when it is as it was told."""
        if stored == self.acknowledged:
            return None
        if stored in self.uncertain:
            self.settle(stored)
            return None
        kind = "was refused and is stored" if stored in self.refused else "is stored"
        return f"{self.target}: {stored} {kind}, and {self.acknowledged} was acknowledged"

    def settle(self, number: int) -> None:
        self.acknowledged = number
        self.uncertain.clear()


class Visitor:
    """One client of the run."""

    def __init__(
        self,
        number: int,
        client: Client,
        record: Record,
        seed: int = 0,
        targets: Iterable[str] = GUARDS.values(),
    ) -> None:
        self.name = f"c{number}"
        self.client = client
        self.record = record
        self.chance = random.Random(f"{seed} {number}")
        self.slots = {target: Slots(target) for target in targets}
        self.old_tags: dict[str, str] = {}
        self.attempt = 0

    def send(self, kind: str, method: str, path: str, fields: Any = (), body: bytes = b"") -> Any:
        """Send a request, and note what it was answered."""
        begun, response = time.monotonic(), None
        with suppress(OSError):
            response = self.client.send(method, path, list(fields), body).response
        status = response.status if response is not None else None
        with self.record.lock:
            self.record.answers[kind, status] += 1
            if status is None or status >= 500:
                told = f"{method} {path} was answered {status}"
                self.record.errors.append((begun, time.monotonic(), told))
        return response if status is not None and status < 500 else None

    def fault(self, told: str) -> None:
        with self.record.lock:
            self.record.faults.append(f"{self.name}: {told}")

    def read(self, target: str) -> tuple[str, dict[str, int]] | None:
        """Read a document, and compare it with what this client was told."""
        response = self.send("GET", "GET", target)
        if response is None:
            return None
        if response.status != 200:
            self.fault(f"GET {target} was answered {response.status}")
            return None
        text, tag = json.loads(response.body)["body"], response.get("ETag")
        with self.record.lock:
            known = self.record.bodies.setdefault((target, tag), text)
        if known != text:
            self.fault(f"{target}: {tag} is the tag of two texts")
        if "locked" in target and tag != f'"{hashlib.sha256(text.encode()).hexdigest()}"':
            self.fault(f"{target}: {tag} is not the tag of its text")
        slots = {name: int(value) for name, value in re.findall(r"(\w+):(\d+)", text)}
        problem = self.slots[target].judge(slots.get(self.name, 0))
        if problem:
            self.fault(problem)
        return tag, slots

    def save(self, target: str) -> None:
        """Read, change the own slot, and save."""
        seen = self.read(target)
        if seen is None:
            return
        tag, slots = seen
        own, self.attempt = self.slots[target], self.attempt + 1
        self.old_tags[target] = tag
        text = " ".join(f"{n}:{v}" for n, v in sorted({**slots, self.name: self.attempt}.items()))
        own.uncertain.add(self.attempt)
        body = json.dumps({"body": text}).encode()
        response = self.send("PUT", "PUT", target, [("If-Match", tag)], body)
        if response is None:
            return
        if response.status == 412:
            own.uncertain.discard(self.attempt)
            own.refused.add(self.attempt)
        elif response.status in (200, 204):
            own.settle(self.attempt)
        else:
            self.fault(f"PUT {target} was answered {response.status}")

    def save_stale(self, target: str) -> None:
        """Save with a tag of a state that this client knows to be over."""
        tag = self.old_tags.get(target)
        seen = self.read(target)
        if tag is None or seen is None or seen[0] == tag:
            return
        response = self.send("stale", "PUT", target, [("If-Match", tag)], b'{"body": "stale:1"}')
        if response is not None and response.status != 412:
            self.fault(f"a stale PUT {target} was answered {response.status}")

    def save_blindly(self, target: str) -> None:
        response = self.send("blind", "PUT", target, (), b'{"body": "blind:1"}')
        if response is not None and response.status != 428:
            self.fault(f"a PUT {target} without a condition was answered {response.status}")

    def revalidate(self, target: str) -> None:
        seen = self.read(target)
        if seen is None:
            return
        response = self.send("revalidate", "GET", target, [("If-None-Match", seen[0])])
        if response is not None and response.status not in (200, 304):
            self.fault(f"a revalidation of {target} was answered {response.status}")

    def create(self, second: int) -> None:
        """Create what others create at the same time."""
        path = f"/users/s{second}"
        with self.record.lock:
            is_there = self.record.created[path] > 0
        response = self.send("create", "PUT", path, [("If-None-Match", "*")])
        if response is None:
            return
        if response.status == 201:
            with self.record.lock:
                self.record.created[path] += 1
                is_second = self.record.created[path] > 1
            if is_second or is_there:
                self.fault(f"{path} was created twice")
        elif response.status != 412:
            self.fault(f"a create of {path} was answered {response.status}")

    def act(self, second: int) -> None:
        """Do one thing, drawn at random."""
        target = self.chance.choice([*GUARDS.values()])
        act: Callable[[], None] = self.chance.choices(
            [
                lambda: self.save(target),
                lambda: self.save_stale(target),
                lambda: self.save_blindly(target),
                lambda: self.revalidate(target),
                lambda: self.create(second),
            ],
            [10, 2, 1, 2, 2],
        )[0]
        act()


def endure(
    folder: Path,
    *,
    seconds: float,
    seed: int,
    clients: int = 8,
    workers: int = 4,
    pause_seconds: tuple[float, float] = (4, 12),
    say: Callable[[str], None] = lambda text: None,
) -> Record:
    """Load a server on PostgreSQL for a while, disturb it, and tell what went wrong.

    :param pause_seconds: the least and the greatest time between two disturbances.
    :param say: is told how far the run has come.
    """
    record = Record()
    with (
        running_server() as url,
        racing_server(url, folder, workers=workers, pings=True) as client,
    ):
        spared = workers_of(folder)[:SPARED]
        begun, is_over = time.monotonic(), Event()

        def passed() -> float:
            return time.monotonic() - begun

        def visit(number: int) -> Visitor:
            visitor = Visitor(number, client, record, seed)
            while passed() < seconds:
                visitor.act(int(passed()))
            return visitor

        def disturb() -> None:
            chance = random.Random(seed)
            while not is_over.wait(chance.uniform(*pause_seconds)):
                since = time.monotonic()
                if chance.random() < 0.7:
                    what = "worker"
                    kill(folder, spared)
                else:
                    what = "database"
                    restart(url)
                with record.lock:
                    record.disturbances.append((since, time.monotonic(), what))

        def watch() -> None:
            while True:
                record.rss_kib[int(passed())] = sum(map(rss_kib, spared)) // len(spared)
                say(f"{passed():4.0f} s {record.acknowledged} writes, {len(record.faults)} faults")
                if is_over.wait(min(30, max(1.0, seconds / 20))):
                    return

        with ThreadPoolExecutor(clients + 2) as pool:
            background = [pool.submit(disturb), pool.submit(watch)]
            try:
                visitors = [*pool.map(visit, range(clients))]
            finally:
                is_over.set()
            for done in background:
                done.result()
        record.rss_kib[int(passed())] = sum(map(rss_kib, spared)) // len(spared)
        for visitor in visitors:
            for target in GUARDS.values():
                while visitor.read(target) is None:
                    pass
    record.close()
    return record


def rss_kib(pid: int) -> int:
    """Give the resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024
