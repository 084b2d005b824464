"""Where things are written: the line that a mistake is at, and the guard above a route."""

import inspect
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from types import FrameType
from weakref import WeakKeyDictionary

import flask

# Asking sysconfig would load the whole description of the build.
LIBRARIES = (str(Path(os.__file__).parent), str(Path(flask.__file__).parent.parent))
"""Where what is installed stands, which nobody changes to mend an application."""

_OWN = f"{Path(__file__).parent}/"
_OTHERS = (_OWN, f"{Path(sys.executable).parent}/", *LIBRARIES, "<")
# Above them stands who has called the application, and not the application.
_CALLERS = {"click.core", "flask.app"}
_GUARDS = {"guarded_view", "explain"}


@dataclass(frozen=True, slots=True)
class Placement:
    """A line of source code.

    :param path: the source file.
    :param line: the line in it, from 1 on.
    """

    path: str
    line: int

    def __str__(self) -> str:
        """Write it as compilers do, below the working directory where it is there."""
        path = Path(self.path)
        if path.is_relative_to(Path.cwd()):
            path = path.relative_to(Path.cwd())
        return f"{path.as_posix()}:{self.line}"


NOWHERE = Placement("", 0)
"""Of a mistake that no line of a program makes, such as that of a setting."""


def line_of_caller() -> Placement | None:
    """Find the innermost line of the application that led here, if one did.

    What a guard does before and after its view nobody has called: that is a matter of the
    line where the guard is written.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        if not path.startswith(_OTHERS) and "__jinja_template__" not in frame.f_globals:
            return Placement(path, frame.f_lineno)
        if frame.f_globals.get("__name__") in _CALLERS:
            return None
        if frame.f_code.co_name in _GUARDS and path.startswith(_OWN):
            return None
        frame = frame.f_back
    return None


def line_of(function: object) -> Placement | None:
    """Tell where a function is written, from its first decorator on."""
    code = getattr(inspect.unwrap(function), "__code__", None)  # type: ignore[arg-type]
    if isinstance(code, CodeType) and not code.co_filename.startswith(_OTHERS):
        return Placement(code.co_filename, code.co_firstlineno)
    return None


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
