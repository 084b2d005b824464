"""Writes that nothing compares: one finding for a cause, however many views it has."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask import render_template_string
from flask import request
from flask import session
from flask.views import MethodView
from werkzeug.local import LocalProxy

import flask_preconditions
from flask_preconditions import check
from flask_preconditions import check_validators
from flask_preconditions import precondition
from flask_preconditions.audit import FORMATS
from flask_preconditions.audit import Severity
from flask_preconditions.audit import audit
from flask_preconditions.audit.findings import Finding

from .faults import add
from .faults import guarded
from .faults import load
from .faults import make_app
from .faults import view


@pytest.fixture
def app() -> Flask:
    return make_app()


def found_in(app: Flask) -> list[str]:
    return [finding.rule.id for finding in audit(app).findings]


def the_finding(app: Flask) -> Finding:
    [finding] = audit(app).findings
    assert finding.rule.id == "unguarded-write"
    return finding


class Store:
    def __init__(self) -> None:
        self.rows: dict[str, str] = {}

    def select(self, name: str) -> str | None:
        return self.rows.get(name)

    def keep(self, name: str, text: str) -> None:
        self.rows[name] = text


store = Store()


def login_user(name: str) -> None:
    session["name"] = name


def log_in() -> str:
    login_user(request.form["name"])
    return "welcome"


def search() -> str:
    return render_template_string("{{ row }}", row=store.select(request.form["name"]))


def make() -> str:
    store.keep(request.form["name"], request.form["text"])
    return "made"


def change(name: str) -> str:
    store.keep(name, request.form["text"])
    return "changed"


@pytest.mark.parametrize(
    ("rule", "function", "severity", "words"),
    [
        ("/login", log_in, "info", "signs somebody in or out"),
        ("/search", search, "info", "seems to read only"),
        ("/docs", make, "warning", "writes and compares nothing"),
        ("/docs/<name>/change", change, "warning", "acts on what its URL names and compares"),
        ("/constant", view, "warning", "writes and compares nothing"),
    ],
)
def test_the_cause_of_an_unguarded_post_is_told(
    app: Flask, rule: str, function: Callable[..., Any], severity: str, words: str
) -> None:
    add(app, "POST", rule, function)
    finding = the_finding(app)
    assert finding.severity == severity
    assert words in finding.message


def test_views_of_one_cause_are_one_finding_with_all_its_places(app: Flask) -> None:
    for number in range(40):
        add(app, "POST", f"/docs/{number}", make, f"make{number}")
        add(app, "POST", f"/docs/{number}/<name>", change, f"change{number}")
    makes, changes = audit(app).findings
    assert makes.message == ("40 views (make0, make1 and 38 more) write and compare nothing")
    assert makes.fix.startswith('PRECONDITIONS_AUDIT_ALLOW = ["make0", "make1", ')
    assert [place.endpoint for place in makes.places] == [f"make{n}" for n in range(40)]
    assert len(changes.places) == 40
    assert changes.fix.startswith("@require_match(")


def test_an_allowance_that_a_finding_writes_is_the_one_that_mends_it(app: Flask) -> None:
    for number in range(3):
        add(app, "POST", f"/docs/{number}", make, f"make{number}")
    key, _, names = the_finding(app).fix.partition("  #")[0].partition(" = ")
    del app.extensions["preconditions"]
    app.config[key] = json.loads(names)
    assert audit(app).findings == ()


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_alias_urls_of_a_view_are_one_finding(app: Flask, method: str) -> None:
    for rule in ("/docs/<name>", "/docs/<name>-<slug>", "/older/<name>"):
        app.add_url_rule(rule, "change", change, methods=[method])
    finding = the_finding(app)
    assert finding.message.startswith("change ")
    assert len(finding.places) == 3
    lines = FORMATS["table"](audit(app)).splitlines()
    assert f"{finding.route} and 2 more" in lines[1]
    routes = " and ".join(str(place.route) for place in finding.places)
    assert f"    {routes}  change" in lines[-3]


def test_a_url_with_a_default_is_an_alias_of_the_one_with_the_value(app: Flask) -> None:
    app.add_url_rule("/docs", "change", change, methods=["POST"], defaults={"name": "new"})
    app.add_url_rule("/docs/<name>", "change", change, methods=["POST"])
    assert "acts on what its URL names" in the_finding(app).message


def test_two_views_that_put_are_two_findings(app: Flask) -> None:
    add(app, "PUT", "/a/<name>", change, "a")
    add(app, "PUT", "/b/<name>", change, "b")
    assert found_in(app) == ["unguarded-write", "unguarded-write"]


def no_request() -> object:
    raise LookupError("there is no request")


proxy: Any = LocalProxy(no_request)


def test_a_proxy_that_a_view_uses_is_not_asked(app: Flask) -> None:
    kept = LocalProxy(no_request)

    def save() -> str:
        return f"{proxy} {kept}"

    add(app, "PUT", "/docs", save)
    add(app, "PATCH", "/fine", guarded(save))
    assert the_finding(app).route == "PUT /docs"


def test_every_format_names_all_places(app: Flask) -> None:
    for number in range(3):
        add(app, "POST", f"/docs/{number}", make, f"make{number}")
    report = audit(app)
    [finding] = json.loads(FORMATS["json"](report))["findings"]
    assert [place["endpoint"] for place in finding["places"]] == ["make0", "make1", "make2"]
    [result] = json.loads(FORMATS["sarif"](report))["runs"][0]["results"]
    assert len(result["locations"]) == 1
    assert len(result["relatedLocations"]) == 2
    assert "POST /docs/0 and 2 more: 3 views" in FORMATS["github"](report)
    for name in ("make0", "make1", "make2"):
        assert name in FORMATS["table"](report)
        assert name in FORMATS["github"](report)


def test_a_view_that_checks_by_itself_is_guarded(app: Flask) -> None:
    def by_name() -> str:
        check(etag="1", require="unsafe").confirm(1)
        return "saved"

    def by_module() -> str:
        flask_preconditions.check(etag="1", require="unsafe").confirm(1)
        return "saved"

    def by_import() -> str:
        from flask_preconditions import check

        check(etag="1", require="unsafe").confirm(1)
        return "saved"

    for function in (by_name, by_module, by_import):
        add(app, "PUT", f"/{function.__name__}", function)
    assert found_in(app) == []


def test_a_view_that_checks_something_else_is_not(app: Flask) -> None:
    class Form:
        def check(self) -> None: ...

    form = Form()
    add(app, "PUT", "/form", lambda: form.check() or "saved")
    assert found_in(app) == ["unguarded-write"]


def compare() -> str:
    check(load(), etag="rev")
    store.keep("name", "text")
    return "saved"


def compare_validators() -> str:
    check_validators(etag="1")
    return "saved"


def confirm_elsewhere() -> None:
    precondition.confirm(1)


class Documents:
    def save(self) -> None:
        confirm_elsewhere()


documents = Documents()


def compare_and_confirm() -> str:
    check(load(), etag="rev")
    documents.save()
    return "saved"


def compare_and_take_a_loss() -> str:
    with check(load(), etag="rev").lost(LookupError):
        store.keep("name", "text")
    return "saved"


@pytest.mark.parametrize(
    ("method", "function", "found"),
    [
        ("PUT", compare, ["unconfirmed-write"]),
        ("PUT", compare_validators, ["unconfirmed-write"]),
        ("GET", compare, []),
        ("PUT", compare_and_confirm, []),
        ("PUT", compare_and_take_a_loss, []),
    ],
)
def test_a_write_that_checks_has_to_confirm(
    app: Flask, method: str, function: Callable[..., Any], found: list[str]
) -> None:
    add(app, method, "/checked", function)
    assert found_in(app) == found


def test_a_method_that_another_one_confirms_for_is_fine(app: Flask) -> None:
    class Note(MethodView):
        def save(self) -> None:
            precondition.confirm(1)

        def put(self) -> str:
            check(load(), etag="rev")
            self.save()
            return "saved"

    app.add_url_rule("/note", view_func=Note.as_view("note"))
    assert found_in(app) == []


def test_a_guarded_view_that_writes_and_never_confirms_is_found(app: Flask) -> None:
    add(app, "PATCH", "/fine", guarded(lambda: store.keep("name", "text")))
    [finding] = audit(app).findings
    assert finding.rule.id == "unconfirmed-write"
    assert finding.severity is Severity.WARNING
