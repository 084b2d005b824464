"""What a request comes to, told without running the view."""

import json
from functools import wraps
from typing import Any

import flask_restful
import pytest
from flask import Flask
from flask import abort
from flask import g
from flask import redirect
from flask.views import MethodView

from flask_preconditions import ABSENT
from flask_preconditions import EntityTag
from flask_preconditions import Policy
from flask_preconditions import Preconditions
from flask_preconditions import SetupError
from flask_preconditions import Validators
from flask_preconditions import precondition_failed
from flask_preconditions import require_match
from flask_preconditions import unguarded
from flask_preconditions.cli import preconditions
from flask_preconditions.explain import explain

from .conftest import MakeClient
from .conftest import Store

STALE = [("If-Match", '"v0"')]


@pytest.fixture
def app(make_client: MakeClient) -> Flask:
    return make_client().application


def test_a_stale_tag_is_told_with_its_clause(app: Flask, store: Store) -> None:
    told = explain(app, "PUT", "/article", STALE)
    assert (told.status, told.endpoint, told.required) == (412, "view", True)
    assert told.problem["current_etag"] == '"v1"'
    assert told.as_text().splitlines() == [
        "PUT /article is /article, answered by view",
        "  guarded by   etag=rev, last_modified=saved_at",
        "  a condition  is asked for: require='unsafe', the default",
        '  the target   has etag "v1", last_modified Tue, 15 Nov 1994 12:45:26 GMT',
        "",
        "failed (412) by If-Match, changed",
        '  1. If-Match: the current tag "v1" is not listed (RFC 9110 §13.1.1)',
        "",
        "The answer is 412.",
    ]


def test_explaining_neither_runs_the_view_nor_signals(app: Flask, store: Store) -> None:
    heard = []
    with precondition_failed.connected_to(lambda sender, **_: heard.append(sender)):
        explain(app, "PUT", "/article", STALE)
        explain(app, "PUT", "/article", [("If-Match", '"v1"')])
    assert (store.runs, store.loads, heard) == (0, 2, [])


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {}, None),
        ("GET", {"If-None-Match": '"v1"'}, 304),
        ("HEAD", {"If-None-Match": '"v1"'}, 304),
        ("put", {}, 428),
        ("PUT", {"If-Match": '"v1"'}, None),
        ("DELETE", {"If-Match": "v1"}, 400),
        ("PATCH", {"If-Match": 'W/"v1"'}, 412),
    ],
)
def test_the_answer_is_the_one_that_the_view_gives(
    app: Flask, method: str, headers: dict[str, str], status: int | None
) -> None:
    told = explain(app, method, "/article", headers.items())
    given = app.test_client().open("/article", method=method.upper(), headers=headers)
    assert told.status == status
    assert given.status_code == (status or 200)
    if method not in ("GET", "HEAD") and status:
        here, there = dict(told.problem), dict(given.json or {})
        assert here.pop("instance") != there.pop("instance")  # two occurrences
        assert here == there


def test_an_absent_target_is_404_whatever_is_asked(app: Flask, store: Store) -> None:
    store.article = None
    told = explain(app, "PUT", "/article")
    assert told.status == 404
    text = told.as_text()
    assert "the target   does not exist" in text
    assert "\nnot compared\n" in text
    assert "perform" not in text
    assert text.endswith("PUT creates what is not there where the guard says create=True.")
    assert json.loads(told.as_json())["outcome"] is None


def test_a_loader_that_aborts_answers_by_itself(app: Flask, store: Store) -> None:
    @app.put("/gone")
    @require_match(lambda: abort(410), etag="rev")
    def save() -> str:
        return "saved"

    told = explain(app, "PUT", "/gone")
    assert told.status == 410
    assert told.as_text().endswith(
        "The answer is 410.\nThe loader answers 410 by itself, before anything is compared."
    )


@pytest.mark.parametrize(
    ("headers", "status"), [([("If-None-Match", "*")], None), (STALE, 412), ([], 428)]
)
def test_an_absent_target_can_be_created_where_the_guard_says_so(
    make_client: MakeClient, headers: list[tuple[str, str]], status: int | None
) -> None:
    app = make_client(create=True).application
    assert explain(app, "PUT", "/article", headers, ABSENT).status == status


def test_a_state_that_is_given_is_not_loaded(app: Flask, store: Store) -> None:
    told = explain(app, "PUT", "/article", STALE, Validators(EntityTag("v0")))
    assert (told.status, store.loads) == (None, 0)
    assert "The view runs." in told.as_text()


def test_a_rollout_is_told_as_one(make_client: MakeClient) -> None:
    app = make_client(require="warn").application
    told = explain(app, "PUT", "/article")
    assert told.status is None
    assert told.notes == ('It would be 428, but require="warn" only logs and signals that.',)


