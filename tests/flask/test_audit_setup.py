"""Mistakes of the set-up that are certain are found, and named with the line that mends them."""

import gc
from collections.abc import Callable
from typing import Any

import pytest
from flask import Blueprint
from flask import Flask
from flask.views import MethodView
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy_lite import SQLAlchemy as SQLAlchemyLite
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker

from flask_preconditions import Policy
from flask_preconditions import Preconditions
from flask_preconditions import conditional
from flask_preconditions import require_match
from flask_preconditions import unguarded
from flask_preconditions.audit import audit
from flask_preconditions.audit.findings import Finding
from flask_preconditions.audit.setup import find_mistakes
from flask_preconditions.sqlalchemy import cas
from flask_preconditions.sqlalchemy import locked

from .faults import PLANTS
from .faults import Counted
from .faults import add
from .faults import guarded
from .faults import load
from .faults import login_required
from .faults import make_app
from .faults import plant_ten
from .faults import timed
from .faults import view

CERTAIN = {
    "misplaced-guard",
    "unknown-argument",
    "unfinished-setup",
    "missing-session",
    "misspelt-setting",
    "late-setting",
}


@pytest.fixture
def app() -> Flask:
    return make_app()


def found_in(app: Flask) -> list[str]:
    return [finding.rule.id for finding in audit(app).findings]


def the_finding(app: Flask) -> Finding:
    [finding] = audit(app).findings
    return finding


@pytest.mark.parametrize("id", PLANTS)
def test_the_certain_mistakes_can_be_asked_for_alone(app: Flask, id: str) -> None:
    PLANTS[id](app)
    assert [f.rule.id for f in find_mistakes(app)] == ([id] if id in CERTAIN else [])


def test_no_other_fault_is_a_certain_mistake(app: Flask) -> None:
    plant_ten(app)
    assert find_mistakes(app) == []


def test_a_guard_above_the_route_is_named_with_its_line_and_the_route_s(app: Flask) -> None:
    @require_match(load, etag="rev")
    @app.put("/docs/<id>")
    def save(id: str) -> str:
        return "saved"

    finding = the_finding(app)
    line = save.__wrapped__.__code__.co_firstlineno  # type: ignore[attr-defined]
    assert finding.message == (
        "the guard of save never runs: move @require_match "
        f"(test_audit_setup.py:{line}) below @app.put"
    )
    assert finding.fix == '@app.put("/docs/<id>")  # move @require_match below this line'
    assert (finding.path, finding.line) == ("tests/flask/test_audit_setup.py", line)


def test_the_guard_is_called_what_it_is_called_there(app: Flask) -> None:
    @conditional(load, etag="rev")
    @app.get("/docs")
    def read() -> str:
        return "read"

    assert the_finding(app).fix == '@app.get("/docs")  # move @conditional below this line'


def test_it_is_found_when_the_guarded_function_is_gone() -> None:
    def create_app() -> Flask:
        app = Flask(__name__)
        shop = Blueprint("shop", __name__)

        @guarded
        @shop.route("/docs/<id>", methods=["PUT", "PATCH"])
        @login_required
        def save(id: str) -> str:
            return "saved"

        app.register_blueprint(shop)
        return app

    app = create_app()
    gc.collect()
    finding = the_finding(app)
    assert finding.rule.id == "misplaced-guard"
    assert "below @shop.route" in finding.message


def test_a_guard_between_two_routes_guards_one_of_them(app: Flask) -> None:
    @app.patch("/fine")
    @guarded
    @app.put("/older", endpoint="older")
    def save() -> str:
        return "saved"

    assert the_finding(app).route == "PUT /older"


def test_a_guard_below_the_route_is_in_its_place(app: Flask) -> None:
    @app.patch("/fine")
    @login_required
    @guarded
    def save() -> str:
        return "saved"

    assert found_in(app) == []


def test_a_function_that_is_guarded_elsewhere_is_unguarded_here(app: Flask) -> None:
    elsewhere = guarded(view)
    add(app, "DELETE", "/open", view)
    assert found_in(app) == ["unguarded-write"]
    assert elsewhere


def test_a_reason_explains_a_guard_that_does_not_run(app: Flask) -> None:
    @guarded
    @app.put("/older")
    @unguarded("the old address, which only appends")
    def save() -> str:
        return "saved"

    assert found_in(app) == []


