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
    sets each field through ``object.__setattr__`` and takes four times as long to make. Only
    the constructor is written for each class: to compile the rest, too, is half of the time
    that it takes to import the package.
    """
    made = dataclass(repr=False, eq=False, slots=True)(cls)
    for name, method in {"__eq__": _equals, "__hash__": _hash, "__repr__": _show}.items():
        if name not in cls.__dict__:
            setattr(made, name, method)
    return made


def _held(self: object) -> tuple[object, ...]:
    names: tuple[str, ...] = type(self).__match_args__  # type: ignore[attr-defined]
    return tuple(getattr(self, name) for name in names)


def _equals(self: object, other: object) -> bool:
    if type(other) is not type(self):
        return False
    return _held(self) == _held(other)


def _hash(self: object) -> int:
    return hash(_held(self))


def _show(self: object) -> str:
    names: tuple[str, ...] = type(self).__match_args__  # type: ignore[attr-defined]
    told = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
    return f"{type(self).__qualname__}({told})"
