import dataclasses
import json
from datetime import UTC
from datetime import date
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_preconditions import SetupError
from flask_preconditions import require_match
from flask_preconditions.problems import write_json

from .conftest import MakeClient
from .conftest import Store


def refuse(client: Any, **headers: str) -> dict[str, Any]:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    problem: dict[str, Any] = client.put("/article", headers=fields).json
    return problem


def test_a_stale_tag_is_described_whole(make_client: MakeClient) -> None:
    problem = refuse(make_client(), If_Match='"v0"')
    assert UUID(problem.pop("instance")).version == 4
    assert problem == {
        "type": "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.13",
        "title": "Precondition Failed",
        "status": 412,
        "detail": "The article changed after you read it.",
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
    assert problem["next"]["href"] == "/api/docs/caf%C3%A9%3F"


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
        ({}, None, "Send If-Match with the ETag of the article as you read it"),
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


@pytest.mark.parametrize(
    ("path", "href"),
    [
        ("/docs/a?lang=de&x=%2F", "/docs/a?lang=de&x=%2F"),
        ("/docs/a?q=<b>%0d%0a\u00e9", "/docs/a?q=%3Cb%3E%0d%0a%C3%A9"),
        ("/docs/a b", "/docs/a%20b"),
        ("/deep/%2e%2e/b", "/deep/%2E%2E/b"),
        ("/deep/./%2E./.b/..", "/deep/%2E/%2E%2E/.b/%2E%2E"),
        ("/docs/...", "/docs/..."),
    ],
)
def test_next_keeps_the_query_that_selects_the_target(path: str, href: str) -> None:
    problem = docs_app().test_client().put(path).json
    assert problem["next"]["href"] == href


@pytest.mark.parametrize(
    "at",
    [
        {"PATH_INFO": "//evil.example/docs/a"},
        {"SCRIPT_NAME": "//evil.example", "PATH_INFO": "/docs/a"},
        {"SCRIPT_NAME": "/", "PATH_INFO": "/evil.example/docs/a"},
    ],
)
def test_next_never_names_another_server(at: dict[str, str]) -> None:
    app = docs_app()
    app.url_map.merge_slashes = False
    app.add_url_rule("/<path:deep>", "deep", app.view_functions["save"], methods=["PUT"])
    response = app.test_client().put("/", environ_overrides=at)
    href = urljoin("http://localhost/", response.json["next"]["href"])
    assert urlsplit(href).netloc == "localhost"


def test_the_occurrence_in_the_log_is_the_one_in_the_problem(
    make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    problem = refuse(make_client(), If_Match='"v0"')
    assert problem["instance"] in caplog.text
    assert refuse(make_client(), If_Match='"v0"')["instance"] != problem["instance"]


def test_behind_a_proxy_the_client_moves_nothing() -> None:
    app = docs_app()
    app.wsgi_app = ProxyFix(app.wsgi_app, x_host=1, x_prefix=1)  # type: ignore[method-assign]
    sent = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "//evil.example"}
    problem = app.test_client().put("/docs/a", headers=sent).json
    assert urlsplit(urljoin("http://localhost/", problem["next"]["href"])).netloc == "localhost"


@given(
    st.dictionaries(
        st.sampled_from(["type", "detail", "next", "status", "current", "own", 'a"b']),
        st.text()
        | st.integers()
        | st.none()
        | st.dictionaries(st.sampled_from(["action", "href", "own"]), st.text() | st.integers())
        | st.lists(st.text()),
        min_size=1,
    )
)
def test_a_document_is_written_as_the_json_module_writes_it(members: dict[str, Any]) -> None:
    assert write_json(members) == json.dumps(members, indent=2, ensure_ascii=False)


@dataclasses.dataclass
class Label:
    name: str


DISCLOSED = {
    "at": datetime(2026, 1, 1, tzinfo=UTC),
    "day": date(2026, 1, 1),
    "id": UUID(int=1),
    "price": Decimal("1.5"),
    "label": Label("x"),
}


@pytest.mark.parametrize("key", DISCLOSED)
def test_what_is_shown_is_written_as_the_application_writes_json(key: str) -> None:
    app = docs_app(disclose=lambda found: {key: DISCLOSED[key]})
    app.add_url_rule("/shown", "shown", lambda: {key: DISCLOSED[key]})
    client = app.test_client()
    problem = client.put("/docs/a", headers={"If-Match": '"old"'}).json
    assert problem["current"] == client.get("/shown").json


def test_what_is_shown_can_be_sent_whatever_text_it_is() -> None:
    app = docs_app(disclose=lambda found: {"text": "half of a pair: \ud800", "é": 1})
    response = app.test_client().put("/docs/a", headers={"If-Match": '"old"'})
    assert response.status_code == 412
    assert json.loads(response.data)["current"] == {"text": "half of a pair: \ud800", "é": 1}


@pytest.mark.parametrize(
    "shown",
    [object(), float("nan"), [float("inf")], {"deep": -float("inf")}],
    ids=["object", "nan", "inf", "deep"],
)
def test_what_cannot_be_shown_is_left_out_in_production(
    shown: object, caplog: pytest.LogCaptureFixture
) -> None:
    app = docs_app(disclose=lambda found: {"lock": shown})
    response = app.test_client().put("/docs/a", headers={"If-Match": '"old"'})
    assert response.status_code == 412
    assert "current" not in response.json
    assert "disclose=" in caplog.text
    app.testing = True
    with pytest.raises(SetupError, match="disclose="):
        app.test_client().put("/docs/a", headers={"If-Match": '"old"'})


def docs_app(**options: Any) -> Flask:
    app = Flask(__name__)

    def load(**given: str) -> dict[str, str]:
        return {"rev": "1"}

    @app.put("/docs/<name>")
    @app.put("/deep/<path:name>")
    @require_match(load, etag="rev", **options)
    def save(**given: str) -> str:
        raise AssertionError

    @app.get("/docs/<name>")
    def read(name: str) -> str:
        return name

    @app.get("/<path:deep>")
    def other(deep: str) -> str:
        return deep

    return app
