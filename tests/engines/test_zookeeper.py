"""Why the example of ZooKeeper deletes no node."""

from kazoo.client import KazooClient

from .engines import left_to_make_engines
from .engines import zookeeper


@left_to_make_engines
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
