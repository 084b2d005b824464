"""Who may do this, where only the target can tell."""

import asyncio
from typing import Any

import pytest
from flask import Flask
from flask import abort
from flask import request

from flask_preconditions import SetupError
from flask_preconditions import conditional
from flask_preconditions import precondition
from flask_preconditions import precondition_passed
from flask_preconditions import require_match
from flask_preconditions.explain import explain

from .conftest import MakeClient
from .conftest import Store


def is_mine(article: Any) -> bool:
    return request.headers.get("User") == "me"


ME = {"User": "me"}


@pytest.mark.parametrize(
    ("condition", "status"),
    [({}, 428), ({"If-Match": '"v0"'}, 412), ({"If-Match": '"v1"'}, 200)],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_stranger_is_told_403_and_nothing_of_the_target(
    store: Store, make_client: MakeClient, method: str, condition: dict[str, str], status: int
) -> None:
    client = make_client(allow=is_mine)
    refused = client.open("/article", method=method, headers=condition)
    assert refused.status_code == 403
    assert "ETag" not in refused.headers
    assert store.runs == 0
    mine = client.open("/article", method=method, headers=condition | ME)
    assert mine.status_code == status


def test_a_stranger_gets_no_304(make_client: MakeClient) -> None:
    client = make_client(allow=is_mine)
    held = {"If-None-Match": '"v1"'}
    assert client.get("/article", headers=held).status_code == 403
    assert client.get("/article", headers=held | ME).status_code == 304


def test_what_is_not_there_is_404_before_anybody_is_asked(
    store: Store, make_client: MakeClient
) -> None:
    client = make_client(allow=is_mine)
    store.article = None
    assert client.put("/article").status_code == 404


def test_it_is_asked_about_nothing_where_put_creates(store: Store, make_client: MakeClient) -> None:
    asked = []
    client = make_client(create=True, allow=lambda article: asked.append(article) or True)
    store.article = None
    assert client.put("/article", headers={"If-None-Match": "*"}).status_code == 200
    assert asked == [None]


def test_it_may_answer_something_else(make_client: MakeClient) -> None:
    client = make_client(allow=lambda article: abort(401))
    assert client.put("/article", headers={"If-Match": '"v1"'}).status_code == 401


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("condition", [{}, {"If-Match": '"v0"'}, {"If-None-Match": '"v1"'}])
def test_a_function_that_aborts_with_404_hides_what_exists(
    store: Store, make_client: MakeClient, method: str, condition: dict[str, str]
) -> None:
    client = make_client(allow=lambda article: is_mine(article) or abort(404))
    answers = []
    for article in (store.article, None):
        store.article = article
        answer = client.open("/article", method=method, headers=condition)
        answers.append((answer.status_code, answer.data, sorted(answer.headers)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


def test_an_answer_that_was_forgotten_is_no_permission(make_client: MakeClient) -> None:
    def forgets(article: Any) -> Any:
        """Return nothing."""

    client = make_client(allow=forgets)
    with pytest.raises(SetupError, match=r"forgets\(\), which gave None; return True or False"):
        client.put("/article", headers={"If-Match": '"v1"'})


def test_something_else_than_a_function_is_refused_at_once() -> None:
    with pytest.raises(SetupError, match="allow='owner' is no function of the target"):
        require_match(lambda: None, etag="rev", allow="owner")  # type: ignore[arg-type]


def test_whoever_loses_the_target_with_the_race_is_told_nothing_of_it(
    store: Store, make_client: MakeClient
) -> None:
    owner = {"name": "me"}
    client = make_client(allow=lambda article: owner["name"] == "me")
    store.rows = 0
    lost = client.put("/article", headers={"If-Match": '"v1"'})
    assert (lost.status_code, lost.headers["ETag"]) == (412, '"v1"')

    def give_away(sender: Flask, **_: Any) -> None:
        owner["name"] = "somebody else"

    with precondition_passed.connected_to(give_away):
        refused = client.put("/article", headers={"If-Match": '"v1"'})
    assert (refused.status_code, "ETag" in refused.headers) == (403, False)


def test_it_may_be_asynchronous(store: Store) -> None:
    app = Flask(__name__)

    async def is_theirs(article: Any) -> bool:
        await asyncio.sleep(0)
        return False

    @app.put("/")
    @conditional(store.load, etag="rev", allow=is_theirs)
    def view() -> str:
        precondition.confirm(1)
        return "saved"

    assert app.test_client().put("/").status_code == 403


def test_explain_says_that_it_did_not_ask(make_client: MakeClient) -> None:
    told = explain(make_client(allow=is_mine).application, "PUT", "/article")
    assert told.status == 428
    assert told.notes == ("Not asked: allow=, which may answer 403 first.",)
    assert "allow=is_mine" in told.guarded.describe()
