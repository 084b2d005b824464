"""Why the example of ZooKeeper deletes no node."""

import os

import pytest
from kazoo.client import KazooClient

from .engines import HEAVY_ARE_RACED
from .engines import zookeeper


@pytest.mark.skipif(HEAVY_ARE_RACED not in os.environ, reason="left to make engines")
def test_zookeeper_takes_a_new_node_for_the_one_that_was_deleted() -> None:
    with zookeeper() as environment:
        client = KazooClient(environment["ZOOKEEPER"])
        client.start()
        client.create("/doc", b"read")
        _, read = client.get("/doc")
        client.delete("/doc")
        client.create("/doc", b"theirs")
        client.set("/doc", b"mine", read.version)
        text, written = client.get("/doc")
        client.stop()
        client.close()
    assert text == b"mine"
    assert written.czxid != read.czxid
