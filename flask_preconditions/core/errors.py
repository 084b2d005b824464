"""The programmer's mistakes.

What a *client* gets wrong is a result with a reason (:class:`.Malformed`),
never an exception.

::

    PreconditionsError
    └── InvalidField        (also a ValueError)
"""


class PreconditionsError(Exception):
    """The base of every exception this package raises."""


class InvalidField(PreconditionsError, ValueError):
    """A value cannot be written as the HTTP field it was meant for."""
