"""The engines that some examples need, each in a folder of its own."""

from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager

from tests.storage.postgres import running_server
from tests.storage_examples.conftest import running_redis as redis

VARIABLES = {"redis": "REDIS_URL", "postgresql": "DATABASE_URL"}
"""Where the examples look for their engine."""


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a PostgreSQL and give its URL as psycopg reads it."""
    with running_server() as url:
        yield url.replace("postgresql+psycopg:", "postgresql:")


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """Start all of them and give the environment that names them."""
    with ExitStack() as engines:
        urls = {
            "redis": engines.enter_context(redis()),
            "postgresql": engines.enter_context(postgresql()),
        }
        yield {VARIABLES[name]: url for name, url in urls.items()}
