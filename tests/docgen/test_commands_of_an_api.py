"""The site of an API: where its commands go, what is not shown of its answers, and many routes."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from flask_preconditions import require_match

from .shop import build
from .shop import check
from .shop import make_shop


def test_where_an_app_is_mounted_is_where_its_clients_send(tmp_path: Path) -> None:
    app = make_shop(
        APPLICATION_ROOT="/api/v1", SERVER_NAME="shop.example", PREFERRED_URL_SCHEME="https"
    )
    text = build(app, tmp_path).text("routes")
    assert "curl -i https://shop.example/api/v1/orders/1" in text
    assert "PUT /api/v1/orders/1 HTTP/1.1" in text
    assert '"href": "/api/v1/orders/1"' in text


def test_no_query_and_no_challenge_of_an_answer_is_shown(tmp_path: Path) -> None:
    app = make_shop()

    @app.after_request
    def tell(response: Any) -> Any:
        response.headers["Location"] = "/log-in?token=s3cr3t#s3cr3t"
        response.headers["WWW-Authenticate"] = 'Bearer realm="a", token="s3cr3t"'
        return response

    built = build(app, tmp_path)
    text = built.text("routes")
    assert "Location: /log-in?…" in text
    assert "WWW-Authenticate: Bearer …" in text
    for path in built.output.rglob("*"):
        assert path.is_dir() or b"s3cr3t" not in path.read_bytes()


def test_an_address_with_a_blank_is_one_word_for_the_shell(tmp_path: Path) -> None:
    app = Flask("notes")

    @app.put("/a note/<int:id>")
    @require_match(lambda id: None, etag="rev")
    def put(id: int) -> str:
        return ""

    assert "curl -i -X PUT 'https://api.example/a note/{id}'" in build(app, tmp_path).text("routes")


@pytest.mark.slow
def test_an_api_of_many_routes_has_nothing_to_repair() -> None:
    app = make_shop()
    guard = require_match(lambda id: {"rev": "1"}, etag="rev", into="shelf")
    for number in range(200):
        name = f"shelf_{number * number}"
        app.add_url_rule(f"/{name}/<id>", name, guard(lambda id, shelf: ""), methods=["GET", "PUT"])
    result = check(app)
    assert result.exit_code == 0, result.output
