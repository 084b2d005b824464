"""An API of orders and products, as somebody would publish its pages."""

from typing import Any

from flask import Flask
from flask import Response
from flask import jsonify
from flask import request
from flask.typing import ResponseReturnValue

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
