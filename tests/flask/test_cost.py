"""What a guard costs: function calls beyond the bare view, which no machine's noise touches.

``make bench`` measures the time.
"""

import cProfile
import gc
import pstats
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any
from weakref import ref

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder

from flask_preconditions import check
from flask_preconditions import not_modified
from flask_preconditions import precondition
from flask_preconditions import precondition_failed
from flask_preconditions import precondition_malformed
from flask_preconditions import precondition_passed
from flask_preconditions import precondition_required
from flask_preconditions import require_match

# The bars are exact for one interpreter; another has other inner functions.
LENIENCE = 1.0 if sys.version_info[:2] == (3, 11) else 1.15

SIGNALS = (
    *(precondition_passed, precondition_failed, precondition_required),
    *(precondition_malformed, not_modified),
)

BARS = [
    ("PUT 200", "PUT", '"v1"', 60),
    ("GET 200", "GET", None, 72),
    ("GET 304", "GET", '"v1"', 55),
    ("PUT 412", "PUT", '"v0"', 175),
    ("PUT 428", "PUT", None, 120),
    ("PUT 400", "PUT", f'"a"{" " * 8000}x', 140),
]


@pytest.fixture(scope="module", autouse=True)
def _collected() -> None:
    """Leave out of each collection of garbage what the tests before have left."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def app(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    for signal in SIGNALS:  # listeners that other tests have left behind
        monkeypatch.setattr(signal, "receivers", {})
    app = Flask(__name__)
    docs = {"1": {"rev": "v1", "text": "x"}}

    def load(id: str) -> dict[str, str] | None:
        return docs.get(id)

    @app.route("/bare/<id>", methods=["GET", "PUT"])
    def bare(id: str) -> str:
        return "x"

    @app.get("/guarded/<id>")
    @require_match(load, etag="rev", into="doc")
    def read(id: str, doc: dict[str, str]) -> str:
        return "x"

    @app.put("/guarded/<id>")
    @require_match(load, etag="rev", into="doc")
    def save(id: str, doc: dict[str, str]) -> str:
        precondition.confirm(1)
        return "x"

    # A record of the log is the log's cost.
    with caplog.at_level("CRITICAL", "flask_preconditions"):
        yield app


def calls(
    app: Flask, method: str, path: str, headers: dict[str, str] | None = None
) -> Counter[str]:
    """Count the calls of one request by function, once all that is made at the first is there."""
    environ = EnvironBuilder(path, method=method, headers=headers).get_environ()

    def start_response(*_: Any) -> None: ...

    for _ in range(3):
        app.wsgi_app(dict(environ), start_response)  # type: ignore[arg-type]
    counts: list[Counter[str]] = []
    for _ in range(3):
        profile, sent = cProfile.Profile(), dict(environ)
        gc.collect()  # what applications of other tests leave behind has calls of its own
        gc.disable()
        profile.enable()
        app.wsgi_app(sent, start_response)  # type: ignore[arg-type]
        profile.disable()
        gc.enable()
        functions = pstats.Stats(profile).stats  # type: ignore[attr-defined]
        counts.append(Counter({":".join(map(str, key)): row[1] for key, row in functions.items()}))
    return min(counts, key=Counter.total)


def garbage(app: Flask, method: str, path: str, headers: dict[str, str]) -> int:
    """Count the objects that ten requests leave in cycles, without what other threads leave."""
    environ = EnvironBuilder(path, method=method, headers=headers).get_environ()
    for _ in range(3):
        b"".join(app.wsgi_app(dict(environ), lambda *_: None))  # type: ignore[arg-type]
    counts = []
    for _ in range(3):
        gc.collect()
        gc.disable()
        for _ in range(10):
            b"".join(app.wsgi_app(dict(environ), lambda *_: None))  # type: ignore[arg-type]
        counts.append(gc.collect())
        gc.enable()
    return min(counts)


@pytest.mark.parametrize(("name", "method", "tag", "_bar"), BARS, ids=[row[0] for row in BARS])
def test_a_guard_leaves_nothing_to_the_garbage_collector(
    app: Flask, name: str, method: str, tag: str | None, _bar: int
) -> None:
    headers = {"If-None-Match" if method == "GET" else "If-Match": tag} if tag else {}
    assert garbage(app, method, "/guarded/1", headers) <= garbage(app, method, "/bare/1", {})


@pytest.mark.skipif(sys.gettrace() is not None, reason="coverage counts calls of its own")
@pytest.mark.parametrize(("name", "method", "tag", "bar"), BARS, ids=[row[0] for row in BARS])
def test_a_guard_costs_no_more_calls_than_its_bar(
    app: Flask, name: str, method: str, tag: str | None, bar: int
) -> None:
    field = "If-None-Match" if method == "GET" else "If-Match"
    headers = {field: tag} if tag else {}
    guarded, bare = calls(app, method, "/guarded/1", headers), calls(app, method, "/bare/1")
    extra = guarded.total() - bare.total()
    assert extra <= bar * LENIENCE, f"{name}: {extra} calls beyond the bare view, {bar} allowed"


def _shown(doc: object) -> dict[str, object]:
    return {}


@pytest.mark.skipif(sys.gettrace() is not None, reason="coverage counts calls of its own")
@pytest.mark.parametrize(
    ("options", "bar"),
    [
        ({}, 66),
        ({"require": "none"}, 78),
        ({"require": {"PUT"}, "put_etag": "always"}, 82),
        ({"disclose": _shown}, 78),
    ],
    ids=["none", "a word", "a set and a word", "a function"],
)
def test_a_check_in_a_view_is_planned_once(app: Flask, options: Any, bar: int) -> None:
    @app.put("/checked/<id>")
    def checked(id: str) -> str:
        check({"rev": "v1"}, etag="rev", **options)
        precondition.confirm(1)
        return "x"

    match = {"If-Match": '"v1"'}
    extra = calls(app, "PUT", "/checked/1", match).total() - calls(app, "PUT", "/bare/1").total()
    assert extra <= bar * LENIENCE


def test_what_a_view_makes_anew_is_not_kept_by_a_check(app: Flask) -> None:
    held = []

    @app.put("/checked/<id>")
    def checked(id: str) -> str:
        def show(doc: object) -> dict[str, object]:
            return {}

        held.append(ref(show))
        check({"rev": "v1"}, etag="rev", disclose=show)
        precondition.confirm(1)
        return "x"

    for _ in range(2):
        answer = app.test_client().put("/checked/1", headers={"If-Match": '"v1"'})
        assert answer.status_code == 200
    gc.collect()
    assert [function() for function in held] == [None, None]


def test_a_route_without_a_guard_costs_nothing(app: Flask) -> None:
    plain = Flask(__name__)
    plain.add_url_rule("/bare/<id>", "bare", app.view_functions["bare"], methods=["GET", "PUT"])
    assert not calls(app, "PUT", "/bare/1") - calls(plain, "PUT", "/bare/1")
