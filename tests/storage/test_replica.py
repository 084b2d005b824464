"""Reads from a PostgreSQL standby that is an hour behind, writes at its primary."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.needs import need

from .postgres import running_replica
from .postgres import running_server
from .replica_app import CONTROL
from .replica_app import FRESH
from .replica_app import create_app
from .replica_app import prepare

WRITES = 10


@pytest.fixture
def server() -> Iterator[FlaskClient]:
    need("initdb")
    with running_server() as primary:
        prepare(primary)
        with running_replica(primary, lag="1h") as replica:
            app = create_app(primary, replica)
            yield app.test_client()
            for engine in app.extensions["engines"]:
                engine.dispose()


def write_alone(client: FlaskClient, path: str) -> int:
    """Let one client write again and again with the tag that it was told, and count successes."""
    tag, count = client.get(path).headers["ETag"], 0
    for number in range(WRITES):
        wrote = client.patch(path, json={"body": str(number)}, headers={"If-Match": tag})
        count += wrote.status_code == 200
        tag = wrote.headers["ETag"]
        seen = client.get(path, headers={"If-None-Match": tag})
        tag = seen.headers["ETag"]
    return count


def test_a_client_alone_is_never_refused_behind_a_replica(server: FlaskClient) -> None:
    assert write_alone(server, FRESH) == WRITES
    assert server.get(FRESH).json == {"body": ""}
    stale = server.get(FRESH).headers["ETag"]
    refused = server.patch(FRESH, json={"body": "late"}, headers={"If-Match": stale})
    assert refused.status_code == 412
    current = refused.headers["ETag"]
    read = server.get(FRESH, headers={"If-Match": current})
    assert read.json == {"body": str(WRITES - 1)}


def test_without_fresh_it_would_be_refused(server: FlaskClient) -> None:
    assert write_alone(server, CONTROL) == 1
