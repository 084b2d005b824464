"""What a guard costs, as ratios to the bare view measured in one run: ``make bench``.

The requests of all cases are interleaved, and the minimum of many rounds is taken: noise
only ever adds. ``tests/flask/test_cost.py`` counts calls, which nothing disturbs.
"""

import logging
from collections.abc import Callable
from itertools import count
from time import process_time_ns
from typing import Any
from typing import NamedTuple

import sqlalchemy as sa
from flask import Flask
from flask import abort
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker
from werkzeug.test import EnvironBuilder

from flask_preconditions import EntityTag
from flask_preconditions import Preconditions
from flask_preconditions import Validators
from flask_preconditions import evaluate
from flask_preconditions import precondition
from flask_preconditions import require_match
from tests.storage.racing_app import Base
from tests.storage.racing_app import Doc

ROUNDS, REPEATS = 60, 30
CURRENT = Validators(EntityTag("v1"))
LONG = ", ".join(f'"t{number}"' for number in range(9000))[:65_000].rpartition(",")[0]


class Case(NamedTuple):
    """A request to a guarded view, and the bar that its ratio is to stay below."""

    name: str
    method: str
    path: str
    fields: dict[str, str]
    bar: float


CASES = [
    Case("PUT 200", "PUT", "/guarded/1", {"If-Match": '"v1"'}, 1.25),
    Case("GET 200", "GET", "/guarded/1", {}, 1.25),
    Case("GET 304", "GET", "/guarded/1", {"If-None-Match": '"v1"'}, 1.25),
    Case("PUT 412", "PUT", "/guarded/1", {"If-Match": '"v0"'}, 1.65),
    Case("PUT 428", "PUT", "/guarded/1", {}, 1.5),
    Case("PUT 412, 64 kB", "PUT", "/guarded/1", {"If-Match": LONG}, 6),
]
HOSTILE = {
    "list without hit": LONG,
    "tags of one byte": ",".join(['"a"'] * 16_250),
    "weak tags": ", ".join(f'W/"t{number}"' for number in range(6000)),
    "commas": "," * 65_000 + '"a"',
    "blanks": '"a"' + " " * 65_000 + "x",
    "one long tag": f'"{"a" * 65_000}"',
}


def app_under_test() -> Flask:
    """Make an application with a bare view and a guarded one."""
    app = Flask(__name__)
    docs = {"1": {"rev": "v1"}}

    def load(id: str) -> dict[str, str] | None:
        return docs.get(id)

    app.add_url_rule("/bare/<id>", "bare", lambda id: "x", methods=["GET", "PUT"])

    @app.get("/guarded/<id>")
    @require_match(load, etag="rev", into="doc")
    def read(id: str, doc: object) -> str:
        return "x"

    @app.put("/guarded/<id>")
    @require_match(load, etag="rev", into="doc")
    def save(id: str, doc: object) -> str:
        precondition.confirm(1)
        return "x"

    return app


def environ_of(method: str, path: str, headers: dict[str, str]) -> dict[str, Any]:
    """Give the WSGI environment of a request."""
    return EnvironBuilder(path, method=method, headers=headers).get_environ()


def sender(app: Flask, method: str, path: str, headers: dict[str, str]) -> Callable[[], int]:
    """Give what sends one request some times and tells the time of one, in ns of CPU."""
    environ = environ_of(method, path, headers)

    def start_response(*_: Any) -> None: ...

    def send() -> int:
        begun = process_time_ns()
        for _ in range(REPEATS):
            b"".join(app.wsgi_app(dict(environ), start_response))  # type: ignore[arg-type]
        return (process_time_ns() - begun) // REPEATS

    return send


def ratios() -> None:
    """Compare each case with the bare view of the same method."""
    app = app_under_test()
    logging.getLogger("flask_preconditions").setLevel("CRITICAL")
    senders = {method: sender(app, method, "/bare/1", {}) for method in ("GET", "PUT")}
    senders |= {name: sender(app, *asked) for name, *asked, _ in CASES}
    best = dict.fromkeys(senders, 10**12)
    for _ in range(ROUNDS):
        for name, send in senders.items():
            best[name] = min(best[name], send())
    for name, method, *_, bar in CASES:
        print(f"{name + ':':<18}{best[name] / best[method]:6.2f} × bare   (bar {bar})")


def long_values() -> None:
    """Tell what a byte of a long value costs, whatever is in it."""
    for name, value in HOSTILE.items():
        best = 10**12
        for _ in range(9):
            begun = process_time_ns()
            evaluate("PUT", {"If-Match": value}, CURRENT)
            best = min(best, process_time_ns() - begun)
        print(f"{name + ':':<18}{best / len(value):6.1f} ns a byte (bar 35)")


def models() -> None:
    """Compare a guarded PUT of a model with the same view as SQLAlchemy alone has it."""
    session = scoped_session(sessionmaker(sa.create_engine("sqlite://")))
    Base.metadata.create_all(session.get_bind())
    session.add(Doc(id=1, body=""))
    session.commit()
    app = Flask(__name__)
    Preconditions(app, session=session)

    @app.teardown_appcontext
    def remove(error: BaseException | None) -> None:
        session.remove()

    numbers = count()

    @app.put("/bare/<int:id>")
    def bare(id: int) -> tuple[str, int]:
        doc = session.get(Doc, id) or abort(404)
        doc.body = str(next(numbers))
        session.commit()
        return "", 204

    @app.put("/guarded/<int:id>")
    @require_match(Doc)
    def guarded(id: int, doc: Doc) -> tuple[str, int]:
        doc.body = str(next(numbers))
        return "", 204

    senders = {
        "bare": sender(app, "PUT", "/bare/1", {}),
        "guarded": sender(app, "PUT", "/guarded/1", {"If-Match": "*"}),
    }
    best = dict.fromkeys(senders, 10**12)
    for _ in range(ROUNDS):
        for name, send in senders.items():
            best[name] = min(best[name], send())
    print(f"{'PUT of a model:':<18}{best['guarded'] / best['bare']:6.2f} × bare   (bar 1.6)")


if __name__ == "__main__":
    ratios()
    models()
    long_values()
