"""Tags by variant are compared whole."""

import pytest
from flask import Flask

from flask_preconditions import SetupError
from flask_preconditions import etag_for

from .conftest import Article
from .conftest import MakeClient
from .conftest import Store

CURRENT, STALE = {"If-Match": '"v1"'}, {"If-Match": '"v0"'}
HELD = {"If-None-Match": '"v1"'}


@pytest.mark.parametrize("listed", ["1.0~rc1", "1.0~x", "1.0~0123456789abcdef", "1.0~", "~1.0"])
def test_only_a_tag_that_was_made_of_the_current_one_names_a_variant_of_it(
    store: Store, make_client: MakeClient, listed: str
) -> None:
    client = make_client(vary=["Accept"])
    store.article = Article(rev=listed)
    assert client.put("/article", headers={"If-Match": f'"{listed}"'}).status_code == 200
    store.article = Article(rev="1.0")
    assert client.put("/article", headers={"If-Match": f'"{listed}"'}).status_code == 412


@pytest.mark.parametrize(
    "name", ["Authorization", "cookie", "Proxy-Authorization", "X-API-Key", "X-Auth-Token"]
)
def test_no_tag_tells_a_digest_of_a_credential(name: str, make_client: MakeClient) -> None:
    with pytest.raises(SetupError, match=rf"it names {name}, .* a digest of"):
        make_client(vary=["Accept", name])
    app = Flask(__name__)
    with app.test_request_context(), pytest.raises(SetupError, match="a digest of"):
        etag_for({"rev": 1}, "rev", vary=[name])


def test_the_variant_of_a_stale_state_is_stale(store: Store, make_client: MakeClient) -> None:
    client = make_client(vary=["Accept"])
    tags = []
    for rev in ("1.0", "1.0~rc1", "1"):
        store.article = Article(rev=rev)
        tags.append(client.get("/article", headers={"Accept": "text/html"}).headers["ETag"])
    for rev, own in zip(("1.0", "1.0~rc1", "1"), tags, strict=True):
        store.article = Article(rev=rev)
        statuses = [client.put("/article", headers={"If-Match": t}).status_code for t in tags]
        assert statuses == [200 if tag == own else 412 for tag in tags]


def test_a_variants_tag_is_recognised_under_a_suffix(store: Store, make_client: MakeClient) -> None:
    client = make_client({"PRECONDITIONS_ETAG_SUFFIXES": [":gzip"]}, vary=["Accept"])
    tag = client.get("/article", headers={"Accept": "text/html"}).headers["ETag"]
    for sent, status in ((f'{tag[:-1]}:gzip"', 200), (f'{tag[:-1]}:br"', 412), (f"W/{tag}", 412)):
        assert client.put("/article", headers={"If-Match": f'"x", {sent}'}).status_code == status


def test_etag_for_gives_the_tag_that_get_sends(store: Store, make_client: MakeClient) -> None:
    client = make_client(vary=["Accept"])
    fields = {"Accept": "text/html"}
    with client.application.test_request_context(headers=fields):
        listed = etag_for(store.article, "rev", vary=["Accept"])
    assert client.get("/article", headers=fields).headers["ETag"] == listed
