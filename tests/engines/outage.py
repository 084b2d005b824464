"""A document that is written all the time, while its engine goes away and comes back."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

from flask_preconditions.conformance.wire import Client
from tests.storage.endurance import Record
from tests.storage.endurance import Visitor

TARGET = "/docs/outage"
DEADLINE_SECONDS = 60


@dataclass(frozen=True)
class Outage:
    """What became of the requests.

    :param answers: how often each method was answered each status; ``None`` is no answer.
    :param seconds: from the fall of the engine to the next acknowledged write.
    """

    answers: dict[str, int]
    acknowledged: int
    faults: list[str]
    seconds: float


def endure_outage(
    client: Client, fall: Callable[[], None], rise: Callable[[], None], clients: int = 8
) -> Outage:
    """Write a document, let its engine fall and rise, and write on.

    :param fall: takes the engine away.
    :param rise: brings it back, once requests have been refused for it.
    """
    record, is_over = Record(), Event()
    client.send("PUT", TARGET, [("If-None-Match", "*")], b'{"body": "c:0"}')

    def visit(number: int) -> Visitor:
        visitor = Visitor(number, client, record, targets=[TARGET])
        while not is_over.is_set():
            visitor.save(TARGET)
        return visitor

    with ThreadPoolExecutor(clients) as pool:
        visitors = [pool.submit(visit, number) for number in range(clients)]
        try:
            _until(lambda: record.acknowledged >= 100)
            fallen = time.monotonic()
            fall()
            _until(lambda: bool(record.errors))
            rise()
            acknowledged = record.acknowledged
            _until(lambda: record.acknowledged > acknowledged)
            seconds = time.monotonic() - fallen
            _until(lambda: record.acknowledged >= acknowledged + 200)
        finally:
            is_over.set()
    for visitor in visitors:
        while visitor.result().read(TARGET) is None:
            pass
    answers = {
        f"{kind} {status}": n for (kind, status), n in sorted(record.answers.items(), key=str)
    }
    return Outage(answers, record.acknowledged, record.faults, round(seconds, 1))


def _until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError("the clients do not get on")
        time.sleep(0.01)  # between two looks, up to the deadline
