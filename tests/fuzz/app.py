"""Guarded targets in every state, for whole requests: ``gunicorn tests.fuzz.app:app``.

Nothing changes: an answer says by ``X-View`` whether its view ran, and by ``X-App`` that it
is the application's and not its server's.
"""

from datetime import UTC
from datetime import datetime
from typing import NamedTuple

from flask import Flask
from flask import Response

from flask_preconditions import EntityTag
from flask_preconditions import precondition
from flask_preconditions import require_match

SAVED_AT = datetime(1994, 11, 15, 12, 45, 26, tzinfo=UTC)
METHODS = ["GET", "QUERY", "PUT", "PATCH", "DELETE"]


class Target(NamedTuple):
    """A target with its validators."""

    tag: EntityTag | None = None
    date: datetime | None = None


TARGETS = {
    "strong": Target(EntityTag("v1"), SAVED_AT),
    "weak": Target(EntityTag("v1", weak=True), SAVED_AT),
    "dated": Target(None, SAVED_AT),
    "commas": Target(EntityTag(",")),
    "bare": Target(),
}

app = Flask(__name__)
app.config["PRECONDITIONS_LOG_LEVEL"] = "DEBUG"  # thousands of refusals are what is wanted


def answer(name: str) -> Response:
    precondition.confirm(1)
    return Response("secret of the target", headers={"X-View": "ran"})


@app.after_request
def tell(response: Response) -> Response:
    response.headers["X-App"] = "fuzz"
    return response


for _policy, _require in (("free", "none"), ("asked", "unsafe")):
    app.add_url_rule(
        f"/{_policy}/<name>",
        _policy,
        require_match(
            TARGETS.get,
            etag=lambda target: target.tag,
            last_modified=lambda target: target.date,
            create=True,
            require=_require,
        )(answer),
        methods=METHODS,
    )
