"""The engines, started once for all examples."""

from collections.abc import Iterator

import pytest

from tests.needs import need

from . import engines


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    need("redis-server")
    with engines.redis() as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    need("initdb")
    with engines.postgresql() as url:
        yield url
