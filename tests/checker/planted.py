"""A fault that is planted in a server, and how it is found."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from .resource import Resource


@dataclass
class Planted:
    """A fault, and how it is found.

    :param cause: the title of the finding.
    :param make: makes the server.
    :param write: whether it takes writes to find it.
    :param options: more for the check.
    :param also: titles of other findings that follow from the same fault.
    """

    cause: str
    make: Callable[[], Resource]
    write: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()
