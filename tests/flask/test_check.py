from typing import Any

import pytest
from flask import Flask

from flask_preconditions import EntityTag
from flask_preconditions import SetupError
from flask_preconditions import check
from flask_preconditions import etag_for

from .conftest import LONG_AGO
from .conftest import Store


def client_of(**arguments: Any) -> Any:
    app = Flask(__name__)
    app.testing = True

    @app.route("/", methods=["GET", "PUT"])
    def view() -> str:
        check(**arguments)
        return "done"

    return app.test_client()


def test_check_compares_values() -> None:
    client = client_of(etag="v1", last_modified=LONG_AGO)
    assert client.get("/").headers["ETag"] == '"v1"'
    assert client.get("/", headers={"If-None-Match": '"v1"'}).status_code == 304
    assert client.put("/", headers={"If-Match": '"v0"'}).status_code == 412
    assert client.put("/", headers={"If-Match": '"v1"'}).status_code == 200


def test_check_reads_a_target(store: Store) -> None:
    client = client_of(target=store.article, etag="rev", require="unsafe")
    assert client.put("/").status_code == 428
    assert client.put("/", headers={"If-Match": "v1"}).status_code == 400
    assert client.get("/").headers["ETag"] == '"v1"'


@pytest.mark.parametrize("arguments", [{"exists": False}, {"target": None}])
def test_check_knows_an_absent_target(arguments: dict[str, Any]) -> None:
    client = client_of(**arguments)
    assert client.put("/", headers={"If-Match": "*"}).status_code == 412
    assert client.put("/", headers={"If-None-Match": "*"}).status_code == 200
    assert "ETag" not in client.get("/").headers


def test_check_returns_a_match_that_can_fail() -> None:
    app = Flask(__name__)

    @app.put("/")
    def view() -> str:
        match = check(etag=EntityTag("v1"), require="unsafe")
        with match.lost(KeyError):
            raise KeyError
        raise AssertionError

    response = app.test_client().put("/", headers={"If-Match": '"v1"'})
    assert response.json["reason"] == "lost-race"


def test_etag_for_gives_the_tag_that_the_item_has_itself(store: Store) -> None:
    assert etag_for(store.article, "rev") == '"v1"'
    store.article.rev = None
    with pytest.raises(SetupError, match="no entity tag"):
        etag_for(store.article, "rev")
