from datetime import UTC
from datetime import datetime
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask import make_response

from flask_preconditions import conditional
from flask_preconditions import precondition
from flask_preconditions import require_match

from .conftest import MakeClient
from .conftest import Store

CURRENT = {"If-Match": '"v1"'}
STALE = {"If-Match": '"v0"'}


def test_a_read_carries_the_validators(make_client: MakeClient) -> None:
    headers = make_client().get("/article").headers
    assert headers["ETag"] == '"v1"'
    assert headers["Last-Modified"] == "Tue, 15 Nov 1994 12:45:26 GMT"


def test_last_modified_is_withheld_while_its_second_is_open(
    store: Store, make_client: MakeClient
) -> None:
    # A minute ahead, so that the second cannot end while the test runs.
    store.article.saved_at = datetime.now(UTC) + timedelta(minutes=1)
    assert "Last-Modified" not in make_client().get("/article").headers


def test_the_tag_that_is_compared_wins_over_the_views_own(store: Store) -> None:
    app = Flask(__name__)

    @app.get("/")
    @conditional(store.load, etag="rev")
    def view() -> Any:
        response = make_response("x")
        response.set_etag("another")
        return response

    assert app.test_client().get("/").headers["ETag"] == '"v1"'


def test_an_error_of_the_view_carries_no_validators(store: Store) -> None:
    app = Flask(__name__)

    @app.get("/")
    @conditional(store.load, etag="rev")
    def view() -> tuple[str, int]:
        return "gone wrong", 503

    assert "ETag" not in app.test_client().get("/").headers


def test_a_304_has_the_tag_and_the_cache_rules_and_nothing_of_the_body(
    make_client: MakeClient,
) -> None:
    client = make_client(cache_control="private, max-age=60")
    full = client.get("/article").headers
    short = client.get("/article", headers={"If-None-Match": '"v1"'}).headers
    assert full["Cache-Control"] == short["Cache-Control"] == "private, max-age=60"
    assert dict(short) == {"ETag": '"v1"', "Cache-Control": "private, max-age=60"}


def test_a_412_is_built_afresh(make_client: MakeClient) -> None:
    response = make_client(cache_control="max-age=60").put("/article", headers=STALE)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["ETag"] == '"v1"'
    assert response.content_type == "application/problem+json"


@pytest.mark.parametrize(
    ("put_etag", "told"), [("never", None), ("verbatim", '"v2"'), ("always", '"v2"')]
)
def test_put_tells_the_new_tag_only_where_the_policy_says_so(
    store: Store, put_etag: Any, told: str | None
) -> None:
    app = Flask(__name__)

    @app.put("/")
    @require_match(store.load, etag="rev", put_etag=put_etag)
    def view() -> str:
        store.article.rev = "v2"
        precondition.confirm([store.article])
        return "saved"

    assert app.test_client().put("/", headers=CURRENT).headers.get("ETag") == told


def test_patch_tells_the_tag_of_what_it_wrote(store: Store) -> None:
    app = Flask(__name__)

    @app.patch("/")
    @require_match(store.load, etag="rev")
    def view() -> str:
        store.article.rev = "v2"
        return precondition.confirm([store.article]).title

    response = app.test_client().patch("/", headers=CURRENT)
    assert response.headers["ETag"] == '"v2"'


def test_a_write_never_tells_the_tag_from_before_the_view(make_client: MakeClient) -> None:
    response = make_client().patch("/article", headers=CURRENT)
    assert response.status_code == 200
    assert "ETag" not in response.headers


def test_delete_tells_no_tag(store: Store) -> None:
    app = Flask(__name__)

    @app.delete("/")
    @require_match(store.load, etag="rev")
    def view() -> tuple[str, int]:
        precondition.confirm([store.article])
        return "", 204

    assert "ETag" not in app.test_client().delete("/", headers=CURRENT).headers


@pytest.mark.parametrize(
    ("disclose", "told"), [("if-readable", None), ("etag", '"v1"'), ("none", None)]
)
def test_a_url_that_cannot_be_read_keeps_its_tag_to_itself(
    store: Store, disclose: Any, told: str | None
) -> None:
    app = Flask(__name__)

    @app.put("/")
    @require_match(store.load, etag="rev", disclose=disclose)
    def view() -> str:
        raise AssertionError

    response = app.test_client().put("/", headers=STALE)
    assert response.headers.get("ETag") == told
    assert response.json.get("current_etag") == told
    assert response.json["next"] == {"action": "none"}


def test_disclose_none_hides_the_tag_of_a_readable_url(make_client: MakeClient) -> None:
    response = make_client(disclose="none").put("/article", headers=STALE)
    assert "ETag" not in response.headers
    assert "current_etag" not in response.json
