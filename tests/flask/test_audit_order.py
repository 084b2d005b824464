"""What stands around a guard: decorators that hide it, caches, and views that refuse."""

import functools
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from cachelib import SimpleCache
from flask import Flask
from flask import abort
from flask import request
from flask.views import MethodView
from werkzeug.exceptions import Forbidden

from flask_preconditions import guarded_routes
from flask_preconditions import require_match
from flask_preconditions.audit import audit

from .faults import add
from .faults import cache_of
from .faults import guarded
from .faults import load
from .faults import login_required
from .faults import make_app
from .faults import timed
from .faults import unnamed
from .faults import view


@pytest.fixture
def app() -> Flask:
    return make_app()


def found_in(app: Flask) -> list[str]:
    return [finding.rule.id for finding in audit(app).findings]


class Unnamed:
    """A decorator that is a class, and forgets functools.update_wrapper."""

    def __init__(self, view: Callable[..., Any]) -> None:
        self.view = view

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.view(*args, **kwargs)


@pytest.mark.parametrize(
    "hiding",
    [
        unnamed,
        Unnamed,
        functools.partial,
        lambda view: unnamed(timed(view)),
        lambda view: timed(unnamed(view)),
    ],
    ids=["function", "class", "partial", "outside", "inside"],
)
def test_a_guard_below_a_decorator_that_hides_it_is_seen(
    app: Flask, hiding: Callable[..., Any]
) -> None:
    add(app, "GET", "/hidden", hiding(guarded(view)))
    add(app, "PUT", "/hidden", hiding(guarded(view)))
    assert found_in(app) == ["hidden-guard", "hidden-guard"]
    assert audit(app).guarded == 4


def test_a_decorator_that_hides_the_view_from_the_guard_is_looked_through(app: Flask) -> None:
    add(app, "PATCH", "/fine", guarded(unnamed(login_required(view))))
    assert found_in(app) == ["guard-outside-auth", "decorator-inside"]


def test_a_hidden_view_that_nobody_guards_is_unguarded(app: Flask) -> None:
    add(app, "PUT", "/open", unnamed(timed(view)))
    [finding] = audit(app).findings
    assert finding.rule.id == "unguarded-write"
    assert finding.path == "tests/flask/faults.py"


def test_a_view_that_calls_other_functions_is_no_decorator(app: Flask) -> None:
    save = guarded(view)

    def other() -> str:
        def saves(name: str) -> Any:
            return save(name=name)

        return saves  # type: ignore[return-value]

    add(app, "PUT", "/other/<name>", other())
    assert found_in(app) == ["unguarded-write"]


def test_what_is_handed_on_to_who_knows_what_is_out_of_sight(app: Flask) -> None:
    def dispatch(*args: Any, **kwargs: Any) -> Any:
        return {}["save"](*args, **kwargs)

    add(app, "PUT", "/dispatched", dispatch)
    assert found_in(app) == ["unseen-view"]


def test_a_cache_below_the_guard_tells_old_text_under_the_new_tag(app: Flask) -> None:
    add(app, "GET", "/cached", guarded(cache_of(app).cached()(view)))
    [finding] = audit(app).findings
    assert finding.severity == "error"
    assert "@Cache.cached.decorator keeps the text" in finding.message
    assert "tells the new tag" in finding.message


def test_a_cache_above_the_guard_answers_in_its_place(app: Flask) -> None:
    add(app, "GET", "/cached", cache_of(app).cached()(guarded(view)))
    [finding] = audit(app).findings
    assert finding.severity == "error"
    assert "answers in place of the guard" in finding.message


@pytest.mark.parametrize("below", [True, False])
def test_a_cached_write_is_not_written(app: Flask, below: bool) -> None:
    cached = cache_of(app).cached()
    add(app, "PATCH", "/fine", guarded(cached(view)) if below else cached(guarded(view)))
    [finding] = audit(app).findings
    assert finding.severity == "error"
    assert "nothing is written" in finding.message


def test_a_loader_with_a_memory_compares_old_tags(app: Flask) -> None:
    memory = functools.lru_cache(load)
    add(app, "GET", "/memory", require_match(memory, etag="rev")(view))
    [finding] = audit(app).findings
    assert finding.message == "@lru_cache keeps the target, and old tags are compared"