def test_a_function_that_gives_a_guard_is_one(app: Flask) -> None:
    guard = locked(scoped_session(sessionmaker()))
    add(app, "PATCH", "/fine", require_match(load, etag="rev", guard=guard)(view))
    assert found_in(app) == []


def takes_doc(doc: object) -> str:
    return "saved"


def takes_id(id: str) -> str:
    return "saved"


def takes_both(id: str, doc: object, page: int = 1) -> str:
    return "saved"


@pytest.mark.parametrize(
    ("function", "into", "words"),
    [
        (takes_doc, "doc", "the URL gives id, and takes_doc() does not take it"),
        (takes_doc, "dok", "into='dok', but takes_doc() takes no dok"),
        (takes_id, "doc", "into='doc', but takes_id() takes no doc"),
        (takes_both, None, "takes_both() asks for 'doc', which neither the URL nor into= gives"),
        (takes_both, "doc", None),
        (takes_id, None, None),
        (view, "doc", None),
    ],
)
def test_a_view_that_does_not_take_what_it_is_given_is_found(
    function: Callable[..., Any], into: str | None, words: str | None
) -> None:
    app = Flask(__name__)
    guard = require_match(lambda id: {"rev": id}, etag="rev", into=into)
    add(app, "GET", "/docs/<id>", guard(function))
    assert [f.message for f in find_mistakes(app)] == ([words] if words else [])


def test_what_a_decorator_or_a_preprocessor_takes_and_adds_is_not_known() -> None:
    app = Flask(__name__)
    guard = require_match(lambda: {"rev": "1"}, etag="rev")
    add(app, "GET", "/<lang>/a", timed(guard(takes_doc)))
    add(app, "GET", "/<lang>/b", guard(timed(takes_doc)))
    assert find_mistakes(app) == []
    shop = Blueprint("shop", __name__, url_prefix="/<lang>")
    shop.url_value_preprocessor(lambda endpoint, values: values and values.pop("lang"))
    shop.add_url_rule("/c", "c", guard(lambda: "read"))
    app.register_blueprint(shop)
    assert find_mistakes(app) == []


def test_a_value_of_the_blueprint_that_a_view_forgets_is_found() -> None:
    app = Flask(__name__)
    shop = Blueprint("shop", __name__, url_prefix="/<lang>")
    guard = require_match(lambda id: {"rev": id}, etag="rev")
    shop.add_url_rule("/docs/<id>", "read", guard(takes_id))
    app.register_blueprint(shop)
    [finding] = find_mistakes(app)
    assert finding.message == "the URL gives lang, and takes_id() does not take it"


def test_a_method_takes_itself_besides(app: Flask) -> None:
    class Doc(MethodView):
        @require_match(load, etag="rev", into="doc")
        def get(self, doc: object) -> str:
            return "read"

        @require_match(load, etag="rev", into="dok")
        def put(self, doc: object) -> str:
            return "saved"

    app.add_url_rule("/doc", view_func=Doc.as_view("doc"))
    assert [f.message for f in find_mistakes(app)] == ["into='dok', but put() takes no dok"]


def test_a_class_that_dispatches_in_a_way_of_its_own_may_take_values(app: Flask) -> None:
    class Resource(MethodView):
        def dispatch_request(self, **values: Any) -> Any:
            values.pop("project")
            return super().dispatch_request(**values)

        @guarded
        def get(self) -> str:
            return "read"

    app.add_url_rule("/<project>", view_func=Resource.as_view("resource"))
    assert find_mistakes(app) == []


def with_flask_sqlalchemy(app: Flask) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    SQLAlchemy().init_app(app)


def with_lite(app: Flask) -> None:
    app.config["SQLALCHEMY_ENGINES"] = {"default": "sqlite://"}
    SQLAlchemyLite().init_app(app)


def with_preconditions(app: Flask) -> None:
    Preconditions(app, session=scoped_session(sessionmaker()))


@pytest.mark.parametrize("prepare", [with_flask_sqlalchemy, with_lite, with_preconditions])
def test_a_session_that_is_known_is_enough(app: Flask, prepare: Callable[[Flask], None]) -> None:
    prepare(app)
    add(app, "GET", "/counted/<int:id>", require_match(Counted)(view))
    assert found_in(app) == []


