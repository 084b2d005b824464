"""Engines that fall and rise while a document in them is written."""

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextlib import contextmanager

import requests

from tests.storage.postgres import restart
from tests.storage.postgres import running_pair
from tests.storage.postgres import running_server

from .engines import NATS
from .engines import REDIS
from .engines import ZOOKEEPER
from .engines import ZOOKEEPER_CONFIG
from .engines import Environment
from .engines import etcd_members
from .engines import urls_of
from .servers import Server
from .servers import running

Act = Callable[[], None]
Outage = tuple[Environment, Act, Act]
"""Where the example finds the engine, what takes it away, and what brings it back."""


def nothing() -> None:
    """Leave it as it is."""


@contextmanager
def postgresql() -> Iterator[Outage]:
    """Restart a PostgreSQL without a checkpoint, as after a crash."""
    with running_server() as url:
        environment = {"DATABASE_URL": url.replace("postgresql+psycopg:", "postgresql:")}
        yield environment, lambda: restart(url), nothing


@contextmanager
def failover() -> Iterator[Outage]:
    """Take a PostgreSQL away for good, and promote its standby."""
    with running_pair() as (url, fall, rise):
        yield {"DATABASE_URL": url}, fall, rise


@contextmanager
def redis() -> Iterator[Outage]:
    """Kill a Redis that has each write on its disk before it answers, and start it again."""
    with running(REDIS.replace("no", "yes") + " 1000 1000 --appendfsync always") as server:
        yield {"REDIS_URL": f"redis://{server.address}"}, server.kill, server.restart


@contextmanager
def nats() -> Iterator[Outage]:
    """Kill a NATS, and start it again."""
    with running(NATS) as server:
        yield {"NATS_URL": f"nats://{server.address}"}, server.kill, server.restart


@contextmanager
def zookeeper() -> Iterator[Outage]:
    """Kill a ZooKeeper that stands alone, and start it again."""
    with running(ZOOKEEPER, ZOOKEEPER_CONFIG) as server:
        yield {"ZOOKEEPER": server.address}, server.kill, server.restart


@contextmanager
def etcd() -> Iterator[Outage]:
    """Kill the leader of three members, and leave it away."""
    with etcd_members(3) as members:
        leader = next(filter(is_leader, members))
        others = [member for member in members if member is not leader]
        # All workers ask the leader first.
        yield {"ETCD_URLS": urls_of([leader, *others])}, leader.kill, nothing


def is_leader(member: Server) -> bool:
    """Ask a member of etcd whether it leads."""
    url = f"http://{member.address}/v3/maintenance/status"
    status = requests.post(url, json={}, timeout=10).json()
    return bool(status["leader"] == status["header"]["member_id"])


OUTAGES: dict[str, list[tuple[str, Callable[[], AbstractContextManager[Outage]]]]] = {
    "postgresql": [
        ("Restarted without a checkpoint, as after a crash.", postgresql),
        ("Taken away for good, and its synchronous standby promoted.", failover),
    ],
    "redis": [("Killed and started again, with `appendfsync always`.", redis)],
    "nats": [("Killed and started again.", nats)],
    "zookeeper": [("Killed and started again; one server.", zookeeper)],
    "etcd": [("The leader of three members killed, and left away.", etcd)],
}
"""What happens to each engine, and how."""
