"""How a mistake in the set-up is told: never to the client, and never swallowed."""

from typing import Any
from typing import NoReturn

from flask import Flask

from .exceptions import PreconditionsError
from .exceptions import SetupError
from .signals import logger


def tell(app: Flask, error: SetupError, cause: Exception | None = None) -> None:
    """Raise a mistake where the developer looks on, and log it in production.

    :param error: a mistake that the request can be answered in spite of.
    :raises SetupError: in debug and test mode.
    """
    if app.debug or app.testing:
        raise error from cause
    logger.error(str(error), exc_info=cause)


def keep_loud(app: Flask) -> None:
    """Let no handler for ``Exception`` make an answer of a mistake that nobody is told of.

    Raised again, it goes the way of an exception without a handler: it is logged, debug and
    test mode pass it on, and the client gets what the application answers to a 500.
    """
    # Not by register_error_handler(), which refuses once the first request is there.
    for handlers in (codes.get(None, {}) for codes in app.error_handler_spec.values()):
        if PreconditionsError not in handlers and {Exception, BaseException} & handlers.keys():
            handlers.setdefault(SetupError, _raise_again)


def _raise_again(error: Any) -> NoReturn:
    raise error