def test_a_write_that_may_have_been_made_already_is_told_as_one(make_client: MakeClient) -> None:
    app = make_client(already_applied=lambda target: True).application
    assert "already_applied" in explain(app, "PUT", "/article", STALE).notes[0]


def test_who_asks_for_a_condition_is_named(make_client: MakeClient, store: Store) -> None:
    def only_new(request: Any) -> bool:
        return bool(request.headers.get("Api-Version") == "2")

    def asks(app: Flask) -> str:
        return explain(app, "PUT", "/article").required_by

    assert asks(make_client().application) == "require='unsafe', the default"
    configured = make_client({"PRECONDITIONS_REQUIRE": "warn"}).application
    assert asks(configured) == "require='warn' from PRECONDITIONS_REQUIRE"
    assert asks(make_client(require=only_new).application) == "require=only_new on the view"
    app = make_client().application
    Preconditions(app, policy=Policy(require="none"))
    assert asks(app) == "require='none' from Preconditions(policy=…)"


def test_the_variant_that_the_request_selects_is_compared(make_client: MakeClient) -> None:
    client = make_client(vary=["Accept"])
    tag = client.get("/article", headers={"Accept": "text/plain"}).headers["ETag"]
    fields = [("Accept", "text/plain"), ("If-None-Match", tag)]
    assert explain(client.application, "GET", "/article", fields).status == 304
    assert explain(client.application, "GET", "/article", fields[1:]).status is None


def test_json_carries_the_trace_with_links(app: Flask) -> None:
    told = json.loads(explain(app, "PUT", "/article?draft=1", STALE).as_json())
    assert told["path"] == "/article?draft=1"
    assert (told["outcome"], told["status"], told["reason"]) == ("failed", 412, "changed")
    assert told["state"]["etag"] == '"v1"'
    assert told["trace"] == [
        {
            "step": 1,
            "field": "If-Match",
            "truth": False,
            "note": 'the current tag "v1" is not listed',
            "clause": "RFC 9110 §13.1.1",
            "url": "https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1",
        }
    ]
    assert told["problem"]["status"] == 412
    absent = json.loads(explain(app, "PUT", "/article", (), ABSENT).as_json())
    assert absent["state"] == {"exists": False}
    assert absent["problem"] is None


def test_a_target_without_validators_is_told_as_one(app: Flask) -> None:
    told = explain(app, "GET", "/article", (), Validators())
    assert "exists, without validators" in told.as_text()


@pytest.mark.parametrize("every_request", [True, False])
def test_a_loader_that_is_a_method_is_found(every_request: bool) -> None:
    class Note(MethodView):
        init_every_request = every_request

        def __init__(self, prefix: str) -> None:
            self.prefix = prefix

        def find(self, name: str) -> dict[str, str]:
            return {"rev": self.prefix + name}

        @require_match("find", etag="rev")
        def put(self, name: str) -> str:
            return name

    app = Flask(__name__)
    app.add_url_rule("/<name>", view_func=Note.as_view("note", "rev-"))
    assert explain(app, "PUT", "/a", [("If-Match", '"rev-a"')]).status is None


def test_what_runs_before_requests_runs_before_the_loader() -> None:
    app = Flask(__name__)

    @app.before_request
    def connect() -> None:
        g.rev = "7"

    @app.put("/")
    @require_match(lambda: {"rev": g.rev}, etag="rev")
    def save() -> str:
        return "saved"

    assert explain(app, "PUT", "/", [("If-Match", '"7"')]).status is None


@pytest.mark.parametrize("answer", [lambda: abort(401), lambda: ("who?", 401)], ids=["abort", "rv"])
def test_an_answer_before_the_guard_is_told(app: Flask, answer: Any) -> None:
    app.before_request(answer)
    with pytest.raises(SetupError, match="answers 401 before the guard; --state"):
        explain(app, "PUT", "/article")
    assert explain(app, "PUT", "/article", (), ABSENT).status == 404


def test_a_request_that_no_guard_answers_is_refused_with_the_reason(app: Flask) -> None:
    app.add_url_rule("/open", "open", lambda: "open")
    app.add_url_rule("/new", "new", unguarded("a new one")(lambda: "made"), methods=["POST"])
    app.add_url_rule("/folder/", "folder", lambda: redirect("/"))
    for method, path, words in (
        ("PUT", "/nowhere", "no route fits /nowhere"),
        ("POST", "/article", "/article answers DELETE, GET, HEAD, OPTIONS, PATCH, PUT, and not"),
        ("GET", "/open", "open, which answers GET /open, is not guarded"),
        (
            "POST",
            "/new",
            "new, which answers POST /new, compares nothing on purpose",
        ),
        ("GET", "/folder", "/folder redirects"),
        ("OPTIONS", "/article", "OPTIONS ignores preconditions"),
        ("GET", "article", "begins with a slash"),
    ):
        with pytest.raises(SetupError, match=words):
            explain(app, method, path)


