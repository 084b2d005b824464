"""The engines, started once for all examples."""

import shutil
from collections.abc import Iterator

import pytest

from tests.storage.postgres import binaries

from . import engines


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    if shutil.which("redis-server") is None:
        engines.missing("redis-server")
    with engines.redis() as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    if binaries() is None:
        engines.missing("PostgreSQL")
    with engines.postgresql() as url:
        yield url
