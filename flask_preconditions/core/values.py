"""Small immutable values that cost little to make: a request makes several."""

from dataclasses import dataclass
from dataclasses import field
from typing import TypeVar
from typing import dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[T]) -> type[T]:
    """Make a class one of values: compared by what they hold, hashable, never assigned to.

    Type checkers refuse the assignment. At runtime nothing does, because a frozen dataclass
    sets each field through ``object.__setattr__`` and takes four times as long to make.
    """
    return dataclass(unsafe_hash=True, slots=True)(cls)
