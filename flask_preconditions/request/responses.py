"""What goes on the wire: validators, 304, and the refusals."""

from __future__ import annotations

import json
import re
from datetime import UTC
from datetime import datetime
from functools import cache
from os import urandom
from typing import TYPE_CHECKING
from typing import Any
from typing import NoReturn
from urllib.parse import quote

from flask import Flask
from flask import Request
from flask import Response
from flask import current_app
from flask import url_for
from flask.globals import request_ctx
from werkzeug.datastructures import Headers

from ..core import ABSENT
from ..core import Decision
from ..core import Outcome
from ..core import State
from ..core import Validators
from ..core import format_http_date
from ..core import is_settled
from ..exceptions import HTTPPrecondition
from ..exceptions import MalformedCondition
from ..exceptions import OutcomeUnknown
from ..exceptions import PreconditionFailed
from ..exceptions import PreconditionRequired
from ..exceptions import SetupError
from ..mistakes import tell
from ..placement import Placement
from ..problems import Problem
from ..problems import describe
from ..problems import describe_unknown
from ..signals import line_of
from ..signals import logger

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from .inquiry import Inquiry

_KEPT = frozenset({"cache-control", "content-location", "expires", "vary"})
"""What a 304 must have of the 200, besides the tag and the date of sending (§15.4.5)."""

_VALIDATORS = frozenset({"etag", "last-modified"})
_WATCHED = _VALIDATORS | _KEPT

_SAFE_IN_PATH = "/!$&'()*+,;=:@~"
_PLAIN_PATH = re.compile(rf"[A-Za-z0-9_.~{re.escape(_SAFE_IN_PATH)}-]*+")
_DOTS = re.compile(r"(?<=/)\.\.?(?![^/])")
_SAFE_IN_QUERY = "/?!$&'()*+,;=:@~%"


def validator_headers(current: Validators) -> list[tuple[str, str]]:
    """Give the header fields that tell a state."""
    headers = []
    if current.etag is not None:
        headers.append(("ETag", str(current.etag)))
    date = current.last_modified
    # While its second lasts, another write could share the date.
    if date is not None and (current.strong_date or is_settled(date, datetime.now(UTC))):
        headers.append(("Last-Modified", format_http_date(date)))
    return headers


def declared_headers(inquiry: Inquiry[Any]) -> dict[str, str]:
    """Give the fields that were declared for the 200 and the 304, without Vary."""
    policy = inquiry.plan.policy
    headers: dict[str, str] = {}
    if policy.cache_control:
        headers["Cache-Control"] = policy.cache_control
    if policy.headers:
        more = policy.headers
        for name, text in (more(inquiry.target) if callable(more) else more).items():
            headers[name.title()] = text  # §5.1: names differ in case and are the same
    return headers


def stamp(response: Response, current: Validators) -> None:
    """Put the validators on a success, over any the view has set itself.

    A tag of the view's own would be one that If-Match is never compared with.
    """
    headers = response.headers
    for name, text in validator_headers(current):
        headers[name] = text


def add_no_etag(overwrite: bool = False, weak: bool = False) -> None:
    """Add no tag of the body to the answer to a write: no GET ever gives that one.

    An application that tags all its answers in ``after_request`` would send it as the new tag.
    """


def stamp_read(inquiry: Inquiry[Any], response: Response, current: Validators) -> None:
    """Put on the answer to a read what it tells of the target, and learn what it adds.

    What a view sets itself of the fields that a 304 must have too, nobody knows before the
    view has run: from then on the view is asked for the 304 as well.
    """
    headers, plan = response.headers, inquiry.plan
    own: dict[str, str] = {}
    for name, text in headers:
        key = name.lower()
        if key in _WATCHED:
            own[key] = f"{own[key]}, {text}" if key in own else text
    if not own and not plan.declares:
        for name, text in validator_headers(current):
            headers.add(name, text)
        return
    # One that the view has set would be a tag, or a date whose second still lasts, that a
    # write is never compared with, or not yet.
    for key in own.keys() & _VALIDATORS:
        del headers[key]
    for name, text in validator_headers(current):
        headers[name] = text
    declared = declared_headers(inquiry)
    for name, text in declared.items():
        if name.lower() not in own:
            headers[name] = text
    if plan.vary:
        response.vary.update(plan.vary)
    if own.keys() <= _VALIDATORS:
        return
    known = {name.lower(): text for name, text in declared.items()}
    varies = {name.strip().lower() for name in own.pop("vary", "").split(",") if name.strip()}
    differs = any(known.get(key) != own[key] for key in own.keys() - _VALIDATORS)
    if differs or not varies <= {name.lower() for name in plan.vary}:
        plan.ask_view()


