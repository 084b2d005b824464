from typing import Any

import pytest
from flask import Flask
from flask import request

from flask_preconditions import EntityTag
from flask_preconditions import precondition
from flask_preconditions import require_match

from .conftest import MakeClient
from .conftest import Store


@pytest.mark.parametrize("sent", ['"v1-gzip"', '"v1:gzip"', '"old", "v1:gzip"'])
def test_a_tag_with_a_known_suffix_is_recognised(make_client: MakeClient, sent: str) -> None:
    strict, lenient = (
        make_client(),
        make_client({"PRECONDITIONS_ETAG_SUFFIXES": ["-gzip", ":gzip"]}),
    )
    assert strict.put("/article", headers={"If-Match": sent}).status_code == 412
    assert lenient.put("/article", headers={"If-Match": sent}).status_code == 200
    assert lenient.get("/article", headers={"If-None-Match": sent}).status_code == 304


@pytest.mark.parametrize("sent", ['"v0-gzip"', '"v1-br"', '"v1-gzip-gzip"', 'W/"v1-gzip"'])
def test_a_suffix_lets_no_other_tag_through(make_client: MakeClient, sent: str) -> None:
    client = make_client({"PRECONDITIONS_ETAG_SUFFIXES": ["-gzip"]})
    assert client.put("/article", headers={"If-Match": sent}).status_code == 412


def test_a_weakened_tag_is_recognised_by_opt_in_only(make_client: MakeClient) -> None:
    strict, lenient = make_client(), make_client({"PRECONDITIONS_ACCEPT_WEAKENED": True})
    weakened, stale = {"If-Match": 'W/"v1"'}, {"If-Match": 'W/"v0"'}
    assert strict.put("/article", headers=weakened).status_code == 412
    assert lenient.put("/article", headers=weakened).status_code == 200
    assert lenient.put("/article", headers=stale).status_code == 412


def test_a_tag_that_was_weak_from_the_start_is_never_taken_for_strong(
    store: Store, make_client: MakeClient
) -> None:
    store.article.rev = EntityTag("v1", weak=True)
    client = make_client({"PRECONDITIONS_ACCEPT_WEAKENED": True})
    assert client.put("/article", headers={"If-Match": 'W/"v1"'}).status_code == 412


def test_each_variant_has_its_own_tag_and_says_what_it_varies_by(make_client: MakeClient) -> None:
    client = make_client(vary=["Accept"])
    html = client.get("/article", headers={"Accept": "text/html"})
    plain = client.get("/article", headers={"Accept": "text/plain"})
    assert html.headers["ETag"] != plain.headers["ETag"]
    assert html.headers["Vary"] == "Accept"
    fields = {"Accept": "text/html", "If-None-Match": html.headers["ETag"]}
    short = client.get("/article", headers=fields)
    assert short.status_code == 304
    assert short.headers["Vary"] == "Accept"
    fields["Accept"] = "text/plain"
    assert client.get("/article", headers=fields).status_code == 200


def test_a_write_takes_the_tag_of_any_variant_of_the_current_state(
    store: Store, make_client: MakeClient
) -> None:
    client = make_client(vary=["Accept"])
    tag = client.get("/article", headers={"Accept": "text/html"}).headers["ETag"]
    assert client.put("/article", headers={"If-Match": tag}).status_code == 200
    store.article.rev = "v2"
    assert client.put("/article", headers={"If-Match": tag}).status_code == 412


def test_a_write_that_was_applied_already_succeeds_again(store: Store) -> None:
    app = Flask(__name__)
    app.testing = True

    @app.route("/", methods=["PUT"])
    @require_match(
        store.load, etag="rev", already_applied=lambda found: found.title == request.json["title"]
    )
    def view() -> str:
        raise AssertionError

    client = app.test_client()
    stale = {"If-Match": '"v0"'}
    assert client.put("/", json={"title": "Hello"}, headers=stale).status_code == 204
    assert client.put("/", json={"title": "Other"}, headers=stale).status_code == 412
    assert client.put("/", data="{", headers=stale).status_code == 412
    assert (
        client.put("/", json={"title": "Hello"}, headers={"If-None-Match": "*"}).status_code == 412
    )


def test_a_read_is_never_taken_for_applied(make_client: MakeClient) -> None:
    client = make_client(already_applied=lambda found: True)
    assert client.get("/article", headers={"If-Match": '"v0"'}).status_code == 412


def test_a_412_can_show_the_current_state(store: Store) -> None:
    app = Flask(__name__)
    app.testing = True

    @app.route("/", methods=["PUT"])
    @require_match(store.load, etag="rev", disclose=lambda found: {"title": found.title})
    def view() -> Any:
        precondition.confirm(0)

    client = app.test_client()
    for tag in ('"v0"', '"v1"'):
        response = client.put("/", headers={"If-Match": tag})
        assert response.status_code == 412
        assert response.json["current"] == {"title": "Hello"}
        assert response.headers["ETag"] == '"v1"'
    store.article = None
    assert client.put("/", headers={"If-Match": '"v1"'}).status_code == 404
