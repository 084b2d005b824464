"""The audit finds each planted fault, and nothing where there is none."""

import functools
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint
from flask import Flask
from flask.views import MethodView
from flask.views import View
from werkzeug.routing import Rule

import flask_preconditions
from flask_preconditions import EntityTag
from flask_preconditions import SetupError
from flask_preconditions import check
from flask_preconditions import conditional
from flask_preconditions import require_match
from flask_preconditions import unguarded
from flask_preconditions.audit import FORMATS
from flask_preconditions.audit import Severity
from flask_preconditions.audit import audit

from .faults import PLANTS
from .faults import add
from .faults import guarded
from .faults import load
from .faults import login_required
from .faults import make_app
from .faults import parses_json
from .faults import plant_ten
from .faults import timed
from .faults import view

ROOT = Path(__file__).parents[2]


@pytest.fixture
def app() -> Flask:
    return make_app()


def found_in(app: Flask) -> list[str]:
    return [finding.rule.id for finding in audit(app).findings]


def test_ten_planted_faults_are_found_and_nothing_else(app: Flask) -> None:
    planted = plant_ten(app)
    assert len(planted) == 10
    report = audit(app)
    assert {finding.rule.id: finding.route for finding in report.findings} == planted
    assert len(report.findings) == 10
    assert [f.severity for f in report.findings] == ["error"] * 7 + ["warning"] * 3


@pytest.mark.parametrize("id", PLANTS)
def test_each_other_fault_is_found_and_nothing_else(app: Flask, id: str) -> None:
    route = PLANTS[id](app)
    [finding] = audit(app).findings
    assert finding.rule.id == id
    assert finding.route == route


def test_an_application_without_faults_has_one_line(app: Flask) -> None:
    report = audit(app)
    assert report.findings == ()
    assert FORMATS["table"](report) == "No findings: 2 guarded routes."
    assert not report.fails(Severity.INFO)


