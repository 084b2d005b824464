"""Beside the packages that touch the same fields: each one real."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask import Response
from flask import request
from flask import send_file
from flask.views import MethodView
from flask_compress import Compress
from flask_cors import CORS

from flask_preconditions import conditional
from flask_preconditions import precondition
from flask_preconditions import require_match

from .conftest import MakeClient
from .conftest import Store

DATE = "Tue, 15 Nov 1994 12:45:26 GMT"


@pytest.fixture
def file_client(store: Store, tmp_path: Path) -> Any:
    (tmp_path / "file.txt").write_text("0123456789")
    app = Flask(__name__)

    @app.get("/")
    @conditional(store.load, etag="rev", last_modified="saved_at")
    def view() -> Any:
        return send_file(tmp_path / "file.txt", conditional=True)

    return app.test_client()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-Match": "*"}, 200),  # Werkzeug alone: 412
        ({"If-Match": '"v1"', "If-None-Match": '"v1"'}, 304),  # Werkzeug alone: 200
        ({"If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"}, 412),  # Werkzeug alone: 200
        ({"If-None-Match": '"v0"'}, 200),
        ({"Range": "bytes=2-4"}, 206),
        ({"Range": "bytes=2-4", "If-Range": '"v1"'}, 206),
        ({"Range": "bytes=2-4", "If-Range": DATE}, 206),
        ({"Range": "bytes=2-4", "If-Range": '"v0"'}, 200),
        ({"Range": "bytes=2-4", "If-Range": 'W/"v1"'}, 200),  # Werkzeug alone: 206
        ({"Range": "bytes=2-4", "If-Range": "Wed, 16 Nov 1994 12:45:26 GMT"}, 200),
    ],
)
def test_send_file_is_evaluated_once_and_by_the_rfc(
    file_client: Any, headers: dict[str, str], status: int
) -> None:
    response = file_client.get("/", headers=headers)
    assert response.status_code == status
    assert response.headers["ETag"] == '"v1"'
    if status == 206:
        assert response.text == "234"
    response.close()


def test_a_compressed_copy_can_be_revalidated_and_saved(
    store: Store, make_client: MakeClient
) -> None:
    store.article.title = "long " * 500
    client = make_client({"PRECONDITIONS_ETAG_SUFFIXES": [":gzip"]})
    Compress(client.application)
    accepts = {"Accept-Encoding": "gzip"}
    tag = client.get("/article", headers=accepts).headers["ETag"]
    assert tag == '"v1:gzip"'
    assert client.get("/article", headers=accepts | {"If-None-Match": tag}).status_code == 304
    assert client.put("/article", headers=accepts | {"If-Match": tag}).status_code == 200
    store.article.rev = "v2"
    assert client.put("/article", headers=accepts | {"If-Match": tag}).status_code == 412


@pytest.mark.parametrize("condition", [{}, {"If-Match": '"v0"'}, {"If-Match": "v1"}])
def test_another_origin_can_read_the_tag_of_every_answer(
    make_client: MakeClient, condition: dict[str, str]
) -> None:
    client = make_client()
    CORS(client.application, expose_headers=["ETag"])
    response = client.put("/article", headers=condition | {"Origin": "https://other.example"})
    assert response.status_code in (400, 412, 428)
    assert response.headers["Access-Control-Expose-Headers"] == "ETag"


def test_another_origin_may_send_conditions(make_client: MakeClient) -> None:
    client = make_client()
    CORS(client.application)
    asks = {
        "Origin": "https://other.example",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "if-match",
    }
    allowed = client.options("/article", headers=asks).headers["Access-Control-Allow-Headers"]
    assert "if-match" in allowed.lower()


def test_async_views_and_loaders_are_guarded_alike(store: Store) -> None:
    app = Flask(__name__)
    app.testing = True

    async def load() -> object:
        await asyncio.sleep(0)
        return store.load()

    @app.put("/")
    @require_match(load, etag="rev", into="article")
    async def view(article: Any) -> str:
        await asyncio.sleep(0)
        precondition.confirm(store.rows)
        return str(article.title)

    client = app.test_client()
    assert client.put("/", headers={"If-Match": '"v0"'}).status_code == 412
    assert client.put("/", headers={"If-Match": '"v1"'}).text == "Hello"
    store.rows = 0
    assert client.put("/", headers={"If-Match": '"v1"'}).json["reason"] == "lost-race"


def test_a_class_based_view_can_be_guarded_whole(store: Store) -> None:
    class Note(MethodView):
        decorators = (require_match(store.load, etag="rev", into="article"),)

        def get(self, article: Any) -> str:
            return str(article.title)

        def put(self, article: Any) -> str:
            precondition.confirm(1)
            return "saved"

    app = Flask(__name__)
    app.testing = True
    app.add_url_rule("/", view_func=Note.as_view("note"))
    client = app.test_client()
    assert client.get("/").headers["ETag"] == '"v1"'
    assert client.put("/").status_code == 428
    assert client.put("/", headers={"If-Match": '"v1"'}).text == "saved"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_an_answer_to_a_write_is_given_no_tag_of_its_body(
    method: str, make_client: MakeClient
) -> None:
    client = make_client()

    @client.application.after_request
    def tag(response: Response) -> Response:
        response.add_etag()
        response.make_conditional(request)
        return response

    response = client.open("/article", method=method, headers={"If-Match": '"v1"'})
    assert (response.status_code, response.headers.get("ETag")) == (200, None)
    assert client.get("/article").headers["ETag"] == '"v1"'
    assert client.get("/article", headers={"If-None-Match": '"v1"'}).status_code == 304
