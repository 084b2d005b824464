"""Writers that start together from the same state: one wins, and the others write nothing."""

import json

from flask_preconditions.conformance.wire import Client
from tests.examples.examples import DOCUMENTS
from tests.examples.rounds import RIGHT
from tests.examples.rounds import run

from .slow import is_overtaken

ROUNDS = 20


def test_one_of_those_who_hold_a_tag_wins_and_the_others_write_nothing(client: Client) -> None:
    ended = {race: run(client, race, rounds=ROUNDS) for race in DOCUMENTS}
    assert ended == {race: {RIGHT: ROUNDS} for race in DOCUMENTS}


def test_a_writer_whose_body_is_slow_is_overtaken(client: Client) -> None:
    assert is_overtaken(client, "/docs/slow")
    body = json.loads(client.send("GET", "/docs/slow").response.body)["body"]
    assert body == "quick"