def test_a_loader_behind_the_cache_of_the_application_is_found(app: Flask) -> None:
    memory = cache_of(app).memoize()(load)
    add(app, "GET", "/memory", require_match(memory, etag="rev")(view))
    assert found_in(app) == ["cached-view"]


def test_a_cache_of_one_s_own_is_told_by_its_name(app: Flask) -> None:
    store = SimpleCache()

    def cached(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def decorated(**kwargs: Any) -> Any:
            return store.get("view") or view(**kwargs)

        return decorated

    add(app, "GET", "/cached", guarded(cached(view)))
    [finding] = audit(app).findings
    assert (finding.rule.id, finding.severity) == ("cached-view", "warning")


def test_a_decorator_that_only_sets_cache_control_is_no_cache(app: Flask) -> None:
    def cache_control(view: Callable[..., Any]) -> Callable[..., Any]:
        return functools.wraps(view)(lambda **kwargs: view(**kwargs))

    add(app, "GET", "/kept", cache_control(guarded(view)))
    assert found_in(app) == []


def test_an_unguarded_view_may_be_cached(app: Flask) -> None:
    add(app, "GET", "/cached", cache_of(app).cached()(view))
    assert found_in(app) == []


def aborts() -> None:
    abort(403)


def aborts_by_name() -> None:
    abort(HTTPStatus.FORBIDDEN)


def raises() -> None:
    raise Forbidden


def returns() -> tuple[str, int]:
    return "not yours", 401


def refuse_strangers() -> None:
    abort(403)


def calls() -> str:
    refuse_strangers()
    return "saved"


@pytest.mark.parametrize("refuses", [aborts, aborts_by_name, raises, returns, calls])
def test_a_view_that_refuses_by_itself_does_so_after_the_check(
    app: Flask, refuses: Callable[..., Any]
) -> None:
    add(app, "PATCH", "/fine", guarded(refuses))
    [finding] = audit(app).findings
    assert finding.rule.id == "authorisation-inside"
    assert finding.severity == "warning"


def test_a_method_that_refuses_is_found_too(app: Flask) -> None:
    class Note(MethodView):
        def refuse_strangers(self) -> None:
            abort(403)

        @guarded
        def get(self) -> str:
            self.refuse_strangers()
            return "read"

    app.add_url_rule("/note", view_func=Note.as_view("note"))
    [finding] = audit(app).findings
    assert finding.message == "refuse_strangers() answers 403 after the check"


def test_other_refusals_belong_in_a_view(app: Flask) -> None:
    def save() -> str:
        if not load():
            abort(422)
        return "saved"

    add(app, "PATCH", "/fine", guarded(save))
    assert found_in(app) == []


def test_a_view_that_is_not_guarded_refuses_whom_it_likes(app: Flask) -> None:
    add(app, "GET", "/private", aborts)
    assert found_in(app) == []


class Resource(MethodView):
    """It decorates its methods at each request, as Flask-RESTful does."""

    method_decorators: Any = ()

    def dispatch_request(self, **values: Any) -> Any:
        method = getattr(self, request.method.lower())
        kept = self.method_decorators
        if isinstance(kept, dict):
            kept = kept.get(request.method.lower(), ())
        for decorator in kept:
            method = decorator(method)
        return method(**values)

    def get(self, name: str) -> str:
        return "read"

    def put(self, name: str) -> str:
        return "saved"


@pytest.mark.parametrize(
    ("decorators", "found"),
    [
        ([guarded], []),
        ([guarded, login_required], []),
        ({"get": [guarded], "put": [guarded]}, []),
        ([login_required, guarded], ["guard-outside-auth", "guard-outside-auth"]),
        ({"get": [guarded]}, ["unguarded-write"]),
        ([login_required], ["unguarded-write"]),
    ],
)
def test_a_guard_among_the_decorators_of_methods_is_seen(
    app: Flask, decorators: Any, found: list[str]
) -> None:
    kind = type("Note", (Resource,), {"method_decorators": decorators})
    app.add_url_rule("/notes/<name>", view_func=kind.as_view("note"))
    assert found_in(app) == found


def test_the_routes_have_a_guard_that_is_put_on_at_each_request(app: Flask) -> None:
    kind = type("Note", (Resource,), {"method_decorators": [guarded]})
    app.add_url_rule("/notes/<name>", view_func=kind.as_view("note"))
    assert ("GET", "PUT") in {route.methods for route in guarded_routes(app)}
    assert app.test_client().put("/notes/a").status_code == 428
