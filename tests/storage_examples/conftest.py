"""Every example on an engine of its own, or in a folder."""

import asyncio
import functools
import importlib
import json
import os
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import nats
import pytest
from flask import Flask
from flask.testing import FlaskClient
from nats.aio.client import Client as NATS
from werkzeug.test import TestResponse

from snippets.stores import file_system
from snippets.stores import sqlite_rev
from tests.engines.engines import HEAVY
from tests.engines.engines import HEAVY_ARE_RACED
from tests.engines.examples import FILES


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
    name: file.stem
    for name, file in FILES.items()
    if name not in HEAVY or HEAVY_ARE_RACED in os.environ
}
"""The example of each engine."""

PLAYED_WHOLE = [
    name
    for name in EXAMPLES
    if name in ("files", "postgresql", "redis") or HEAVY_ARE_RACED in os.environ
]
"""Those at which hundreds of requests are played; the others get them from ``make engines``."""

CONTENT_HASHES = {"files", "s3"}
"""Those whose tags are made of the content, so that they come again with it."""


def read_json(body: bytes) -> str:
    return str(json.loads(body)["body"])


def write_json(text: str) -> bytes:
    return json.dumps({"body": text}).encode()


@pytest.fixture(scope="session")
def make_app(engine: Callable[[str], dict[str, str]]) -> Iterator[Callable[[str], Flask]]:
    """Make the application of an example once, on an engine that runs for all tests."""
    opened: list[tuple[NATS, asyncio.AbstractEventLoop]] = []
    connect = nats.connect

    async def connect_and_note(*args: Any, **options: Any) -> NATS:
        client = await connect(*args, **options)
        opened.append((client, asyncio.get_running_loop()))
        return client

    @functools.cache
    def make(name: str) -> Flask:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(nats, "connect", connect_and_note)
            for variable, value in engine(name).items():
                patched.setenv(variable, value)
            module = importlib.import_module(f"snippets.stores.{EXAMPLES[name]}")
            app: Flask = module.create_app()
        return app

    yield make
    # Its thread would look for the engine for as long as this process is there.
    for client, loop in opened:
        asyncio.run_coroutine_threadsafe(client.close(), loop).result()


@pytest.fixture(params=EXAMPLES)
def example(
    request: pytest.FixtureRequest, make_app: Callable[[str], Flask], tmp_path: Path
) -> Example:
    """Give each example in turn."""
    if request.param == "files":
        app = file_system.create_app(tmp_path / "documents")
        return Example(app, bytes.decode, str.encode, "text/plain")
    if request.param == "sqlite":
        app = sqlite_rev.create_app(str(tmp_path / "docs.sqlite3"))
        return Example(app, read_json, write_json, "application/json")
    return Example(make_app(request.param), read_json, write_json, "application/json")
