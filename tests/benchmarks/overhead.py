"""What a guard costs, as ratios to the bare view measured in one run: ``make bench``.

Each case is timed right beside its bare view, and the median of many such pairs is taken: a
processor that is fast for a moment is so for both. ``tests/flask/test_cost.py`` counts calls,
which nothing disturbs.
"""

import json
import logging
import platform
import sys
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import process_time_ns
from typing import Any
from typing import NamedTuple

from flask import Flask
from werkzeug.test import Client
from werkzeug.test import EnvironBuilder

from flask_preconditions import EntityTag
from flask_preconditions import Validators
from flask_preconditions import evaluate
from flask_preconditions import precondition
from flask_preconditions import require_match
from tests.benchmarks.peers import fields_of
from tests.benchmarks.peers import load_peers

ROUNDS, REPEATS = 200, 6
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


def environ_of(method: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """Give the WSGI environment of a request."""
    return EnvironBuilder(path, method=method, headers=dict(headers)).get_environ()


class Sender:
    """Sends one request again and again.

    :param app: the WSGI application.
    """

    def __init__(
        self, app: Callable[..., Any], method: str, path: str, fields: Mapping[str, str]
    ) -> None:
        self.app = app.wsgi_app if isinstance(app, Flask) else app
        self.environ = environ_of(method, path, fields)

    def send(self) -> int:
        """Send the request some times, and give their CPU time in nanoseconds."""
        begun = process_time_ns()
        for _ in range(REPEATS):
            b"".join(self.app(dict(self.environ), self._start_response))
        return process_time_ns() - begun

    def _start_response(self, *_: Any) -> None:
        """Take what a server would send."""


class Writer(Sender):
    """Writes each time with the tag that the last answer told."""

    def _start_response(self, status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        if not status.startswith("200"):
            raise SystemExit(f"a write was answered {status}")
        if tag := dict(headers).get("ETag"):
            self.environ["HTTP_IF_MATCH"] = tag


@dataclass(slots=True)
class Row:
    """A case that is compared with the bare view of the same method.

    :param program: who answers.
    :param bar: what the ratio is to stay below; ``None`` for peers.
    """

    program: str
    case: str
    bare: Sender
    guarded: Sender
    bar: float | None
    pairs: list[float] = field(default_factory=list)

    def measure(self) -> None:
        """Compare the two once, now, each when the caches are its own."""
        bare, guarded = (self.settled(sender) for sender in (self.bare, self.guarded))
        self.pairs.append(guarded / bare)

    @staticmethod
    def settled(sender: Sender) -> int:
        """Time requests that come after others of the same kind."""
        sender.send()
        return sender.send()

    @property
    def ratio(self) -> float:
        """How often the time of the bare view it takes."""
        return median(self.pairs)


def rows() -> list[Row]:
    """Make the cases of this extension and of its peers."""
    from tests.benchmarks.model import app_with_model  # instructions.py counts without it

    app, with_model = app_under_test(), app_with_model()
    bare = {method: Sender(app, method, "/bare/1", {}) for method in ("GET", "PUT")}
    ours = f"flask-preconditions {version('flask-preconditions')}"
    made = [
        Row(ours, case.name, bare[case.method], Sender(app, *case[1:4]), case.bar) for case in CASES
    ]
    load = Sender(with_model, "GET", "/bare/1", {})
    for name, fields, bar in (
        ("GET 200", {}, 1.1),
        ("GET 304", {"If-None-Match": '"1"'}, 1.05),
    ):
        guarded = Sender(with_model, "GET", "/guarded/1", fields)
        made.append(Row(f"{ours}, a model", name, load, guarded, bar))
    bare_write = Writer(with_model, "PATCH", "/bare/2", {})
    guarded_write = Writer(with_model, "PATCH", "/guarded/1", {"If-Match": "*"})
    made.append(Row(f"{ours}, a model", "PATCH 200", bare_write, guarded_write, 1.6))
    peers, absent = load_peers()
    for name in absent:
        print(f"{name} is not installed: pip install -r requirements-dev.txt")
    for peer in peers:
        tag = peer.tag or Client(peer.app).get(peer.guarded).headers["ETag"]
        plain = {method: Sender(peer.app, method, peer.bare, {}) for method in ("GET", "PUT")}
        for case in peer.cases:
            method, status = case.split()
            sent = fields_of(case, tag)
            given = Client(peer.app).open(peer.guarded, method=method, headers=dict(sent))
            if given.status_code != int(status):
                raise SystemExit(f"{peer.name} answers {given.status} where {case} is measured")
            guarded = Sender(peer.app, method, peer.guarded, sent)
            made.append(Row(peer.name, case, plain[method], guarded, None))
    return made


def ratios() -> list[Row]:
    """Compare each case with the bare view of the same method and the same framework."""
    for name in ("flask_preconditions", "django.request"):
        logging.getLogger(name).setLevel("CRITICAL")
    measured = rows()
    for _ in range(ROUNDS):
        for row in measured:
            row.measure()
    for row in measured:
        bar = f"   (bar {row.bar})" if row.bar else ""
        print(f"{row.ratio:6.2f} × bare  {row.case:<16}{row.program}{bar}")
    return measured


def long_values() -> None:
    """Tell what a byte of a long value costs, whatever is in it."""
    for name, value in HOSTILE.items():
        best = 10**12
        for _ in range(9):
            begun = process_time_ns()
            evaluate("PUT", {"If-Match": value}, CURRENT)
            best = min(best, process_time_ns() - begun)
        print(f"{name + ':':<18}{best / len(value):6.1f} ns a byte (bar 35)")


def record(measured: list[Row], path: Path) -> None:
    """Write down what the site shows.

    :param path: the file.
    """
    programs = dict.fromkeys(row.program for row in measured)
    made = {
        "python": platform.python_version(),
        "flask": version("flask"),
        "programs": [
            {
                "name": name,
                "ratios": {
                    row.case: round(row.ratio, 2) for row in measured if row.program == name
                },
            }
            for name in programs
        ],
    }
    path.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    compared = ratios()
    long_values()
    if sys.argv[1:]:
        record(compared, Path(sys.argv[1]))
