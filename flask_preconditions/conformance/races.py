"""Many clients, one document: is every acknowledged write still there?"""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from dataclasses import field
from itertools import count
from threading import Barrier

from .wire import Client


@dataclass(frozen=True, slots=True)
class RaceResult:
    """What many clients were told, and what is there.

    :param acknowledged: the marks of the writes that were answered with success.
    :param present: those of them that the final document holds.
    :param answers: how often each status answered a write.
    :param refused_yet_written: the marks of the writes that were answered 412 and that
        somebody read in the document all the same.
    """

    acknowledged: frozenset[str]
    present: frozenset[str]
    answers: Counter[int]
    refused_yet_written: frozenset[str] = frozenset()

    @property
    def lost(self) -> frozenset[str]:
        """The writes that were acknowledged and are not there."""
        return self.acknowledged - self.present

    def __str__(self) -> str:
        answers = ", ".join(f"{status}: {count}" for status, count in sorted(self.answers.items()))
        written = len(self.refused_yet_written)
        return (
            f"{len(self.acknowledged)} acknowledged, {len(self.present)} present, "
            f"{len(self.lost)} lost{f', {written} refused and yet written' if written else ''} "
            f"({answers})"
        )


@dataclass(slots=True)
class _Work:
    """What one client was told and has read."""

    acknowledged: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    answers: Counter[int] = field(default_factory=Counter)


def run_lost_updates(
    client: Client,
    target: str,
    *,
    clients: int = 16,
    rounds: int = 100,
    read: Callable[[bytes], str] = lambda body: str(json.loads(body)["body"]),
    write: Callable[[str], bytes] = lambda text: json.dumps({"title": "t", "body": text}).encode(),
) -> RaceResult:
    """Let clients read, add a mark and save, each until its writes are acknowledged.

    A 412 or 503 is answered by reading again, and so is a read of 503. Every attempt has a mark
    of its own, so the report can name the writes that were lost, and those that a refusal did
    not keep out. A client that sees such a write of its own stops.

    :param target: an existing document.
    :param read: gets the text that holds the marks out of a GET's body.
    :param write: makes the body of a PUT out of that text.
    :raises ConnectionError: when a write is answered by any other status, or refused more
        often than all writes of the others could explain.
    """
    start = Barrier(clients)

    def work(number: int) -> _Work:
        done = _Work()
        refusals_left = 2 * clients * rounds
        start.wait()
        for turn in range(rounds):
            for attempt in count():
                seen = client.send("GET", target).response
                if seen.status == 503 and refusals_left > 1:
                    refusals_left -= 1
                    continue
                if seen.status != 200:
                    raise ConnectionError(f"GET {target} was answered {seen.status}")
                text = read(seen.body)
                done.seen.update(text.split())
                if done.refused & done.seen:
                    return done
                mark = f"{number}-{turn}-{attempt}"
                fields = [("If-Match", seen.get("ETag") or "*")]
                exchange = client.send("PUT", target, fields, write(f"{text} {mark}"))
                status = exchange.response.status
                done.answers[status] += 1
                if 200 <= status < 300:
                    done.acknowledged.add(mark)
                    break
                refusals_left -= 1
                if status not in (412, 503) or not refusals_left:
                    raise ConnectionError(f"a write was answered {status}:\n{exchange}")
                if status == 412:
                    done.refused.add(mark)
        return done

    with ThreadPoolExecutor(clients) as pool:
        all_done = list(pool.map(work, range(clients)))
    final = set(read(client.send("GET", target).response.body).split())
    acknowledged = frozenset().union(*(done.acknowledged for done in all_done))
    refused = frozenset().union(*(done.refused for done in all_done))
    seen = final.union(*(done.seen for done in all_done))
    answers = sum((done.answers for done in all_done), Counter())
    return RaceResult(acknowledged, acknowledged & final, answers, refused & seen)
