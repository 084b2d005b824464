"""An API of orders and products, as somebody would publish its pages."""

import json
from pathlib import Path
from typing import Any

from click.testing import Result
from flask import Flask
from flask import Response
from flask import jsonify
from flask import request
from flask.typing import ResponseReturnValue
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from docgen.cli import docgen
from flask_preconditions import Preconditions
from flask_preconditions import conditional
from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions import unguarded

PROBLEMS = "https://shop.example/docs/problems/"
SAMPLES = {
    "order": {
        "path": {"id": 1},
        "json": {"state": "paid"},
        "headers": {"Authorization": "Bearer s3cr3t", "Accept": "application/json"},
    },
    "PATCH product": {"path": {"sku": "a 1"}, "json": {"price": 3}},
}


def make_shop(**config: object) -> Flask:
    """Make the application, with a store of its own under ``app.store``."""
    app = Flask("shop")
    app.config.update(
        DOCGEN_TITLE="Shop API",
        DOCGEN_BASE_URL="https://shop.example/docs/",
        DOCGEN_SAMPLES=SAMPLES,
        PRECONDITIONS_PROBLEM_BASE_URL=PROBLEMS,
    )
    app.config.update(config)
    Preconditions(app)
    orders: dict[int, dict[str, Any]] = {1: {"id": 1, "rev": "7", "state": "new"}}
    products = {"a 1": {"rev": "3", "price": 2}}
    app.extensions["store"] = orders

    @app.get("/orders")
    def orders_() -> ResponseReturnValue:
        """List the orders."""
        return jsonify(list(orders.values()))

    @app.post("/orders")
    @unguarded("makes a new order")
    def add_order() -> str:
        return ""

    @app.route("/orders/<int:id>", methods=["GET", "PUT", "DELETE"])
    @require_match(
        orders.get, etag="rev", into="order", create=True, cache_control="private, max-age=60"
    )
    def order(id: int, order: dict[str, Any] | None) -> ResponseReturnValue:
        """Keep <one> order."""
        assert request.headers.get("Authorization") == "Bearer s3cr3t"
        if request.method == "GET":
            return jsonify(order)
        rev = str(int(order["rev"]) + 1) if order else "1"
        orders[id] = {"id": id, "rev": rev, **request.get_json()}
        precondition.confirm(True)
        return Response(status=204)

    @app.patch("/products/<sku>")
    @require_match(products.get, etag="rev", into="product", require="warn", disclose="none")
    def product(sku: str, product: dict[str, Any]) -> ResponseReturnValue:
        raise AssertionError("a build writes nothing")

    @app.get("/prices")
    @conditional(lambda: {"rev": "1"}, etag="rev")
    def prices() -> str:
        """Read the prices."""
        return "1"

    @app.put("/cart/<id>")
    def cart(id: str) -> str:
        return id

    return app


class Built:
    """The site of an application in a directory."""

    def __init__(self, output: Path, result: Result) -> None:
        self.output = output
        self.result = result

    def page(self, name: str) -> HTMLParser:
        return HTMLParser((self.output / name / "index.html").read_text(encoding="utf-8"))

    def text(self, name: str) -> str:
        article = self.page(name).css_first("article")
        return " ".join(article.text().split())

    @property
    def pages(self) -> set[str]:
        found = self.output.rglob("index.html")
        return {path.relative_to(self.output).parent.as_posix() for path in found}

    @property
    def openapi(self) -> Any:
        return json.loads((self.output / "openapi.json").read_text())


def build(app: Flask, folder: Path, *options: str) -> Built:
    arguments = ["build", "-o", str(folder / "site"), *options]
    result = app.test_cli_runner().invoke(docgen, arguments)
    assert result.exit_code == 0, result.output
    return Built(folder / "site", result)


def check(app: Flask, *options: str) -> Result:
    return app.test_cli_runner().invoke(docgen, ["check", *options])
