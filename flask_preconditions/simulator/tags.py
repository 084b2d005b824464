"""``/etag/{tag}``: a resource with the tag that the URL says. It keeps nothing."""

import re
from typing import Any

from flask import Response
from flask import g
from flask import request

from ..checking import check_validators
from ..core import ABSENT
from ..core import SAFE_METHODS
from ..core import EntityTag
from ..decorators import precondition
from ..exceptions import HTTPPrecondition
from ..request.match import Match
from .diagnosis import describe_decision
from .diagnosis import diagnose
from .errors import Refused
from .errors import problem
from .limits import TAG_CHARACTERS
from .options import Asked
from .statuses import write_json

_TAG = re.compile(rf"[\x21\x23-\x7e]{{1,{TAG_CHARACTERS}}}")


def answer_tag(tag: str) -> Response:
    """Answer as a resource does that has this tag."""
    asked: Asked = g.simulated
    if not _TAG.fullmatch(tag):
        raise Refused(
            f"The tag in the URL is 1 to {TAG_CHARACTERS} visible ASCII characters without a "
            "double quote; the quotes are added, and weak=1 adds W/."
        )
    if asked.require and asked.weak and asked.modified is None:
        raise Refused(
            "require=1 asks for a condition, and none could ever hold for a weak tag alone: "
            "If-Match compares strongly (RFC 9110 §8.8.3.2). Add modified, or leave one out."
        )
    match = _check(tag, asked)
    is_safe = request.method in SAFE_METHODS
    if is_safe and not asked.exists:
        return problem(404, "exists=0 says that there is nothing here.")
    if not asked.exists and request.method != "PUT":
        return problem(404, "exists=0 says that there is nothing here, and only PUT would create.")
    if not is_safe:
        precondition.confirm(True)  # nothing is kept, so nothing can be lost
    response = Response(status=200 if asked.exists else 201)
    if asked.cache is not None:
        response.headers["Cache-Control"] = asked.cache
    told = diagnose(request, response, match.decision, match.validators)
    response.set_data(write_json(told))
    response.content_type = "application/json"
    return response


def _check(tag: str, asked: Asked) -> Match[Any]:
    """Have the extension decide, and put the trace into its refusals."""
    try:
        return check_validators(
            etag=EntityTag(tag, asked.weak),
            last_modified=asked.modified,
            exists=asked.exists,
            require="unsafe" if asked.require else "none",
            disclose="etag",
        )
    except HTTPPrecondition as refused:
        if refused.problem:
            state = refused.current or ABSENT
            refused.problem["evaluated"] = describe_decision(refused.decision, state)
        raise
