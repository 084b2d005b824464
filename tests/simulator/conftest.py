from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_preconditions.simulator import create_app


@pytest.fixture
def waits() -> list[float]:
    """How long the simulator was asked to wait."""
    return []


@pytest.fixture
def app(waits: list[float], caplog: pytest.LogCaptureFixture) -> Iterator[Flask]:
    app = create_app(sleep=waits.append)
    app.testing = True
    with caplog.at_level("CRITICAL", "flask_preconditions"):
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
