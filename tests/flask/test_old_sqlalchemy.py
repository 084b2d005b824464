"""An application whose SQLAlchemy is too old for models, and which guards views without them."""

import sys

import pytest
import sqlalchemy.orm
from flask import Flask

from flask_preconditions import precondition
from flask_preconditions import require_match


def test_views_without_models_do_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sqlalchemy.orm.__name__ in sys.modules
    monkeypatch.setitem(sys.modules, "flask_preconditions.sqlalchemy", None)
    app = Flask(__name__)

    @app.route("/<int:id>", methods=["GET", "PUT"])
    @require_match(lambda id: {"rev": 1, "text": "first"}, etag="rev", into="note")
    def view(id: int, note: dict[str, object]) -> object:
        return note if id == 1 else precondition.fail()

    client = app.test_client()
    assert client.get("/1").headers["ETag"] == '"1"'
    assert client.put("/2", headers={"If-Match": '"1"'}).status_code == 412
