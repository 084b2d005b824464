"""A race at a server that is unavailable now and then."""

import itertools
import threading

import pytest
from flask import Flask
from flask import request
from flask.typing import ResponseReturnValue

from flask_preconditions.conformance.races import run_lost_updates
from flask_preconditions.conformance.wire import Client
from flask_preconditions.testing.clients import serving


def document(reads_fail_from: int, until: int) -> Flask:
    app = Flask(__name__)
    lock, reads = threading.Lock(), itertools.count()
    stored = {"body": "", "rev": "0"}

    @app.route("/", methods=["GET", "PUT"])
    def view() -> ResponseReturnValue:
        with lock:
            if request.method == "GET":
                if reads_fail_from <= next(reads) < until:
                    return "", 503
                return {"body": stored["body"]}, 200, {"ETag": f'"{stored["rev"]}"'}
            if request.headers["If-Match"] != f'"{stored["rev"]}"':
                return "", 412
            stored.update(body=request.json["body"], rev=str(int(stored["rev"]) + 1))
            return "", 204

    return app


def test_a_read_that_is_503_is_read_again() -> None:
    with serving(document(3, 8)) as url:
        report = run_lost_updates(Client(url), "/", clients=2, rounds=5)
    assert len(report.present) == 10


def test_a_server_that_stays_unavailable_is_an_error() -> None:
    with (
        serving(document(3, 10**6)) as url,
        pytest.raises(ConnectionError, match="GET / was answered 503"),
    ):
        run_lost_updates(Client(url), "/", clients=2, rounds=5)
