"""Whole requests at real servers, as the RFC says: some here, many by ``make fuzz``."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from tests.fuzz.requests import SERVERS
from tests.fuzz.requests import Client
from tests.fuzz.requests import Got
from tests.fuzz.requests import Sent
from tests.fuzz.requests import fault
from tests.fuzz.requests import make
from tests.fuzz.requests import served


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[Client]:
    with served(request.param) as port:
        client = Client(port)
        yield client
        client.close()


@given(st.integers(0, 2**32))
@settings(max_examples=60)
def test_a_real_server_answers_as_the_rfc_says(server: Client, seed: int) -> None:
    sent = make(random.Random(seed))
    told = fault(sent, server.send(sent))
    assert told is None, told


def test_a_wrong_answer_is_seen() -> None:
    sent = Sent("PUT", "asked", "strong", (("If-Match", '"v0"'),))
    refusal = {
        "X-App": "fuzz",
        "Cache-Control": "no-store",
        "Content-Type": "application/problem+json",
    }
    assert fault(sent, Got(412, refusal, b"{}")) is None
    assert fault(sent, Got(200, {"X-App": "fuzz", "X-View": "ran"}, b""))
    assert fault(sent, Got(412, {**refusal, "X-View": "ran"}, b""))
    assert fault(sent, Got(412, {**refusal, "Cache-Control": "max-age=60"}, b""))
    assert fault(sent, Got(412, refusal, b"secret of the target"))
    assert fault(sent, Got(500, {}, b""))
