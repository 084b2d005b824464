"""Exceptions: mistakes in the set-up, and answers to a request.

::

    PreconditionsError
    ├── InvalidField                (also a ValueError)
    ├── SetupError
    └── HTTPPrecondition            (also Werkzeug's HTTPException)
        ├── NotModified             304
        ├── MalformedCondition      400, also Werkzeug's BadRequest
        ├── PreconditionFailed      412, also Werkzeug's PreconditionFailed
        ├── PreconditionRequired    428, also Werkzeug's PreconditionRequired
        └── OutcomeUnknown          503, also Werkzeug's ServiceUnavailable

The last four reach ``app.errorhandler(412)`` and its like. ``NotModified`` does not:
it is the success of a cache, and a handler for errors would put a body on it.
"""

import json
from collections.abc import Mapping
from typing import Any

from werkzeug import exceptions as werkzeug_exceptions
from werkzeug.wrappers import Response

from .core import Decision
from .core import InvalidField as InvalidField
from .core import PreconditionsError as PreconditionsError
from .core import State


class SetupError(PreconditionsError):
    """The application is put together wrongly; the message names the line to change."""


class HTTPPrecondition(PreconditionsError, werkzeug_exceptions.HTTPException):
    """A request that its preconditions answer.

    :param decision: the decision with its trace.
    :param current: the state of the target that was compared.
    :param problem: the members of the problem document (RFC 9457); empty on 304.
    :param headers: the response's own header fields.
    """

    def __init__(
        self,
        decision: Decision,
        current: State | None,
        problem: Mapping[str, object],
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(description=str(problem.get("detail", "")))
        self.decision = decision
        self.current = current
        self.problem = dict(problem)
        self.headers = dict(headers)

    def get_headers(self, *args: Any, **kwargs: Any) -> list[tuple[str, str]]:
        """Give the header fields of the response."""
        return [("Content-Type", "application/problem+json"), *self.headers.items()]

    def get_body(self, *args: Any, **kwargs: Any) -> str:
        """Give the problem document."""
        return json.dumps(self.problem, indent=2, ensure_ascii=False) + "\n"


class NotModified(HTTPPrecondition):
    """The client's copy is current (304)."""

    # An exception without a code is one that Flask sends as it is, past every error
    # handler, like the one that abort(response) raises.
    code = None

    def get_response(self, *args: Any, **kwargs: Any) -> Response:
        """Build the bare response: the fields it must carry, and no content (§15.4.5)."""
        response = Response(status=304, headers=self.headers)
        del response.headers["Content-Type"]
        return response


class MalformedCondition(HTTPPrecondition, werkzeug_exceptions.BadRequest):
    """A condition cannot be read, so the method was not performed (400)."""


class PreconditionFailed(HTTPPrecondition, werkzeug_exceptions.PreconditionFailed):
    """A condition is false, so the method was not performed (412)."""


class PreconditionRequired(HTTPPrecondition, werkzeug_exceptions.PreconditionRequired):
    """The method needs a condition that was not sent (428)."""


class OutcomeUnknown(HTTPPrecondition, werkzeug_exceptions.ServiceUnavailable):
    """The connection broke after the commit was sent, so the write is stored or not (503)."""
