"""A target that cannot be checked, and a vector that cannot be judged."""

from ..exceptions import SetupError
from ..placement import NOWHERE


class Unusable(SetupError):
    """The target cannot be checked; the message says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message, NOWHERE)


class Overtaken(Unusable):
    """Somebody else has written what a check was about to write over."""


class Unplayable(Exception):
    """Nothing can be told of a vector, for what is there by now; the message says why."""


class Unreadable(Unplayable):
    """A plain GET is not answered as it was, so that it does not tell what a request did."""


class Refused(Unplayable):
    """A method is refused by now, whatever a request says.

    :param is_last: whether it was so again and again.
    """

    def __init__(self, method: str, message: str, is_last: bool) -> None:
        super().__init__(message)
        self.method = method
        self.is_last = is_last