@cache
def _dated(response_class: type[Response]) -> type[Response]:
    class Dated(response_class):  # type: ignore[misc, valid-type]
        def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
            headers: Headers = super().get_wsgi_headers(environ)
            for date in self.headers.getlist("Last-Modified"):
                headers["Last-Modified"] = date
            return headers

    return Dated


def keep_date(response: Response) -> Response:
    """Keep the date of a 304 that has no tag, which Werkzeug takes out.

    By it, a cache finds the copy that such a 304 is about (RFC 9111 §4.3.4).
    """
    dated: type[Response] = _dated(type(response))  # type: ignore[arg-type]  # a class is hashable
    dated.force_type(response)  # in place
    return response


def not_modified(app: Flask, inquiry: Inquiry[Any], full: Response | None = None) -> Response:
    """Build the 304: the fields that the 200 would have, and no content (§15.4.5).

    A Last-Modified beside a tag helps nobody.

    :param full: the 200, where it was made; otherwise what was declared of it.
    """
    current = inquiry.validators
    assert current is not ABSENT
    response = app.response_class(status=304)
    headers = response.headers  # the Content-Type of its class is not sent with a 304
    if current.etag is not None:
        headers.add("ETag", inquiry.form_of_tag(current.etag))
    else:
        keep_date(response)
        for name, text in validator_headers(current):
            headers.add(name, text)
    if full is not None:
        for name, text in full.headers:
            if name.lower() in _KEPT:
                headers.add(name, text)
        return response
    plan = inquiry.plan
    if plan.declares:
        for name, text in declared_headers(inquiry).items():
            headers.add(name, text)
        if plan.vary:
            headers.add("Vary", ", ".join(plan.vary))
    return response


_FAILED, _MALFORMED = Outcome.FAILED, Outcome.MALFORMED

_REFUSALS: dict[int | None, type[HTTPPrecondition]] = {
    Outcome.FAILED.status: PreconditionFailed,
    Outcome.MALFORMED.status: MalformedCondition,
    Outcome.REQUIRED.status: PreconditionRequired,
}


def tell_unknown(inquiry: Inquiry[Any], cause: BaseException) -> NoReturn:
    """Answer 503 to a write that is stored or not, and log it.

    :raises OutcomeUnknown: always.
    """
    request = inquiry.request
    problem = describe_unknown(
        instance=occurrence(),
        href=href_of(request),
        noun=inquiry.noun,
        base_url=inquiry.plan.policy.problem_base_url,
    )
    logger.warning(
        "%s: the connection broke while the %s was being stored [%s]",
        line_of(request),
        inquiry.noun,
        problem["instance"],
        exc_info=cause,
    )
    headers = {"Cache-Control": "no-store", "Retry-After": "1"}
    raise OutcomeUnknown(inquiry.decision, None, problem, headers) from cause


