from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.views import MethodView

from flask_preconditions import EntityTag
from flask_preconditions import Policy
from flask_preconditions import Preconditions
from flask_preconditions import SetupError
from flask_preconditions import conditional
from flask_preconditions import guarded_routes
from flask_preconditions import require_match

from .conftest import MakeClient
from .conftest import Store


def view() -> str:
    return "view"


def test_a_guard_needs_a_loader() -> None:
    with pytest.raises(SetupError, match=r"@require_match\(get_doc, etag="):
        require_match()


def test_a_guard_needs_a_validator() -> None:
    with pytest.raises(SetupError, match="say where they are"):
        require_match(dict)


def test_two_guards_on_a_view_are_refused() -> None:
    guard = require_match(dict, etag="rev")
    with pytest.raises(SetupError, match=r"view\(\) is guarded twice"):
        guard(guard(view))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"require": "always"}, "'unsafe', 'warn', 'none', a set of methods"),
        ({"require": {"put"}}, "upper-case names such as 'PUT', not 'put'"),
        ({"require": {"GET"}}, "GET is safe and never needs a condition"),
        ({"disclose": "all"}, "'if-readable' or 'none' or 'etag'"),
        ({"put_etag": True}, "'never' or 'verbatim' or 'always'"),
        ({"cache_control": 60}, "must be a string"),
    ],
)
def test_a_wrong_option_fails_where_it_is_written(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SetupError, match=words) as refused:
        require_match(dict, etag="rev", **options)
    here, guard = refused.traceback  # and none of the frames below, which are not to change
    assert (here.path, guard.name) == (Path(__file__), "checked")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("PRECONDITIONS_REQUIERE", "none", "did you mean PRECONDITIONS_REQUIRE"),
        ("PRECONDITIONS_REQUIRE", "sometimes", "require is 'sometimes'"),
        ("PRECONDITIONS_PROBLEM_BASE_URL", "https://docs.example", "ends with a slash"),
        ("PRECONDITIONS_LOG_LEVEL", "loud", "'DEBUG' or 'INFO'"),
        ("PRECONDITIONS_CACHE_CONTROL", "no-cache", "is no setting"),
    ],
)
def test_a_wrong_setting_fails_when_the_app_is_made(key: str, value: str, words: str) -> None:
    app = Flask(__name__)
    app.config[key] = value
    with pytest.raises(SetupError, match=words):
        Preconditions(app)


def test_settings_lie_over_the_extensions_policy_and_options_over_both(store: Store) -> None:
    app = Flask(__name__)
    app.config["PRECONDITIONS_DISCLOSE"] = "etag"
    Preconditions(app, policy=Policy(require="none", disclose="none"))

    @app.put("/free")
    @require_match(store.load, etag="rev")
    def free() -> str:
        return "saved"

    @app.put("/asked")
    @require_match(store.load, etag="rev", require="unsafe")
    def asked() -> str:
        return "saved"

    client = app.test_client()
    assert client.put("/free").status_code == 200
    assert client.put("/free", headers={"If-Match": '"v0"'}).headers["ETag"] == '"v1"'
    assert client.put("/asked").status_code == 428


def test_a_second_set_up_says_which_line_to_remove() -> None:
    app = Flask(__name__)
    extension = Preconditions(app)
    with pytest.raises(SetupError, match="not both"):
        extension.init_app(app)


def test_two_apps_keep_their_own_policies(store: Store) -> None:
    extension = Preconditions()
    answers = []
    for require in ("none", "unsafe"):
        app = Flask(__name__)
        app.config["PRECONDITIONS_REQUIRE"] = require
        extension.init_app(app)
        app.put("/")(require_match(store.load, etag="rev")(view))
        answers.append(app.test_client().put("/").status_code)
    assert answers == [200, 428]