def test_the_documents_api_of_the_snippets_is_clean(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("docs_api", ROOT / "snippets/flask/app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert audit(module.create_app(str(tmp_path / "docs.db"))).findings == ()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_an_unguarded_write_is_found_whatever_its_method(app: Flask, method: str) -> None:
    add(app, method, "/open", view)
    [finding] = audit(app).findings
    assert finding.rule.id == "unguarded-write"
    assert finding.severity == ("warning" if method == "POST" else "error")
    assert finding.path == "tests/flask/faults.py"


@pytest.mark.parametrize("method", ["GET", "QUERY", "OPTIONS"])
def test_a_read_needs_no_guard(app: Flask, method: str) -> None:
    add(app, method, "/open", view)
    assert found_in(app) == []


def test_static_files_are_never_reported(app: Flask) -> None:
    app.register_blueprint(Blueprint("shop", __name__, static_folder="static"), url_prefix="/shop")
    [static] = [rule for rule in app.url_map.iter_rules() if rule.endpoint == "shop.static"]
    static.methods = {"PUT"}
    assert found_in(app) == []


@pytest.mark.parametrize("endpoint", ["static", "shop.static"])
def test_a_view_that_is_only_named_as_static_files_are_is_looked_at(endpoint: str) -> None:
    app = Flask(__name__, static_folder=None)
    add(app, "PUT", "/upload", view, endpoint)
    assert found_in(app) == ["unguarded-write"]


def test_a_reason_lets_a_write_go_unguarded(app: Flask) -> None:
    class Log(MethodView):
        @unguarded("only appends")
        def post(self) -> str:
            return "appended"

    @unguarded("only counts")
    class Counter(View):
        methods = ("POST",)

        def dispatch_request(self) -> str:
            return "counted"

    @unguarded("makes a new one")
    def create() -> str:
        return "made"

    app.add_url_rule("/log", view_func=Log.as_view("log"))
    app.add_url_rule("/counter", view_func=Counter.as_view("counter"))
    add(app, "POST", "/articles", login_required(create))
    report = audit(app)
    assert report.findings == ()
    assert report.summary() == "No findings: 2 guarded routes, 3 unguarded by permission."


@pytest.mark.parametrize("reason", ["", " ", view])
def test_the_reason_cannot_be_left_out(reason: Any) -> None:
    with pytest.raises(SetupError, match=r'@unguarded\("'):
        unguarded(reason)


def test_the_config_lets_endpoints_and_patterns_of_them_go(app: Flask) -> None:
    admin = Blueprint("admin", __name__)
    admin.add_url_rule("/purge", "purge", view, methods=["POST"])
    app.register_blueprint(admin, url_prefix="/admin")
    add(app, "POST", "/login", view, "login")
    app.config["PRECONDITIONS_AUDIT_ALLOW"] = ["login", "admin.*"]
    assert found_in(app) == []


def test_an_allowance_that_fits_nothing_is_found(app: Flask) -> None:
    app.config["PRECONDITIONS_AUDIT_ALLOW"] = ["login"]
    [finding] = audit(app).findings
    assert finding.rule.id == "stale-allowance"
    assert "'login'" in finding.message


def test_settings_that_are_off_stop_the_audit(app: Flask) -> None:
    app.config["PRECONDITIONS_AUDIT_ALLOW"] = "login"
    with pytest.raises(SetupError, match="a list of strings"):
        audit(app)


@pytest.mark.parametrize(
    ("decorator", "found"),
    [
        (login_required, ["guard-outside-auth"]),
        (timed, ["decorator-inside"]),
        (parses_json, []),
        (lambda view: timed(login_required(view)), ["guard-outside-auth", "decorator-inside"]),
    ],
)
def test_what_runs_between_the_guard_and_the_view_is_looked_at(
    app: Flask, decorator: Callable[..., Any], found: list[str]
) -> None:
    add(app, "PATCH", "/fine", guarded(decorator(view)))
    assert found_in(app) == found


def test_a_decorator_that_a_factory_defines_is_named(app: Flask) -> None:
    def create() -> None:
        def permission(name: str) -> Callable[..., Any]:
            def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
                @functools.wraps(view)
                def decorated(*args: Any, **kwargs: Any) -> Any:
                    return view(*args, **kwargs)

                return decorated

            return decorate

        add(app, "PATCH", "/fine", guarded(permission("edit")(view)))

    create()
    [finding] = audit(app).findings
    assert finding.rule.id == "guard-outside-auth"
    assert "create.permission.decorate runs after" in finding.message


def test_authorisation_outside_the_guard_is_right(app: Flask) -> None:
    add(app, "PATCH", "/fine", timed(login_required(guarded(view))))
    assert found_in(app) == []


def test_authorisation_on_the_method_is_inside_a_guard_on_the_class(app: Flask) -> None:
    class Note(MethodView):
        decorators = (guarded,)
        get = staticmethod(view)

        @login_required
        def put(self) -> str:
            return "saved"

    app.add_url_rule("/note", view_func=Note.as_view("note"))
    [finding] = audit(app).findings
    assert finding.rule.id == "guard-outside-auth"
    assert finding.route == "PUT /note"
    assert "@login_required" in finding.message


def test_a_guard_on_the_method_is_found_below_decorators(app: Flask) -> None:
    class Note(MethodView):
        @guarded
        def get(self) -> str:
            return "read"

        @login_required
        @guarded
        def put(self) -> str:
            return "saved"

        @guarded
        @login_required
        def delete(self) -> str:
            return "gone"

    app.add_url_rule("/note", view_func=Note.as_view("note"))
    assert [f.route for f in audit(app).findings] == ["DELETE /note"]


def test_a_guarded_view_of_the_oldest_kind_is_found(app: Flask) -> None:
    class Old(View):
        methods = ("GET", "PUT")

        @guarded
        def dispatch_request(self) -> str:
            return "old"

    app.add_url_rule("/old", view_func=Old.as_view("old"))
    assert found_in(app) == []


def test_a_more_exact_rule_does_not_hide_the_guard_behind_it(app: Flask) -> None:
    add(app, "GET", "/docs/<name>", guarded(view))
    add(app, "PUT", "/docs/<int:name>", unguarded("numbers are scratch pads")(lambda name: name))
    add(app, "PUT", "/docs/<name>", guarded(view))
    assert found_in(app) == []


def test_a_url_is_the_same_whatever_its_variables_are_called(app: Flask) -> None:
    add(app, "GET", "/docs/<int:number>", guarded(view))
    add(app, "PUT", "/docs/<int:id>", guarded(view))
    assert found_in(app) == []


def test_a_catch_all_is_no_get_of_the_target(app: Flask) -> None:
    add(app, "GET", "/<path:page>", view)
    add(app, "PUT", "/docs/<name>", guarded(view))
    assert found_in(app) == ["unreadable-target"]


@pytest.mark.parametrize(
    "reads",
    [
        lambda: check(etag="1"),
        lambda: flask_preconditions.check(etag="1"),
        lambda: ("text", {"ETag": '"1"'}),
        lambda response: response.set_etag("1"),
    ],
    ids=["check", "module", "field", "response"],
)
def test_a_get_that_tells_a_tag_of_its_own_is_enough(app: Flask, reads: Callable[..., Any]) -> None:
    add(app, "GET", "/own", reads)
    add(app, "PUT", "/own", guarded(view))
    assert found_in(app) == []


@pytest.mark.parametrize(
    ("require", "found"),
    [
        ("unsafe", 0),
        ("none", 1),
        ("warn", 1),
        ({"PUT"}, 0),
        ({"DELETE"}, 1),
        (lambda request: True, 0),
    ],
)
def test_a_write_that_needs_no_condition_is_worth_knowing(
    app: Flask, require: Any, found: int
) -> None:
    add(app, "GET", "/free", guarded(view))
    add(app, "PUT", "/free", require_match(load, etag="rev", require=require)(view))
    report = audit(app)
    assert [f.rule.id for f in report.findings] == ["optional-condition"] * found
    assert not report.fails(Severity.WARNING)


def test_the_applications_policy_counts_too(app: Flask) -> None:
    app.config["PRECONDITIONS_REQUIRE"] = "warn"
    [finding] = audit(app).findings
    assert finding.message == "PUT needs no condition: require='warn'"


@pytest.mark.parametrize(
    "source",
    [
        lambda target: EntityTag(target["rev"], weak=True),
        lambda target: EntityTag(target["rev"], True),
        functools.partial(EntityTag, weak=True),
    ],
    ids=["keyword", "position", "partial"],
)
def test_a_function_that_makes_weak_tags_is_found_on_writes(
    app: Flask, source: Callable[[Any], EntityTag]
) -> None:
    add(app, "GET", "/weak", conditional(load, etag=source)(view))
    assert found_in(app) == []
    add(app, "PUT", "/weak", require_match(load, etag=source)(view))
    assert found_in(app) == ["weak-tag"]


@pytest.mark.parametrize(
    "source",
    [lambda target: EntityTag(target["rev"]), functools.partial(EntityTag), str, "rev"],
    ids=["function", "partial", "builtin", "key"],
)
def test_strong_tags_are_fine(app: Flask, source: Any) -> None:
    guard = require_match(load, etag=source)
    add(app, "GET", "/strong", guard(view))
    add(app, "PATCH", "/strong", guard(view))
    assert found_in(app) == []


def test_a_view_without_python_code_of_its_own_is_named(app: Flask) -> None:
    class Saves:
        def __call__(self) -> str:
            return "saved"

    add(app, "PUT", "/object", Saves(), "saves")
    add(app, "PUT", "/elsewhere", functools.partial(print), "prints")
    app.url_map.add(Rule("/nothing", endpoint="nothing", methods=["PUT"]))
    by_rule = {finding.rule.id: finding for finding in audit(app).findings}
    assert by_rule["unguarded-write"].endpoint == "saves"
    assert by_rule["unguarded-write"].path == "tests/flask/test_audit.py"
    assert by_rule["unseen-view"].endpoint == "prints"
    assert by_rule["unseen-view"].path is None


def test_a_guard_on_another_host_is_not_looked_for_here() -> None:
    app = Flask(__name__, host_matching=True, static_host="a.example")
    app.add_url_rule("/", "old", view, methods=["GET"], host="a.example")
    app.add_url_rule("/", "new", guarded(view), methods=["PUT", "GET"], host="b.example")
    assert found_in(app) == []


def test_a_decorator_that_is_a_class_is_named(app: Flask) -> None:
    class Authorised:
        def __init__(self, view: Callable[..., Any]) -> None:
            functools.update_wrapper(self, view)

        def __call__(self) -> Any:
            return self.__wrapped__()

    add(app, "PATCH", "/fine", guarded(Authorised(view)))
    [finding] = audit(app).findings
    assert finding.rule.id == "guard-outside-auth"
    assert "Authorised runs after the check" in finding.message
