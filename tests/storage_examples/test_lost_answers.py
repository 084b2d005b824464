"""An engine that has stored a write, and whose answer never comes: 503, and never 412.

A client that sends such a write once more by itself meets what it has stored, and takes that for
somebody else's.
"""

import json
import re
import socket
from base64 import b64encode
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from flask_preconditions.conformance.wire import Client
from tests.engines.examples import served
from tests.storage.relay import Cut
from tests.storage.relay import unix_socket

from .conftest import EXAMPLES

MINE = "mine, whose answer never comes"


@pytest.fixture(params=sorted(set(EXAMPLES) - {"files", "sqlite"}))
def relayed(
    request: pytest.FixtureRequest, engine: Callable[[str], dict[str, str]], tmp_path: Path
) -> Iterator[tuple[Client, Cut]]:
    """Serve each example behind a relay to its engine."""
    environment = engine(request.param)
    ports = re.findall(r"127\.0\.0\.1:(\d+)", " ".join(environment.values()))
    if ports:
        relay = Cut(lambda: socket.create_connection(("127.0.0.1", int(ports[0]))), *marks())
        there = {n: v.replace(f":{ports[0]}", f":{relay.port}") for n, v in environment.items()}
    elif request.param == "mariadb":
        settings = Path(environment["MYSQL_CNF"]).read_text()
        path = settings.partition("socket=")[2].strip()
        relay = Cut(lambda: unix_socket(path), *marks())
        address = f"host=127.0.0.1\nport={relay.port}\n"
        (tmp_path / "relayed.cnf").write_text(settings.partition("socket=")[0] + address)
        there = {"MYSQL_CNF": str(tmp_path / "relayed.cnf")}
    else:
        home = environment["DATABASE_URL"].partition("host=")[2]
        relay = Cut(lambda: unix_socket(f"{home}/.s.PGSQL.5432"), *marks())
        address = f"127.0.0.1:{relay.port}"
        there = {"DATABASE_URL": f"postgresql://tester@{address}/postgres?sslmode=disable"}
    with served(request.param, tmp_path, there, workers=1) as client:
        yield client, relay
    relay.close()


def marks() -> list[bytes]:
    """Give the text as it goes to an engine."""
    return [MINE.encode(), b64encode(MINE.encode())]


def test_a_write_whose_answer_is_lost_is_503_and_never_412(relayed: tuple[Client, Cut]) -> None:
    client, relay = relayed
    path = "/docs/answered-late"
    client.send("PUT", path, [("If-None-Match", "*")], b'{"body": "first"}')
    tag = client.send("GET", path).response.get("ETag")
    assert tag
    relay.is_armed.set()
    body = json.dumps({"body": MINE}).encode()
    lost = client.send("PUT", path, [("If-Match", tag)], body).response
    assert not relay.is_armed.is_set()
    assert (lost.status, lost.get("Retry-After")) == (503, "1")
    while (found := client.send("GET", path).response).status == 503:
        pass  # a new connection is under way
    assert json.loads(found.body) == {"body": MINE}
