"""An engine that has stored a write, and whose answer never comes: 503, and never 412.

A client that sends such a write once more by itself meets what it has stored, and takes that for
somebody else's.
"""

import importlib
import re
import socket
from base64 import b64encode
from collections.abc import Callable
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.storage.relay import Cut
from tests.storage.relay import unix_socket

from .conftest import EXAMPLES

MINE = "mine, whose answer never comes"


@pytest.fixture(params=sorted(set(EXAMPLES) - {"files"}))
def relayed(
    request: pytest.FixtureRequest,
    engine: Callable[[str], dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[FlaskClient, Cut]]:
    """Give each example behind a relay to its engine."""
    environment = engine(request.param)
    found = {name: re.search(r"127\.0\.0\.1:(\d+)", value) for name, value in environment.items()}
    [port, *_] = [int(match[1]) for match in found.values() if match] or [0]
    if port:
        relay = Cut(lambda: socket.create_connection(("127.0.0.1", port)), *marks())
    else:
        home = environment["DATABASE_URL"].partition("host=")[2]
        relay = Cut(lambda: unix_socket(f"{home}/.s.PGSQL.5432"), *marks())
        there = f"postgresql://tester@127.0.0.1:{relay.port}/postgres?sslmode=disable"
        environment = {"DATABASE_URL": there}
    for name, value in environment.items():
        monkeypatch.setenv(name, value.replace(f"127.0.0.1:{port}", f"127.0.0.1:{relay.port}"))
    app = importlib.import_module(f"snippets.stores.{EXAMPLES[request.param]}").create_app()
    yield app.test_client(), relay
    relay.close()


def marks() -> list[bytes]:
    """Give the text as it goes to an engine."""
    return [MINE.encode(), b64encode(MINE.encode())]


def test_a_write_whose_answer_is_lost_is_503_and_never_412(
    relayed: tuple[FlaskClient, Cut],
) -> None:
    client, relay = relayed
    path = "/docs/answered-late"
    client.put(path, json={"body": "first"}, headers={"If-None-Match": "*"})
    tag = client.get(path).headers["ETag"]
    relay.is_armed.set()
    lost = client.put(path, json={"body": MINE}, headers={"If-Match": tag})
    assert not relay.is_armed.is_set()
    assert lost.status_code == 503
    assert lost.headers["Retry-After"] == "1"
    while (found := client.get(path)).status_code == 503:
        pass  # a new connection is under way
    assert found.json == {"body": MINE}
