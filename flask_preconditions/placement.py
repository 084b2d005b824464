"""Where guards are written: one above the route never runs, and only its place shows it."""

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from weakref import WeakKeyDictionary


@dataclass(frozen=True, slots=True)
class Placement:
    """A guard that stands in the decorators of a function.

    :param path: the source file.
    :param line: the line of the guard in it, from 1 on.
    """

    path: str
    line: int


_PLACEMENTS: WeakKeyDictionary[Callable[..., object], Placement] = WeakKeyDictionary()

# A guard may stand in a decorator of the application's own, which is the one that is written.
_FRAMES = 4


def note_placement(view: Callable[..., object]) -> bool:
    """Remember the guard that is just being put on a view, if it is written as a decorator.

    A function that a guard is called with elsewhere may well be registered without it.

    :return: whether it is written so.
    """
    function = inspect.unwrap(view)
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    first = code.co_firstlineno  # of the outermost decorator, and the frame is at the guard's
    last = next((line for *_, line in code.co_lines() if line and line > first), first)
    frame: FrameType | None = sys._getframe(2)
    for _ in range(_FRAMES):
        if frame is None:
            break
        if frame.f_code.co_filename == code.co_filename and first <= frame.f_lineno <= last:
            _PLACEMENTS[getattr(function, "__func__", function)] = Placement(
                code.co_filename, frame.f_lineno
            )
            return True
        frame = frame.f_back
    return False


def placement_of(view: Callable[..., object]) -> Placement | None:
    """Find the guard that is written at a function; ``None`` where there is none."""
    function = inspect.unwrap(view)
    try:
        return _PLACEMENTS.get(getattr(function, "__func__", function))
    except TypeError:  # an object that cannot be referred to weakly
        return None
