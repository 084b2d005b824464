"""Test equipment, not to be copied: the server with /probe, a resource in any state.

The request describes its target: Probe-State, Probe-ETag, Probe-Last-Modified and
Probe-Require. What decides is the extension, as in the views of the documents.
"""

from app import create_app
from flask import request

from flask_preconditions import EntityTag, precondition, require_match
from flask_preconditions.core import parse_http_date

app = create_app()


def target() -> dict[str, object] | None:
    if request.headers["Probe-State"] == "absent":
        return None
    etag = request.headers.get("Probe-ETag")
    date = request.headers.get("Probe-Last-Modified")
    return {
        "etag": etag and EntityTag.parse(etag),
        "last_modified": date and parse_http_date(date),
    }


def is_required(_: object) -> bool:
    return request.headers["Probe-Require"] == "yes"


@app.route("/probe", methods=["GET", "PUT", "PATCH", "DELETE"])
@require_match(
    target,
    etag="etag",
    last_modified="last_modified",
    into="document",
    create=True,
    require=is_required,
)
def probe(document: dict[str, object] | None):
    if request.method == "GET":
        return "probe"
    precondition.confirm(1)  # there is nothing to write
    return "", 204 if document else 201
