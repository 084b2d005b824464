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

from collections.abc import Iterable
from typing import TYPE_CHECKING
from typing import Any

from werkzeug import exceptions as werkzeug_exceptions
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Response

from .core import Decision
from .core import InvalidField as InvalidField
from .core import PreconditionsError as PreconditionsError
from .core import State
from .placement import NOWHERE
from .placement import Placement
from .placement import line_of_caller
from .problems import Problem
from .problems import write_json

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIEnvironment


class SetupError(PreconditionsError):
    """The application is put together wrongly.

    Its text begins with the line to change, as compilers write it: ``notes.py:12: …``.

    :param message: what is wrong, and what to write instead.
    :param place: the line to change; left out, the line of the application that led here.
    """

    def __init__(self, message: str, place: Placement | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = line_of_caller() if place is None else place

    def __str__(self) -> str:
        """Give the message behind its place, where one is known."""
        is_known = self.place is not None and self.place != NOWHERE
        return f"{self.place}: {self.message}" if is_known else self.message


class HTTPPrecondition(PreconditionsError, werkzeug_exceptions.HTTPException):
    """A request that its preconditions answer.

    :param decision: the decision with its trace.
    :param current: the state of the target that was compared.
    :param problem: the problem document (RFC 9457) or its members; empty on 304.
    :param headers: the response's own header fields.
    """

    instance: str | None = None
    """What identifies this occurrence in the problem document (RFC 9457 §3.1.5) and the log."""

    inquiry: object = None
    """The request that lost a race, while the answer to it is still to be made."""

    def __init__(
        self,
        decision: Decision,
        current: State | None,
        problem: dict[str, object] | Problem,
        headers: dict[str, str],
    ) -> None:
        if isinstance(problem, Problem):
            detail = problem.draft.detail
        else:
            detail = str(problem["detail"]) if problem else ""
        self.description = detail  # as HTTPException sets them, without its call
        self.response = None
        self.decision = decision
        self.current = current
        self.headers = headers
        self._problem = problem

    @property
    def problem(self) -> dict[str, object]:
        """The members of the problem document; what is changed in them is what is sent."""
        if isinstance(self._problem, Problem):
            self._problem = self._problem.members()
        return self._problem

    @problem.setter
    def problem(self, members: dict[str, object]) -> None:
        self._problem = members

    def get_headers(self, *args: Any, **kwargs: Any) -> list[tuple[str, str]]:
        """Give the header fields of the response."""
        return [("Content-Type", "application/problem+json"), *self.headers.items()]

    def get_body(self, *args: Any, **kwargs: Any) -> str:
        """Give the problem document."""
        problem = self._problem
        return problem.text() if isinstance(problem, Problem) else write_json(problem) + "\n"

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