@pytest.mark.parametrize(("code", "shown"), [(404, 404), (410, 410), (403, 403), (302, 302)])
def test_a_loader_that_answers_by_itself_is_told_as_that_answer(code: int, shown: int) -> None:
    def load(id: str) -> Any:
        return abort(redirect("/login") if code == 302 else code)

    app = Flask(__name__)
    app.put("/notes/<id>")(require_match(load, etag="rev")(lambda id: "note"))
    told = explain(app, "PUT", "/notes/1", STALE)
    assert (
        told.status == app.test_client().put("/notes/1", headers=dict(STALE)).status_code == shown
    )
    assert (told.state, told.decision) == (None, None)
    assert told.as_text().splitlines()[-1] == (
        f"The loader answers {shown} by itself, before anything is compared."
    )
    assert json.loads(told.as_json())["status"] == shown
    command = ["explain", "PUT", "/notes/1"]
    result = app.test_cli_runner().invoke(preconditions, command)
    assert (result.exit_code, result.exception) == (0, None)
    assert (f"The loader answers {shown} by itself, before anything is compared.") in result.output


def test_what_is_stored_writes_nothing_of_its_own_on_the_screen(store: Store, app: Flask) -> None:
    assert store.article
    store.article.rev = "v1\x9b31m\x85"
    told = explain(app, "PUT", "/article?a=\x1b[2J%0A", STALE)
    for text in (told.as_text(), told.as_json()):
        assert text.replace("\n", "").isprintable()
    assert "v1\\x9b31m" in told.as_text()
    assert json.loads(told.as_json())["state"]["etag"] == '"v1\x9b31m\x85"'


def make_with_project(load: Any) -> Flask:
    app = Flask(__name__)
    projects = {"a": {1: {"rev": 1}}}

    def need_auth(view: Any) -> Any:
        @wraps(view)
        def inner(project_id: str, **values: Any) -> Any:
            return view(project=projects[project_id], **values)

        return inner

    @app.get("/projects/<project_id>/bills/<int:bill_id>")
    @need_auth
    @require_match(load, etag="rev")
    def read(project: Any, bill_id: int) -> str:
        return "bill"

    return app


def test_what_only_a_decorator_gives_is_told_as_not_known() -> None:
    app = make_with_project(lambda project, bill_id: project.get(bill_id))
    assert app.test_client().get("/projects/a/bills/1").headers["ETag"] == '"1"'
    told = explain(app, "GET", "/projects/a/bills/1")
    assert (told.state, told.decision, told.status) == (None, None, None)
    assert told.notes[0].startswith("Not run: @make_with_project.<locals>.need_auth above")
    assert told.notes[1].startswith("The loader asks for 'project', which only a decorator can")
    assert "the target   is not known here" in told.as_text()
    assert json.loads(told.as_json())["outcome"] is None
    given = explain(
        app,
        "GET",
        "/projects/a/bills/1",
        [("If-None-Match", '"1"')],
        Validators(EntityTag("1")),
    )
    assert given.status == 304


def test_decorators_that_were_not_run_are_named_beside_a_decision() -> None:
    app = make_with_project(lambda bill_id: {"rev": bill_id})
    told = explain(app, "GET", "/projects/a/bills/1", [("If-None-Match", '"1"')])
    assert told.status == 304
    assert "need_auth" in told.as_text().splitlines()[-1]


def test_a_misspelt_value_without_a_decorator_stays_an_error() -> None:
    app = Flask(__name__)
    app.get("/notes/<id>")(require_match(lambda name: None, etag="rev")(lambda id: "note"))
    with pytest.raises(SetupError, match="asks for 'name', but the URL gives id"):
        explain(app, "GET", "/notes/1")


def test_values_that_a_preprocessor_takes_out_of_the_url_are_gone() -> None:
    app = Flask(__name__)

    @app.url_value_preprocessor
    def take_language(endpoint: str | None, values: Any) -> None:
        g.language = values.pop("language", None)

    load = {"1": {"rev": "a"}}.get
    app.get("/<language>/notes/<id>")(require_match(load, etag="rev")(lambda id: "note"))
    told = explain(app, "GET", "/de/notes/1", [("If-None-Match", '"a"')])
    assert told.status == 304


def test_decorators_that_a_framework_keeps_are_named(store: Store) -> None:
    def need_auth(view: Any) -> Any:
        return view

    class Note(flask_restful.Resource):
        method_decorators = (require_match(store.load, etag="rev"), need_auth)

        def get(self) -> str:
            return "note"

    app = Flask(__name__)
    flask_restful.Api(app).add_resource(Note, "/note")
    told = explain(app, "GET", "/note", [("If-None-Match", '"v1"')])
    assert told.status == 304
    assert [note.count("@") for note in told.notes] == [1]
