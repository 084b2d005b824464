"""Every example on an engine of its own, or in a folder."""

import functools
import importlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from snippets.stores import file_system
from tests.engines.engines import HEAVY


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


EXAMPLES = {
    "files": "file_system",
    "postgresql": "postgres_xmin",
    "redis": "redis_lua",
    "etcd": "etcd_txn",
    "nats": "nats_kv",
    "s3": "s3_if_match",
    "dynamodb": "dynamodb_condition",
}
"""The example of each engine."""

if HEAVY in os.environ:
    EXAMPLES |= {"zookeeper": "zookeeper_version", "couchdb": "couchdb_rev"}

CONTENT_HASHES = {"files", "s3"}
"""Those whose tags are made of the content, so that they come again with it."""


def read_json(body: bytes) -> str:
    return str(json.loads(body)["body"])


def write_json(text: str) -> bytes:
    return json.dumps({"body": text}).encode()


def make_app(name: str) -> Flask:
    app: Flask = importlib.import_module(f"snippets.stores.{EXAMPLES[name]}").create_app()
    return app


@pytest.fixture(params=EXAMPLES)
def example(
    request: pytest.FixtureRequest,
    engine: Callable[[str], dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Example:
    """Give each example in turn."""
    if request.param == "files":
        app = file_system.create_app(tmp_path / "documents")
        return Example(app, bytes.decode, str.encode, "text/plain")
    for name, value in engine(request.param).items():
        monkeypatch.setenv(name, value)
    return Example(_app(request.param), read_json, write_json, "application/json")


@functools.cache
def _app(name: str) -> Flask:
    """Make an application once; its engine runs for all tests."""
    return make_app(name)