@pytest.mark.parametrize(
    ("options", "target", "words"),
    [
        ({"etag": "revision"}, {"rev": 1}, "the loaded dict has no 'revision'"),
        ({"etag": "revision"}, object(), "the loaded object has no 'revision'"),
        ({"etag": "rev"}, {"rev": '"quoted"'}, "without its quotes"),
        ({"etag": "rev"}, {"rev": 1.5}, "give a str, an int or an EntityTag"),
        ({"etag": "rev"}, {"rev": True}, "give a str, an int or an EntityTag"),
        ({"last_modified": "at"}, {"at": "today"}, "give an aware datetime"),
        ({"last_modified": "at"}, {"at": datetime(2026, 1, 1)}, "has no time zone"),  # noqa: DTZ001
    ],
)
def test_a_target_without_a_usable_validator_says_where_to_look(
    options: dict[str, Any], target: object, words: str
) -> None:
    app = Flask(__name__)
    app.testing = True
    app.get("/")(conditional(lambda: target, **options)(view))
    with pytest.raises(SetupError, match=words):
        app.test_client().get("/")


def test_a_loader_that_asks_for_what_the_url_does_not_give_says_so() -> None:
    app = Flask(__name__)
    app.testing = True

    def load(key: str) -> dict[str, str]:
        return {"rev": key}

    @app.get("/<name>")
    @conditional(load, etag="rev")
    def read(name: str) -> str:
        return name

    with pytest.raises(SetupError, match=r"load\(\) asks for 'key', but the URL gives name"):
        app.test_client().get("/x")


def test_a_loader_without_names_gets_the_urls_values_in_order() -> None:
    app = Flask(__name__)

    @app.get("/<name>")
    @conditional({"x": {"rev": "1"}}.get, etag="rev")
    def read(name: str) -> str:
        return name

    assert app.test_client().get("/x").headers["ETag"] == '"1"'
    assert app.test_client().get("/y").status_code == 404


def test_a_loader_named_by_a_string_is_a_method_of_the_view() -> None:
    class Note(MethodView):
        def find(self, name: str) -> dict[str, str]:
            return {"rev": name}

        @conditional("find", etag="rev", into="note")
        def get(self, name: str, note: dict[str, str]) -> dict[str, str]:
            return note

        @require_match("lookup", etag="rev")
        def delete(self, name: str) -> str:
            return name

    app = Flask(__name__)
    app.testing = True
    app.add_url_rule("/<name>", view_func=Note.as_view("note"))
    client = app.test_client()
    assert client.get("/a").headers["ETag"] == '"a"'
    with pytest.raises(SetupError, match="Note has no such method"):
        client.delete("/a")
    assert [(route.rule, route.methods) for route in guarded_routes(app)] == [
        ("/<name>", ("DELETE",)),
        ("/<name>", ("GET",)),
    ]


def test_a_loader_named_by_a_string_needs_a_class() -> None:
    app = Flask(__name__)
    app.testing = True
    app.get("/")(conditional("find", etag="rev")(view))
    with pytest.raises(SetupError, match="plain function"):
        app.test_client().get("/")


def test_guarded_routes_lists_them_and_leaves_out_the_rest(make_client: MakeClient) -> None:
    app = make_client().application
    app.add_url_rule("/open", "open", view)
    [route] = guarded_routes(app)
    assert (route.rule, route.methods) == ("/article", ("DELETE", "GET", "PATCH", "PUT"))
    assert route.guarded.into == "article"


def test_a_weak_tag_on_a_write_is_a_mistake_of_the_set_up() -> None:
    app = Flask(__name__)
    app.testing = True
    weak = {"rev": EntityTag("1", weak=True)}
    app.add_url_rule("/", "asked", require_match(lambda: weak, etag="rev")(view), methods=["PUT"])
    app.add_url_rule("/free", "free", conditional(lambda: weak, etag="rev")(view), methods=["PUT"])
    client = app.test_client()
    with pytest.raises(SetupError, match=r'asked takes writes, .* W/"1", is weak: If-Match never'):
        client.put("/", headers={"If-Match": 'W/"1"'})
    assert client.put("/free").status_code == 200


def test_a_weak_tag_is_an_entity_tag() -> None:
    app = Flask(__name__)
    app.get("/")(conditional(lambda: {"rev": EntityTag("1", weak=True)}, etag="rev")(view))
    assert app.test_client().get("/").headers["ETag"] == 'W/"1"'
