"""What was raced: the version of each engine and of the client that the example uses."""

import json
import platform
import sqlite3
import subprocess
from importlib import metadata
from pathlib import Path

from snippets.tools import toolchain

from .servers import BUILT

DRIVERS = {
    "postgresql": "psycopg",
    "mariadb": "pymysql",
    "redis": "redis",
    "etcd": "requests",
    "zookeeper": "kazoo",
    "nats": "nats-py",
    "s3": "boto3",
    "dynamodb": "boto3",
    "couchdb": "requests",
    "mongodb": "pymongo",
}


def versions_of(name: str) -> str:
    """Name an engine and its client with their versions."""
    found = [_engine(name)]
    if driver := DRIVERS.get(name):
        found.append(f"{driver} {metadata.version(driver)}")
    return ", ".join(found)


def _engine(name: str) -> str:
    if name in ("s3", "dynamodb"):
        return f"moto {metadata.version('moto')}"
    if name == "couchdb":
        package = BUILT / "node_modules/pouchdb-server/package.json"
        return f"pouchdb-server {json.loads(package.read_text())['version']}"
    if name == "zookeeper":
        [jar] = Path("/usr/share/java").glob("zookeeper-[0-9]*.jar")
        return f"ZooKeeper {jar.stem.removeprefix('zookeeper-')}"
    if name == "mongodb":
        said = subprocess.run([BUILT / "ferretdb", "--version"], capture_output=True, text=True)
        return f"FerretDB {said.stdout.split()[1].removeprefix('v')} on SQLite"
    if name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    if name == "files":
        return f"Linux {platform.release().partition('-')[0]}"
    program, title = {
        "postgresql": ("initdb", "PostgreSQL"),
        "mariadb": ("mariadbd", "MariaDB"),
        "redis": ("redis-server", "Redis"),
        "etcd": ("etcd", "etcd"),
        "nats": ("nats-server", "NATS"),
    }[name]
    return f"{title} {toolchain.version(program)}"
