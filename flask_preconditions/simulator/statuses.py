"""``/status/{code}``: any final status on demand, with what its request would come to."""

import re
from typing import Any

from flask import Response
from flask import g
from flask import request
from flask import url_for
from jinja2.utils import htmlsafe_json_dumps

from ..core import EntityTag
from ..core import Validators
from ..core import evaluate
from ..problems import PROBLEM_TYPES
from .diagnosis import diagnose
from .errors import PROBLEM
from .errors import Refused
from .errors import phrase_of
from .options import Asked

STATE = Validators(EntityTag("simulated"))
"""What the conditions of a request are compared with here; the status is the URL's all the same."""

_WITHOUT_CONTENT = frozenset({204, 205, 304})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TYPES = {outcome.status: problem.reference for outcome, problem in PROBLEM_TYPES.items()}


def answer_status(code: str) -> Response:
    """Answer with the status that the URL asks for."""
    if not re.fullmatch(r"[2-5][0-9]{2}", code, re.ASCII):
        raise Refused("The status is a number from 200 to 599; interim ones (1xx) are no answer.")
    asked: Asked = g.simulated
    response = Response(status=int(code))
    response.headers.pop("Content-Type", None)
    _add_fields(response, asked)
    decision = evaluate(request.method, request.headers, STATE)
    told = diagnose(request, response, decision, STATE)
    told["note"] = "The URL asks for this status; the conditions were evaluated beside it."
    if response.status_code not in _WITHOUT_CONTENT:
        _add_content(response, asked.body, told)
    return response


def _add_fields(response: Response, asked: Asked) -> None:
    """Add what was asked for, and what the status is not sent without."""
    headers, status = response.headers, response.status_code
    if status < 300 or status in (304, 412):
        headers["ETag"] = str(STATE.etag)
    if status >= 400:
        headers["Cache-Control"] = "no-store"
    if status in _REDIRECTS:
        headers["Location"] = url_for(str(request.endpoint), code=200)
    if status == 401:  # §15.5.2 demands a challenge; no browser has a dialog for this one
        headers["WWW-Authenticate"] = 'Simulated realm="simulator"'
    if status == 405:  # §15.5.6
        headers["Allow"] = "GET, HEAD"
    if asked.cache is not None:
        headers["Cache-Control"] = asked.cache
    if asked.retry_after is not None:
        headers["Retry-After"] = str(asked.retry_after)
    for name, value in asked.header:
        headers[name] = value


def _add_content(response: Response, kind: str, told: dict[str, Any]) -> None:
    title, status = phrase_of(response.status_code), response.status_code
    if kind == "empty":
        return
    if kind == "text":
        response.set_data(f"{status} {title}\n")
        response.content_type = "text/plain; charset=utf-8"
    elif kind == "html":
        # Nothing that was sent is on the page.
        response.set_data(f"<!doctype html><title>{status}</title><h1>{status} {title}</h1>\n")
        response.content_type = "text/html; charset=utf-8"
    elif kind == "problem":
        members = {
            "type": _TYPES.get(status, "about:blank"),
            "title": title,
            "status": status,
            "detail": "The simulator was asked for this status.",
        }
        response.set_data(write_json({**told, **members}))
        response.content_type = PROBLEM
    else:
        response.set_data(write_json(told))
        response.content_type = "application/json"


def write_json(document: dict[str, Any]) -> str:
    """Write JSON in which no character could be taken for markup."""
    return htmlsafe_json_dumps(document, indent=2) + "\n"
