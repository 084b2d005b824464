"""The simulator's own refusals, as problem documents (RFC 9457)."""

import json
from http import HTTPStatus

from flask import Response
from werkzeug.exceptions import HTTPException

PROBLEM = "application/problem+json"

_SAID = {
    404: "There is nothing at this path. See openapi.json beside it for what there is.",
    405: "The resource does not take this method.",
    413: "The content is longer than 16,384 octets.",
    416: "The range lies outside of the document.",
    500: "The simulator failed. That is a fault of it.",
}


def problem(status: int, detail: str = "", **fields: str) -> Response:
    """Make a problem document out of our own words; nothing that was sent comes into it.

    :param fields: more fields of the response, with ``_`` for ``-``.
    """
    members = {
        "type": "about:blank",
        "title": phrase_of(status),
        "status": status,
        "detail": detail or _SAID.get(status, phrase_of(status)),
    }
    response = Response(
        json.dumps(members, indent=2, ensure_ascii=False) + "\n", status, content_type=PROBLEM
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    for name, value in fields.items():
        response.headers[name.replace("_", "-")] = value
    return response


def phrase_of(status: int) -> str:
    """Give the phrase of a status, registered or not."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unassigned"


class Refused(Exception):
    """A request that the simulator cannot make sense of.

    :param detail: what is wrong and what to send, in our own words.
    """

    def __init__(self, detail: str, status: int = 400) -> None:
        super().__init__(detail)
        self.response = problem(status, detail)


def as_problem_document(error: HTTPException) -> Response:
    """Answer what Werkzeug refuses."""
    status = error.code or 500
    allow = getattr(error, "valid_methods", None)
    fields = {"Allow": ", ".join(sorted(allow))} if allow else {}
    length = getattr(error, "length", None)
    if length is not None:
        fields["Content_Range"] = f"bytes */{length}"
    return problem(status, "" if status in _SAID else (error.description or ""), **fields)
