"""A target that cannot be checked."""

from ..exceptions import SetupError
from ..placement import NOWHERE


class Unusable(SetupError):
    """The target cannot be checked; the message says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message, NOWHERE)


class Unplayable(Exception):
    """A vector cannot be played for what requests before it have left; the message says why."""
