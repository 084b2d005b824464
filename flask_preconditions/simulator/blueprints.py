"""The simulator as a blueprint."""

import time
from collections.abc import Callable
from threading import BoundedSemaphore

from flask import Blueprint
from flask import Response
from flask import current_app
from flask import g
from flask import jsonify
from flask import request
from flask.blueprints import BlueprintSetupState
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound
from werkzeug.routing import Rule

from ..exceptions import HTTPPrecondition
from ..exempt import unguarded
from ..handlers import as_problem
from . import errors
from .documents import Labs
from .faults import DOCUMENTS
from .faults import ETAG
from .faults import FAULTS
from .faults import STATUS
from .faults import compare_weakly
from .faults import drop_conditions
from .limits import CONTENT_OCTETS
from .limits import Limits
from .openapi import describe
from .options import Asked
from .options import read_asked
from .statuses import answer_status
from .stored import add_documents
from .tags import answer_tag

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY")
"""What the status and the tag resources answer."""

WITHOUT = "flask_preconditions.without"
"""Where the environment of a request names the field that its answer is to lack."""

_ALL = ", ".join(METHODS)
_KNOWN = frozenset({*METHODS, "CONNECT", "TRACE"})  # beyond them is 501 (RFC 9110 §9.1)
_EXPOSED = "ETag, Last-Modified, Location, Content-Range, Retry-After, Preference-Applied"
_ASKED = (
    "If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, If-Range, Range, "
    "Content-Type, Prefer"
)


def blueprint(
    name: str = "simulator",
    *,
    limits: Limits | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> Blueprint:
    """Make a simulator. Register it below a prefix of its own, such as ``/api``.

    :param limits: what it keeps at most.
    :param sleep: how it waits where a request asks for a delay.
    """
    made = Blueprint(name, __name__)
    limits = limits or Limits()
    labs = Labs(limits)
    places = BoundedSemaphore(limits.delayed)

    add_documents(made, labs, sleep)
    for path, view in (("/status/<code>", answer_status), ("/etag/<tag>", answer_tag)):
        made.add_url_rule(
            path,
            path.split("/")[1],
            unguarded("it keeps nothing")(view),
            methods=METHODS,
            merge_slashes=False,
            provide_automatic_options=False,
        )
    made.record(_add_rest)

    @made.get("/openapi.json")
    def openapi() -> Response:
        return jsonify(describe(current_app, made_name()))

    @made.before_request
    def prepare() -> Response | None:
        request.max_content_length = CONTENT_OCTETS
        g.simulated = Asked()
        place = _place()
        if request.method not in _KNOWN:
            return errors.problem(501, "The simulator does not know this method.", Allow=_ALL)
        if request.method == "OPTIONS" and place not in (STATUS, ETAG) and (allow := _taken()):
            # Flask's own answer would find none: the last rule takes each method.
            return Response(status=204, headers={"Allow": allow})
        if place is None:
            return None
        asked = read_asked(place, request.args, request.headers.getlist("Prefer"))
        g.simulated = asked
        if _is_preflight():
            return Response(status=204)
        if asked.delay and not _wait(asked.delay):
            said = "As many answers as may wait are waiting already."
            return errors.problem(503, said, Retry_After="5")
        if asked.fault == "redirect":
            # Relative, so that nothing of a path that nobody has looked at comes back.
            fields = {"Location": "?cors=on", "Cache-Control": "no-store"}
            return Response(status=302, headers=fields)
        if asked.fault == "ignore":
            drop_conditions(request.environ)
        if asked.fault == "weak-match":
            compare_weakly(request.environ)
        return None

    def _wait(seconds: float) -> bool:
        if not places.acquire(blocking=False):
            return False
        try:
            sleep(seconds)
        finally:
            places.release()
        return True

    @made.after_request
    def complete(response: Response) -> Response:
        asked: Asked = g.get("simulated") or Asked()
        headers = response.headers
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        if asked.applied:
            headers["Preference-Applied"] = ", ".join(asked.applied)
        if _place():
            response.vary.add("Prefer")
        if asked.cors:
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Access-Control-Expose-Headers"] = _EXPOSED
            if _is_preflight():
                headers["Access-Control-Allow-Methods"] = _ALL
                headers["Access-Control-Allow-Headers"] = _ASKED
                headers["Access-Control-Max-Age"] = "600"
        if asked.fault is not None:
            FAULTS[asked.fault].distort(request, response)
        if asked.without is not None:
            headers.pop(asked.without, None)
            request.environ[WITHOUT] = asked.without.lower()  # what the server would add
        return response

    def made_name() -> str:
        return str(request.endpoint).rpartition(".")[0]

    made.register_error_handler(errors.Refused, lambda error: error.response)
    made.register_error_handler(HTTPPrecondition, as_problem)
    made.register_error_handler(HTTPException, errors.as_problem_document)
    return made


def _place() -> str | None:
    """Tell which resource a request is at, if it is one with options."""
    endpoint = str(request.endpoint).rpartition(".")[2]
    if endpoint in (STATUS, ETAG):
        return endpoint
    return DOCUMENTS if endpoint.startswith("docs_") else None


def _is_preflight() -> bool:
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def _add_rest(state: BlueprintSetupState) -> None:
    """Answer every other path below the prefix, and each method beyond those of a resource.

    A rule without methods takes all of them. Flask's own way to add one cannot say that.
    """
    endpoint = ".".join(filter(None, (state.name_prefix, state.name, "rest")))
    for path in ("/", "/<path:rest>"):
        state.app.url_map.add(
            Rule(
                f"{state.url_prefix or ''}{path}",
                endpoint=endpoint,
                subdomain=state.subdomain,
                strict_slashes=False,
                merge_slashes=False,
            )
        )
    state.app.view_functions[endpoint] = _refuse


def _refuse(rest: str = "") -> Response:
    if taken := _taken():
        raise MethodNotAllowed(taken.split(", "))
    raise NotFound


def _taken() -> str:
    """Name the methods that the rules of this path take, without the one that takes all."""
    return ", ".join(method for method in METHODS if _is_taken(method))


def _is_taken(method: str) -> bool:
    adapter = request_ctx.url_adapter
    assert adapter is not None
    try:
        rule, _ = adapter.match(method=method, return_rule=True)
    except HTTPException:
        return False
    return rule.methods is not None
