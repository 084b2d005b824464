"""Many clients, one document: is every acknowledged write still there?"""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

from .wire import Client


@dataclass(frozen=True, slots=True)
class Report:
    """What many clients were told, and what is there.

    :param acknowledged: the marks of the writes that were answered with success.
    :param present: those of them that the final document holds.
    :param answers: how often each status answered a write.
    """

    acknowledged: frozenset[str]
    present: frozenset[str]
    answers: Counter[int]

    @property
    def lost(self) -> frozenset[str]:
        """The writes that were acknowledged and are not there."""
        return self.acknowledged - self.present

    def __str__(self) -> str:
        answers = ", ".join(f"{status}: {count}" for status, count in sorted(self.answers.items()))
        return (
            f"{len(self.acknowledged)} acknowledged, {len(self.present)} present, "
            f"{len(self.lost)} lost ({answers})"
        )


def run_lost_updates(
    client: Client,
    target: str,
    *,
    clients: int = 16,
    rounds: int = 100,
    read: Callable[[bytes], str] = lambda body: str(json.loads(body)["body"]),
    write: Callable[[str], bytes] = lambda text: json.dumps({"title": "t", "body": text}).encode(),
) -> Report:
    """Let clients read, add a mark and save, each until its writes are acknowledged.

    A 412 or 503 is answered by reading again. Every mark is unique, so the report can name
    the writes that were lost.

    :param target: an existing document.
    :param read: gets the text that holds the marks out of a GET's body.
    :param write: makes the body of a PUT out of that text.
    :raises ConnectionError: when a write is answered by any other status, or refused more
        often than all writes of the others could explain.
    """
    start = Barrier(clients)

    def work(number: int) -> tuple[set[str], Counter[int]]:
        acknowledged: set[str] = set()
        answers: Counter[int] = Counter()
        refusals_left = 2 * clients * rounds
        start.wait()
        for turn in range(rounds):
            mark = f"{number}-{turn}"
            while mark not in acknowledged:
                seen = client.send("GET", target).response
                if seen.status != 200:
                    raise ConnectionError(f"GET {target} was answered {seen.status}")
                body = write(f"{read(seen.body)} {mark}")
                fields = [("If-Match", seen.get("ETag") or "*")]
                exchange = client.send("PUT", target, fields, body)
                status = exchange.response.status
                answers[status] += 1
                if 200 <= status < 300:
                    acknowledged.add(mark)
                    continue
                refusals_left -= 1
                if status not in (412, 503) or not refusals_left:
                    raise ConnectionError(f"a write was answered {status}:\n{exchange}")
        return acknowledged, answers

    with ThreadPoolExecutor(clients) as pool:
        done = list(pool.map(work, range(clients)))
    final = read(client.send("GET", target).response.body).split()
    acknowledged = frozenset().union(*(marks for marks, _ in done))
    answers = sum((answers for _, answers in done), Counter())
    return Report(acknowledged, acknowledged & frozenset(final), answers)
