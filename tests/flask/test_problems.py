from typing import Any

import pytest
from flask import Flask

from flask_preconditions import require_match

from .conftest import MakeClient
from .conftest import Store


def refuse(client: Any, **headers: str) -> dict[str, Any]:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    problem: dict[str, Any] = client.put("/article", headers=fields).json
    return problem


def test_a_stale_tag_is_described_whole(make_client: MakeClient) -> None:
    assert refuse(make_client(), If_Match='"v0"') == {
        "type": "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.13",
        "title": "Precondition Failed",
        "status": 412,
        "detail": "The article changed after you read it.",
        "instance": "/article",
        "failed_header": "If-Match",
        "reason": "changed",
        "current_etag": '"v1"',
        "next": {"action": "refetch", "method": "GET", "href": "/article"},
    }


def test_the_target_is_named_as_a_uri_reference_from_the_root_of_the_server() -> None:
    app = Flask(__name__)

    @app.put("/docs/<name>")
    @require_match(lambda name: {"rev": name}, etag="rev")
    def save(name: str) -> str:
        return name

    @app.get("/docs/<name>")
    def read(name: str) -> str:
        return name

    at = {"SCRIPT_NAME": "/api"}
    problem = app.test_client().put("/docs/caf%C3%A9%3F", environ_overrides=at).json
    assert problem["instance"] == problem["next"]["href"] == "/api/docs/caf%C3%A9%3F"


def test_type_is_a_page_below_the_published_ones(make_client: MakeClient) -> None:
    client = make_client({"PRECONDITIONS_PROBLEM_BASE_URL": "https://docs.example/problems/"})
    kinds = [refuse(client), refuse(client, If_Match='"v0"'), refuse(client, If_Match="v0")]
    assert [kind["type"].removeprefix("https://docs.example/problems/") for kind in kinds] == [
        "precondition-required/",
        "precondition-failed/",
        "malformed-precondition/",
    ]


@pytest.mark.parametrize(
    ("headers", "reason", "words"),
    [
        ({"If_Match": 'W/"v1"'}, "weak", "a weak entity tag (W/) never matches"),
        ({"If_None_Match": "*"}, "exists", "rules out"),
        ({"If_Unmodified_Since": "Tue, 15 Nov 1994 12:45:25 GMT"}, "changed", "changed after"),
        ({"If_Match": "v1"}, "malformed", 'Send "v1", not v1'),
        ({}, None, "send If-Match with the ETag of the version you read"),
    ],
)
def test_each_reason_has_its_own_words(
    make_client: MakeClient, headers: dict[str, str], reason: str | None, words: str
) -> None:
    problem = refuse(make_client(), **headers)
    assert problem.get("reason") == reason
    assert words in problem["detail"]


def test_a_lost_race_says_so_and_tells_the_new_tag(store: Store, make_client: MakeClient) -> None:
    client = make_client()
    store.rows = 0
    problem = refuse(client, If_Match='"v1"')
    assert problem["status"] == 412
    assert problem["reason"] == "lost-race"
    assert problem["failed_header"] == "If-Match"
    assert "came first" in problem["detail"]


def test_what_to_do_next_fits_the_state(store: Store, make_client: MakeClient) -> None:
    client = make_client(create=True)
    assert refuse(client)["next"]["action"] == "refetch"
    assert refuse(client, If_Match="v1")["next"] == {"action": "resend"}
    store.article = None
    assert refuse(client)["next"] == {"action": "resend"}
    assert "If-None-Match: *" in refuse(client)["detail"]
    assert refuse(client, If_Match='"v1"')["next"] == {"action": "none"}


def test_the_body_is_utf_8_as_it_stands(make_client: MakeClient) -> None:
    response = make_client().put("/article", headers={"If-Match": "é"})
    assert "not é." in response.data.decode()
