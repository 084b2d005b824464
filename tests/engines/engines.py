"""How each engine is started, and the environment in which its example finds it."""

import os
import tempfile
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextlib import ExitStack
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
import requests

from snippets.tools.serve import free_port
from tests.storage.mariadb import running_server as mariadb_server
from tests.storage.postgres import running_server

from .servers import Server
from .servers import running
from .servers import running_together

Environment = dict[str, str]
HEAVY = {"zookeeper", "couchdb", "mongodb"}
"""Those that take long to start or to install, so that they are left to ``make engines``."""

HEAVY_ARE_RACED = "HEAVY_ENGINES"
"""What is in the environment when those are raced too."""

left_to_make_engines = pytest.mark.skipif(  # minutes of races, which `make engines` runs
    HEAVY_ARE_RACED not in os.environ, reason="left to make engines"
)

REDIS = "redis-server --bind 127.0.0.1 --port {port} --dir {folder} --appendonly no --save"
ETCD = """
etcd --name {name} --data-dir {{folder}}/data --log-level error
--listen-client-urls http://127.0.0.1:{{port}} --advertise-client-urls http://127.0.0.1:{{port}}
--listen-peer-urls {peer} --initial-advertise-peer-urls {peer} --initial-cluster {every}
"""
NATS = "nats-server -a 127.0.0.1 -p {port} -js -sd {folder}"
MOTO = "{python} -m moto.server -H 127.0.0.1 -p {port}"
ZOOKEEPER = """
java -Xmx256m -Dzookeeper.root.logger=WARN,CONSOLE
-cp /etc/zookeeper/conf_example:/usr/share/java/zookeeper.jar
org.apache.zookeeper.server.quorum.QuorumPeerMain {folder}/config
"""
ZOOKEEPER_CONFIG = """
dataDir={folder}/data
clientPort={port}
clientPortAddress=127.0.0.1
admin.enableServer=false
maxClientCnxns=0
"""
POUCHDB = """
node {built}/node_modules/pouchdb-server/bin/pouchdb-server
--in-memory --host 127.0.0.1 --port {port}
"""
FERRETDB = """
{built}/ferretdb --handler=sqlite --sqlite-url=file:{folder}/ --state-dir={folder}
--listen-addr=127.0.0.1:{port} --debug-addr=- --telemetry=disable
"""
AWS = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@contextmanager
def files() -> Iterator[Environment]:
    """Need no engine: the example makes a folder."""
    yield {}


@contextmanager
def postgresql() -> Iterator[Environment]:
    """Start a PostgreSQL, and give its URL as psycopg reads it."""
    with running_server() as url:
        yield {"DATABASE_URL": url.replace("postgresql+psycopg:", "postgresql:")}


@contextmanager
def mariadb() -> Iterator[Environment]:
    """Start a MariaDB, and give a file that says where it is."""
    with (
        mariadb_server() as url,
        tempfile.NamedTemporaryFile("w", suffix=".cnf") as settings,
    ):
        socket = url.partition("unix_socket=")[2]
        settings.write(f"[client]\nuser=root\ndatabase=test\nsocket={socket}\n")
        settings.flush()
        yield {"MYSQL_CNF": settings.name}


@contextmanager
def redis() -> Iterator[Environment]:
    """Start a Redis that keeps nothing."""
    with running(REDIS) as server:
        yield {"REDIS_URL": f"redis://{server.address}"}


@contextmanager
def etcd() -> Iterator[Environment]:
    """Start an etcd of one member."""
    with etcd_members(1) as members:
        yield {"ETCD_URLS": urls_of(members)}


@contextmanager
def etcd_members(count: int) -> Iterator[list[Server]]:
    """Start the members of a cluster."""
    peers = {f"m{number}": f"http://127.0.0.1:{free_port()}" for number in range(count)}
    every = ",".join(f"{name}={peer}" for name, peer in peers.items())
    commands = [ETCD.format(name=name, peer=peer, every=every) for name, peer in peers.items()]
    with running_together(commands) as members:
        yield members


def urls_of(members: list[Server]) -> str:
    """Give the addresses of a cluster, as its example reads them."""
    return ",".join(f"http://{member.address}" for member in members)


@contextmanager
def nats() -> Iterator[Environment]:
    """Start a NATS with its stream store."""
    with running(NATS) as server:
        yield {"NATS_URL": f"nats://{server.address}"}


@contextmanager
def s3() -> Iterator[Environment]:
    """Start moto with a bucket."""
    with running(MOTO) as server:
        found = AWS | {"AWS_ENDPOINT_URL": f"http://{server.address}"}
        aws("s3", found).create_bucket(Bucket="docs")
        yield found | {"BUCKET": "docs"}


@contextmanager
def dynamodb() -> Iterator[Environment]:
    """Start moto with a table."""
    with running(MOTO) as server:
        found = AWS | {"AWS_ENDPOINT_URL": f"http://{server.address}"}
        aws("dynamodb", found).create_table(
            TableName="docs",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield found | {"TABLE": "docs"}


@contextmanager
def zookeeper() -> Iterator[Environment]:
    """Start a ZooKeeper that stands alone."""
    with running(ZOOKEEPER, ZOOKEEPER_CONFIG) as server:
        yield {"ZOOKEEPER": server.address}


@contextmanager
def couchdb() -> Iterator[Environment]:
    """Start PouchDB's server, which speaks CouchDB's protocol, and make a database."""
    with running(POUCHDB) as server:
        url = f"http://{server.address}/docs"
        requests.put(url, timeout=60).raise_for_status()
        yield {"COUCHDB_URL": url}


@contextmanager
def mongodb() -> Iterator[Environment]:
    """Start FerretDB on SQLite, which speaks MongoDB's protocol."""
    with running(FERRETDB) as server:
        yield {"MONGODB_URL": f"mongodb://{server.address}"}


def aws(service: str, environment: Environment) -> Any:
    """Give a client that is told all, and looks for nothing in this process's environment."""
    return boto3.client(
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_DEFAULT_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


ENGINES: dict[str, Callable[[], AbstractContextManager[Environment]]] = {
    "files": files,
    "sqlite": files,
    "mariadb": mariadb,
    "postgresql": postgresql,
    "redis": redis,
    "etcd": etcd,
    "nats": nats,
    "s3": s3,
    "dynamodb": dynamodb,
    "zookeeper": zookeeper,
    "couchdb": couchdb,
    "mongodb": mongodb,
}

PROGRAMS = {
    "postgresql": ["initdb"],
    "mariadb": ["mariadbd"],
    "redis": ["redis-server"],
    "etcd": ["etcd"],
    "nats": ["nats-server"],
    "zookeeper": ["java"],
    "couchdb": ["node"],
}
"""What has to be on the machine, where pip does not bring it."""


@contextmanager
def once() -> Iterator[Callable[[str], Environment]]:
    """Give what starts an engine when it is first asked for, and ends all of them."""
    with ExitStack() as stack:
        running: dict[str, Environment] = {}

        def start(name: str) -> Environment:
            if name not in running:
                running[name] = stack.enter_context(ENGINES[name]())
            return running[name]

        yield start