def test_a_session_at_the_guard_is_enough(app: Flask) -> None:
    guard = require_match(Counted, guard=cas(scoped_session(sessionmaker())))
    add(app, "GET", "/counted/<int:id>", guard(view))
    add(app, "PUT", "/counted/<int:id>", guard(view))
    assert found_in(app) == []


def test_views_without_a_session_are_one_finding(app: Flask) -> None:
    guard = require_match(Counted)
    add(app, "GET", "/counted/<int:id>", guard(view))
    add(app, "PUT", "/counted/<int:id>", guard(view))
    finding = the_finding(app)
    assert [place.route for place in finding.places] == [
        "GET /counted/<int:id>",
        "PUT /counted/<int:id>",
    ]
    assert "PUT /counted/<int:id>" in finding.message


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("PRECONDITION_REQUIRE", "PRECONDITIONS_REQUIRE"),
        ("PRECONDITION_DISCLOSED", "PRECONDITIONS_DISCLOSE"),
        ("FLASK_PRECONDITIONS_REQUIRE", "PRECONDITIONS_REQUIRE"),
        ("PRECONDTIONS_PUT_ETAG", "PRECONDITIONS_PUT_ETAG"),
    ],
)
def test_a_setting_that_nobody_reads_is_found(app: Flask, key: str, meant: str) -> None:
    app.config[key] = "none"
    finding = the_finding(app)
    assert finding.message == f"{key} is read by nobody; did you mean {meant}?"
    assert finding.fix == f"app.config[\"{meant}\"] = 'none'"


def test_settings_of_others_are_theirs(app: Flask) -> None:
    app.config |= {"PREFERRED_URL_SCHEME": "https", "REQUIRE": 1, "CONDITIONS_REQUIRE": 1}
    assert found_in(app) == []


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("PRECONDITIONS_REQUIRE", "warn", "PRECONDITIONS_REQUIRE was set after"),
        ("PRECONDITIONS_REQUIRE", "sometimes", "'sometimes'"),
        ("PRECONDITIONS_REQUIERE", "warn", "did you mean PRECONDITIONS_REQUIRE"),
    ],
)
def test_a_setting_after_the_set_up_is_found(app: Flask, key: str, value: str, words: str) -> None:
    Preconditions(app)
    app.config[key] = value
    finding = the_finding(app)
    assert finding.rule.id == "late-setting"
    assert words in finding.message


def test_a_setting_before_the_set_up_is_in_time(app: Flask) -> None:
    app.config["PRECONDITIONS_DISCLOSE"] = "etag"
    Preconditions(app)
    app.config["ANOTHER"] = "setting"
    assert found_in(app) == []


def test_an_extension_that_a_factory_forgets_is_found_where_it_is_made(app: Flask) -> None:
    kept = Preconditions(session=scoped_session(sessionmaker()))
    add(app, "GET", "/counted/<int:id>", require_match(Counted)(view))
    finding = the_finding(app)
    assert finding.message == (
        "Preconditions(session=…) is there, and no init_app() has given it this app"
    )
    assert finding.fix == "preconditions.init_app(app)  # in the function that makes the app"
    assert finding.path == "tests/flask/test_audit_setup.py"
    app.extensions.pop("preconditions")
    kept.init_app(app)
    assert found_in(app) == []


def test_an_app_that_guards_nothing_needs_no_extension() -> None:
    kept = Preconditions(policy=Policy(require="none"))
    assert find_mistakes(Flask(__name__)) == []
    assert kept


@pytest.mark.parametrize(
    ("load", "found"),
    [
        (lambda id: {"rev": id}, ["lang"]),
        (lambda lang, id: {"rev": id}, []),
        (lambda **values: {"rev": 1}, []),
        (lambda *values: {"rev": 1}, []),
        (lambda: {"rev": 1}, []),  # the one that there is
        ({}.get, []),
    ],
)
def test_a_loader_that_ignores_a_value_of_the_url_is_told(load: Any, found: list[str]) -> None:
    app = Flask(__name__)
    add(app, "GET", "/<lang>/docs/<id>", require_match(load, etag="rev")(view))
    messages = [f.message for f in audit(app).findings if f.severity == "info"]
    expected = [
        f"<lambda>() does not ask for {name}, so any other finds the same" for name in found
    ]
    assert messages == expected
    assert find_mistakes(app) == []
