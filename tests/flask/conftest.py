"""A store, and applications that guard it."""

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from datetime import UTC
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions.extension import unfinished

LONG_AGO = datetime(1994, 11, 15, 12, 45, 26, tzinfo=UTC)


@dataclass
class Article:
    """A target with every kind of validator."""

    rev: str | None = "v1"
    saved_at: datetime | None = LONG_AGO
    title: str = "Hello"


@dataclass
class Store:
    """One target, and a count of what was done with it."""

    article: Article | None = field(default_factory=Article)
    loads: int = 0
    runs: int = 0
    rows: int = 1

    def load(self) -> Article | None:
        self.loads += 1
        return self.article


@pytest.fixture(autouse=True)
def forget_unfinished() -> Iterator[None]:
    """Let no extension that a test leaves without an application be found by the next one."""
    yield
    unfinished.clear()


@pytest.fixture
def store() -> Store:
    return Store()


MakeClient = Callable[..., FlaskClient]


@pytest.fixture
def make_client(store: Store) -> MakeClient:
    """Build a client of an application with one guarded view at ``/article``."""

    def make(config: dict[str, Any] | None = None, **options: Any) -> FlaskClient:
        app = Flask(__name__)
        app.testing = True
        app.config.update(config or {})
        options = {"etag": "rev", "last_modified": "saved_at", "into": "article"} | options

        @app.route("/article", methods=["GET", "PUT", "PATCH", "DELETE"])
        @require_match(store.load, **options)
        def view(article: Article | None) -> Any:
            store.runs += 1
            precondition.confirm(store.rows)
            return {"title": article.title if article else "new"}

        return app.test_client()

    return make
