"""Every vector of the table, through a guarded view."""

from typing import Any

import pytest
from flask import Flask
from flask import request

from flask_preconditions import Validators
from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions.conformance import Vector
from flask_preconditions.conformance import load_vectors
from flask_preconditions.conformance import resolve
from flask_preconditions.core import ABSENT


class Target:
    """A resource in a vector's state, and whether a view has written to it."""

    def __init__(self, vector: Vector) -> None:
        self.vector = vector
        self.is_written = False

    def load(self) -> Validators | None:
        current = self.vector.current
        return None if current is ABSENT else current

    def app(self) -> Flask:
        app = Flask(__name__)
        app.testing = True

        @app.route("/target", methods=["GET", "PUT", "PATCH", "DELETE", "QUERY"])
        @require_match(
            self.load,
            etag="etag",
            last_modified="last_modified",
            create=True,
            require="unsafe" if self.vector.required else "none",
        )
        def view() -> Any:
            if request.method not in ("GET", "HEAD", "QUERY"):
                self.is_written = True
                precondition.confirm(1)
            return "", 200

        return app


@pytest.mark.parametrize("vector", load_vectors(), ids=lambda vector: vector.id)
def test_vector(vector: Vector) -> None:
    target = Target(vector)
    fields = vector.resolve_fields(vector.current)
    response = target.app().test_client().open("/target", method=vector.method, headers=fields)

    def wrong(what: str) -> str:
        sent = "\n".join(f"{name}: {value[:200]}" for name, value in fields)
        return (
            f"{vector.id}: {vector.title} ({vector.clause})\n{what}\n\n"
            f"{vector.method} /target on {vector.current}\n{sent}\n\n"
            f"{response.status}\n{response.headers}\n{response.text}"
        )

    expect = vector.expect
    assert expect.accepts_status(response.status_code), wrong(f"expected {expect.status}")
    assert target.is_written is not expect.unchanged, wrong(f"unchanged: {expect.unchanged}")
    for name, value in expect.has:
        wanted = resolve(value, vector.current)
        assert response.headers.get(name) == wanted, wrong(f"expected {name}: {wanted}")
    for name in expect.lacks:
        assert name not in response.headers, wrong(f"expected no {name}")
    if response.status_code == 412 and response.data:
        assert response.json["reason"] == expect.reason, wrong(f"expected reason {expect.reason}")
