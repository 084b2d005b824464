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

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import TYPE_CHECKING
from typing import Any

from werkzeug import exceptions as werkzeug_exceptions
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Response

from .core import Decision
from .core import InvalidField as InvalidField
from .core import PreconditionsError as PreconditionsError
from .core import State

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIEnvironment


class SetupError(PreconditionsError):
    """The application is put together wrongly; the message names the line to change."""


class HTTPPrecondition(PreconditionsError, werkzeug_exceptions.HTTPException):
    """A request that its preconditions answer.

    :param decision: the decision with its trace.
    :param current: the state of the target that was compared.
    :param problem: the members of the problem document (RFC 9457); empty on 304.
    :param headers: the response's own header fields.
    """

    inquiry: object = None
    """The request that lost a race, while the answer to it is still to be made."""

    def __init__(
        self,
        decision: Decision,
        current: State | None,
        problem: dict[str, object],
        headers: dict[str, str],
    ) -> None:
        super().__init__(str(problem["detail"]) if problem else "")
        self.decision = decision
        self.current = current
        self.problem = problem
        self.headers = headers

    def get_headers(self, *args: Any, **kwargs: Any) -> list[tuple[str, str]]:
        """Give the header fields of the response."""
        return [("Content-Type", "application/problem+json"), *self.headers.items()]

    def get_body(self, *args: Any, **kwargs: Any) -> str:
        """Give the problem document."""
        return write_json(self.problem) + "\n"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as a WSGI application, which is how Flask sends an exception."""
        # The frames of the traceback hold what they answered with: this exception. Such a
        # cycle keeps the whole request until the garbage collector comes.
        self.__traceback__ = None
        if self.response is not None or environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        body = self.get_body().encode()
        headers = [*self.get_headers(), ("Content-Length", str(len(body)))]
        start_response(_STATUS_LINES[self.code], headers)
        return [body]


_STATUS_LINES: dict[int | None, str] = {
    code: f"{code} {HTTP_STATUS_CODES[code].upper()}" for code in (400, 412, 428, 503)
}


_NAMES = frozenset(
    {
        *{"type", "title", "status", "detail", "instance", "failed_header", "reason"},
        *{"current_etag", "next", "action", "method", "href"},
    }
)


def write_json(members: Mapping[str, object]) -> str:
    """Write a problem document as ``json.dumps(members, indent=2, ensure_ascii=False)``.

    With an indent that one goes through a generator in Python, piece by piece.
    """
    text, comma = "{\n", ""
    for name, value in members.items():
        if name in _NAMES and type(value) is str:
            text += f'{comma}  "{name}": {encode_basestring(value)}'
        elif name == "status" and type(value) is int:
            text += f'{comma}  "status": {value}'
        elif name == "next" and (inner := _write_next(value)):
            text += f'{comma}  "next": {{{inner}\n  }}'
        else:
            own = json.dumps({name: value}, indent=2, ensure_ascii=False)[2:-2]
            # Half of a surrogate pair, which JSON can hold and UTF-8 cannot, becomes \\ud800.
            text += comma + own.encode("utf-8", "backslashreplace").decode()
        comma = ",\n"
    return f"{text}\n}}"


def _write_next(value: object) -> str:
    """Write the members of ``next``; nothing where somebody made something else of it."""
    text = ""
    for name, own in value.items() if type(value) is dict else ():
        if name not in _NAMES or type(own) is not str:
            return ""
        text += f'{"," if text else ""}\n    "{name}": {encode_basestring(own)}'
    return text


class NotModified(HTTPPrecondition):
    """The client's copy is current (304): what ``check()`` raises to leave the view.

    :param response: the 304 itself.
    """

    # An exception without a code is one that Flask sends as it is, past every error
    # handler, like the one that abort(response) raises. Where the application traps all
    # of them, its handler should at least find the status.
    code = None

    def __init__(
        self, decision: Decision, current: State | None, response: Response, is_trapped: bool
    ) -> None:
        super().__init__(decision, current, {}, {})
        self.response = response
        if is_trapped:
            self.code = 304


class MalformedCondition(HTTPPrecondition, werkzeug_exceptions.BadRequest):
    """A condition cannot be read, so the method was not performed (400)."""


class PreconditionFailed(HTTPPrecondition, werkzeug_exceptions.PreconditionFailed):
    """A condition is false, so the method was not performed (412)."""


class PreconditionRequired(HTTPPrecondition, werkzeug_exceptions.PreconditionRequired):
    """The method needs a condition that was not sent (428)."""


class OutcomeUnknown(HTTPPrecondition, werkzeug_exceptions.ServiceUnavailable):
    """The connection broke after the commit was sent, so the write is stored or not (503)."""
