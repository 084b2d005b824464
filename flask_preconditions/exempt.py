"""``@unguarded``: a write that needs no guard, and why."""

from collections.abc import Callable
from typing import TypeVar

from .exceptions import SetupError

T = TypeVar("T", bound=Callable[..., object])

EXEMPT = "__unguarded__"
"""The attribute of a view that holds the reason why it is not guarded."""


def unguarded(reason: str) -> Callable[[T], T]:
    """Tell ``flask preconditions audit`` that a write needs no guard.

    The view stays as it is. It decorates a view function, a method of a class-based view,
    or the whole class.

    :param reason: why no update can be lost here, for the one who reads the code.
    :raises SetupError: when no reason is given.
    """
    given: object = reason  # with the brackets forgotten it is the view
    if not isinstance(given, str) or not given.strip():
        raise SetupError('say why no update can be lost: @unguarded("creates a new article")')

    def mark(view: T) -> T:
        setattr(view, EXEMPT, reason)
        return view

    return mark