def refusal(
    inquiry: Inquiry[Any],
    decision: Decision,
    current: State | None,
    target: object = None,
) -> HTTPPrecondition:
    """Build the exception that answers a request whose decision is not to perform it.

    :param current: the target's state; ``None`` when it is not known.
    :param target: the target itself, for a policy that shows it.
    """
    plan, request = inquiry.plan, inquiry.request
    outcome = decision.outcome
    readable = plan.is_readable or is_readable()
    href = "" if outcome is _MALFORMED else href_of(request)
    if plan.resource is not None and href:
        elsewhere = _href_of_resource(inquiry, inquiry.target if target is None else target)
        readable = elsewhere is not None
        href = elsewhere or href
    tag = None
    if outcome is _FAILED and (plan.tells_tag or (plan.tells_if_readable and readable)):
        etag = None if current is None or current is ABSENT else current.etag
        tag = None if etag is None else str(etag)
    creates = plan.creates and current is ABSENT
    instance = occurrence()
    shown = None
    if plan.shows is not None and outcome is _FAILED and target is not None:
        shown = _shown(plan.shows, target, plan.place)
    problem: dict[str, object] | Problem
    if shown is None and decision.malformed is None:
        draft = plan.draft(decision, readable, creates, tag is not None)
        problem = Problem(draft, instance, href, tag)
    else:
        problem = describe(
            decision,
            instance=instance,
            href=href,
            current_etag=tag,
            noun=plan.noun,
            base_url=plan.policy.problem_base_url,
            readable=readable,
            creates=creates,
        )
        if shown is not None:
            problem["current"] = shown
    # A 412 is built afresh: nothing of the would-be 200, and nothing for a cache to keep.
    headers = {"Cache-Control": "no-store"}
    if tag is not None:
        headers["ETag"] = tag
    refused = _REFUSALS[outcome.status](decision, current, problem, headers)
    refused.instance = instance
    return refused


_VARIANTS = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))


def occurrence() -> str:
    """Identify an occurrence (RFC 9457 §3.1.5) by a random UUID (RFC 9562 §5.4).

    It is ``uuid.uuid4().urn``, written without the object between.
    """
    digits = urandom(16).hex()
    return (
        f"urn:uuid:{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-"
        f"{_VARIANTS[digits[16]]}{digits[17:20]}-{digits[20:]}"
    )


def _shown(disclose: Any, target: object, place: Placement | None) -> object:
    """Give what the policy shows of a target, as the application writes JSON.

    :raises SetupError: when it cannot be written, in debug and test mode only: a refusal
        never becomes a 500 in production.
    """
    app = current_app
    try:
        return json.loads(app.json.dumps(disclose(target)), parse_constant=_refuse_number)
    except Exception as error:
        message = f"disclose= gave nothing that the application can write as JSON: {error}"
        tell(app, SetupError(message, place), error)
        return None


def _refuse_number(name: str) -> object:
    raise ValueError(f"JSON has no {name} (RFC 8259 §6)")


def href_of(request: Request) -> str:
    """Give the target as a URI reference: mounted where it is, and percent-encoded again.

    It keeps the query, which may select the target. Two slashes at its beginning would be
    the name of another server, and a segment of dots, which was sent encoded, another path.
    """
    path = request.root_path + request.path
    if not _PLAIN_PATH.fullmatch(path):
        path = quote(path, safe=_SAFE_IN_PATH)
    if "/." in path:
        path = _DOTS.sub(lambda dots: dots[0].replace(".", "%2E"), path)
    if path[:2] == "//":
        path = f"/.{path}"
    elif path[:1] != "/":  # a proxy that is trusted with the prefix may hand on a client's
        path = f"/{path}"
    environ = request.environ
    query = environ["QUERY_STRING"] if "QUERY_STRING" in environ else ""
    return f"{path}?{quote(query, safe=_SAFE_IN_QUERY, encoding='latin-1')}" if query else path


def _href_of_resource(inquiry: Inquiry[Any], target: object) -> str | None:
    """Give the URL where the target of an action can be read.

    :raises SetupError: when it cannot be told, in debug and test mode only.
    """
    app, resource = current_app, inquiry.plan.resource
    try:
        if callable(resource):
            return None if target is None else str(resource(target))
        assert resource is not None
        given = inquiry.url_values.items()
        expects = app.url_map.is_endpoint_expecting
        values: Any = {name: value for name, value in given if expects(resource, name)}
        return url_for(resource, **values)
    except Exception as error:
        tell(app, SetupError(f"resource= gave no URL: {error}", inquiry.plan.place), error)
        return None


def is_readable() -> bool:
    """Tell whether the URL of this request answers GET too."""
    adapter = request_ctx.url_adapter
    return adapter is not None and "GET" in adapter.allowed_methods()
