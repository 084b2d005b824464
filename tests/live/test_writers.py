"""Writers that start together from the same state: one wins, and the others are told."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask_preconditions.conformance.wire import Client

from .slow import is_overtaken

WRITERS = 4
ROUNDS = 20
CREATE = [("If-None-Match", "*")]


def document(body: object) -> bytes:
    return json.dumps({"title": "t", "body": str(body)}).encode()


def race(write: Callable[[int], int]) -> Counter[int]:
    """Let every writer send at once, and count the answers."""
    start = Barrier(WRITERS)

    def send(number: int) -> int:
        start.wait()
        return write(number)

    with ThreadPoolExecutor(WRITERS) as pool:
        return Counter(pool.map(send, range(WRITERS)))


def tag_of(client: Client, target: str) -> str:
    return client.send("GET", target).response.get("ETag") or ""


def test_of_writers_with_the_same_tag_one_wins(client: Client) -> None:
    for turn in range(ROUNDS):
        target = f"/docs/writers-{turn}"
        client.send("PUT", target, CREATE, document("old"))
        fields = [("If-Match", tag_of(client, target))]
        answers = race(lambda n: client.send("PUT", target, fields, document(n)).response.status)  # noqa: B023
        assert answers == {204: 1, 412: WRITERS - 1}


def test_a_writer_whose_body_is_slow_is_overtaken(client: Client) -> None:
    assert is_overtaken(client, "/docs/slow")
    body = json.loads(client.send("GET", "/docs/slow").response.body)["body"]
    assert body == "quick"


def test_of_writers_that_create_one_wins(client: Client) -> None:
    for turn in range(ROUNDS):
        target = f"/docs/creators-{turn}"
        answers = race(lambda n: client.send("PUT", target, CREATE, document(n)).response.status)  # noqa: B023
        assert answers == {201: 1, 412: WRITERS - 1}


def test_of_writers_that_delete_one_wins(client: Client) -> None:
    for turn in range(ROUNDS):
        target = f"/docs/deleters-{turn}"
        client.send("PUT", target, CREATE, document("old"))
        fields = [("If-Match", tag_of(client, target))]
        answers = race(lambda _: client.send("DELETE", target, fields).response.status)  # noqa: B023
        # Who comes after the delete finds nothing: 404; who lost the race itself: 412.
        assert answers[204] == 1
        assert answers[404] + answers[412] == WRITERS - 1
