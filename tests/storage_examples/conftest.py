"""Every example on a store of its own: a private Redis, a folder, a private PostgreSQL."""

import json
import subprocess
import tempfile
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from snippets.stores import file_system
from snippets.stores import postgres_xmin
from snippets.stores import redis_lua
from tests.needs import need
from tests.storage.postgres import running_server


@dataclass(frozen=True)
class Example:
    """An example on its store, and the form its documents have."""

    app: Flask
    read: Callable[[bytes], str]
    write: Callable[[str], bytes]
    content_type: str

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def create(self, text: str = "first") -> tuple[str, str]:
        """Make a document; give its path and its tag."""
        path = self.unused()
        made = self.save(path, text, {"If-None-Match": "*"})
        assert made.status_code == 201, made.text
        return path, self.client.get(path).headers["ETag"]

    def unused(self) -> str:
        return f"/docs/{uuid4().hex}"

    def save(self, path: str, text: str, headers: dict[str, str]) -> TestResponse:
        return self.client.put(
            path, data=self.write(text), headers=headers, content_type=self.content_type
        )

    def text_of(self, path: str) -> str:
        return self.read(self.client.get(path).data)


@contextmanager
def running_redis() -> Iterator[str]:
    """Start a Redis that listens on a socket in a folder of its own, and give its URL."""
    # The path of a socket must be short, so it is not pytest's folder.
    with tempfile.TemporaryDirectory(prefix="redis-") as home:
        options = f"--port 0 --unixsocket {home}/socket --dir {home} --appendonly no --save"
        process = subprocess.Popen(
            ["redis-server", *options.split(), ""],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout
        try:
            said = []
            for line in process.stdout:
                said.append(line)
                if "Ready to accept connections" in line or "is now ready to accept" in line:
                    break
            else:
                raise RuntimeError(f"the server did not start:\n{''.join(said)}")
            yield f"unix://{home}/socket"
        finally:
            process.terminate()
            process.communicate()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    need("redis-server")
    with running_redis() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    need("initdb")
    with running_server() as url:
        yield url.replace("postgresql+psycopg:", "postgresql:")


@pytest.fixture(params=["redis_lua", "file_system", "postgres_xmin"])
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Example:
    """Give each example in turn."""

    def read_json(body: bytes) -> str:
        return str(json.loads(body)["body"])

    def write_json(text: str) -> bytes:
        return json.dumps({"body": text}).encode()

    if request.param == "file_system":
        app = file_system.create_app(tmp_path / "documents")
        return Example(app, bytes.decode, str.encode, "text/plain")
    if request.param == "redis_lua":
        app = redis_lua.create_app(request.getfixturevalue("redis_url"))
    else:
        app = postgres_xmin.create_app(request.getfixturevalue("postgres_url"))
    return Example(app, read_json, write_json, "application/json")
