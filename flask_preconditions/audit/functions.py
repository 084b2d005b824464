"""What can be read off a function: its decorators, and the names and constants of its code."""

import dis
import inspect
import sys
from collections.abc import Callable
from collections.abc import Iterator
from functools import partial
from types import BuiltinMethodType
from types import CodeType
from types import FunctionType
from types import MethodType
from types import ModuleType
from typing import TypeGuard
from typing import cast

from ..placement import LIBRARIES

Function = Callable[..., object]

# Whose equality asks nobody else.
_COMPARABLE = {str, bytes, int, bool, float, tuple, frozenset, list, MethodType, BuiltinMethodType}
_TAKES_ANYTHING = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
_OWN = __name__.partition(".")[0]


def chain_of(function: Function) -> list[Function]:
    """List a function's decorators from the outermost, and the function itself last.

    Decorators without :func:`functools.wraps` are looked through where their code shows
    what they call.
    """
    chain = [function]
    while (inner := _inner_of(chain[-1])) is not None and inner not in chain:
        chain.append(inner)
    return chain


def _inner_of(function: Function) -> Function | None:
    wrapped: Function | None = getattr(function, "__wrapped__", None)
    return wrapped or next(iter(_hidden_in(function)), None)


def _hidden_in(function: Function) -> list[Function]:
    """List what a wrapper without ``__wrapped__`` may call."""
    if isinstance(function, partial):
        return [function.func]
    code = getattr(function, "__code__", None)
    if code is None:  # an object that is called; it keeps what it calls
        kept = getattr(function, "__dict__", {}).values()
        return [value for value in kept if _is_function(value)]
    if code.co_flags & _TAKES_ANYTHING != _TAKES_ANYTHING:
        return []  # it names its arguments: a view of its own, which calls other functions
    return [value for value in _enclosed(function) if _is_function(value)]


def _is_function(value: object) -> TypeGuard[Function]:
    # The type is asked, and not the object: a proxy would look for a request.
    return issubclass(type(value), FunctionType | MethodType)


def is_hiding(function: Function) -> bool:
    """Tell whether a wrapper does not say what it wraps."""
    return not hasattr(function, "__wrapped__") and bool(_hidden_in(function))


def is_opaque(function: Function) -> bool:
    """Tell whether the code of a function cannot be read, or passes all arguments on unseen."""
    code = code_of(function)
    return code is None or code.co_flags & _TAKES_ANYTHING == _TAKES_ANYTHING


def _enclosed(function: Function) -> Iterator[object]:
    for cell in getattr(function, "__closure__", None) or ():
        try:
            yield cell.cell_contents
        except ValueError:  # a variable that was not set yet
            continue


def code_of(function: Function) -> CodeType | None:
    """Give the code of a function, or of an object that is called."""
    called = inspect.getattr_static(type(function), "__call__", None)
    code = getattr(function, "__code__", None) or getattr(called, "__code__", None)
    return code if isinstance(code, CodeType) else None


def module_of(function: Function) -> str:
    """Tell the module that a function's code stands in, also of one that was renamed."""
    place = getattr(function, "__globals__", None)
    if place is None:
        return type(function).__module__
    return str(place.get("__name__", ""))


def name_of(decorator: Function) -> str:
    """Tell the name of the decorator that made a wrapper."""
    # functools.wraps renames the wrapper, but its code keeps its own name, and with it the
    # names of the functions it was defined in.
    code = getattr(decorator, "__code__", None)
    if code is None:
        return type(decorator).__name__
    *around, own = str(code.co_qualname).split(".<locals>.")
    return ".".join(around) or own


def names_in(function: Function) -> set[str]:
    """List the global names and attributes that a function's code uses."""
    code = code_of(function)
    return {name for part in _parts(code) for name in part.co_names} if code else set()


def constants_in(function: Function) -> list[object]:
    """List the constants in a function's code, also those in tuples."""
    code = code_of(function)
    if code is None:
        return []
    constants: list[object] = []
    for constant in (c for part in _parts(code) for c in part.co_consts):
        constants += constant if isinstance(constant, tuple) else [constant]
    return constants


def globals_in(function: Function) -> list[object]:
    """List what the global names in a function's code stand for."""
    code = code_of(function)
    known = getattr(function, "__globals__", {})
    loads = dis.get_instructions(code) if code else ()
    names = dict.fromkeys(load.argval for load in loads if load.opname == "LOAD_GLOBAL")
    return [known[name] for name in names if name in known]


def _parts(code: CodeType) -> Iterator[CodeType]:
    """List a function's code and that of the functions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _parts(constant)


def reached_from(function: Function, owner: type | None = None, depth: int = 3) -> list[Function]:
    """List a function and what it calls, as far as its code shows, in the application's own code.

    :param owner: the class of a method, whose other methods it may call.
    :param depth: over how many calls to follow.
    """
    package = _package_of(chain_of(function)[-1])
    found: list[Function] = []
    waiting = [(layer, 0) for layer in chain_of(function)]
    while waiting:
        current, distance = waiting.pop(0)
        if current in found or not _is_of_the_application(current, package):
            continue
        found.append(current)
        if distance < depth:
            called = [layer for called in _called(current, owner) for layer in chain_of(called)]
            waiting += [(layer, distance + 1) for layer in called]
    return found


def _called(function: Function, owner: type | None) -> Iterator[Function]:
    names = names_in(function)
    if owner is not None:
        yield from _functions_of(owner, names)
    for value in [*globals_in(function), *_enclosed(function)]:
        kind = type(value)
        if _is_function(value):
            yield value
        elif issubclass(kind, type):
            yield from _functions_of(cast(type, value), names | {"__init__"})
        elif issubclass(kind, ModuleType):
            members = vars(value)
            yield from (f for n in names if _is_function(f := members.get(n)))
        else:
            yield from _functions_of(kind, names)


def _functions_of(kind: type, names: set[str]) -> Iterator[Function]:
    # Nothing is asked of the object: an attribute may be a query.
    for name in names:
        member = inspect.getattr_static(kind, name, None)
        if isinstance(member, staticmethod | classmethod):
            member = member.__func__
        elif isinstance(member, property):
            member = member.fget
        if _is_function(member):
            yield member


def _is_of_the_application(function: Function, package: str) -> bool:
    """Tell whether somebody wrote a function for the application, installed or not."""
    code = code_of(function)
    if code is None or _package_of(function) in {_OWN, *sys.stdlib_module_names}:
        return False
    return _package_of(function) == package or not code.co_filename.startswith(LIBRARIES)


def _package_of(function: Function) -> str:
    return module_of(function).partition(".")[0]


def names_reached(function: Function, owner: type | None = None, depth: int = 3) -> set[str]:
    """List the names in the code of a function and of what it calls."""
    return {name for called in reached_from(function, owner, depth) for name in names_in(called)}


def is_alike(one: object, other: object) -> bool:
    """Tell whether two values are equal, or are functions written alike."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if type(one) in _COMPARABLE:
        return one == other
    if not (isinstance(one, FunctionType) and isinstance(other, FunctionType)):
        return False
    kept, others = list(_enclosed(one)), list(_enclosed(other))
    return (
        _text(one.__code__) == _text(other.__code__)
        and len(kept) == len(others)
        and all(map(is_alike, kept, others))
    )


def _text(code: CodeType) -> tuple[object, ...]:
    constants = tuple(_text(c) if isinstance(c, CodeType) else c for c in code.co_consts)
    return code.co_code, code.co_names, code.co_varnames, constants


def has_parameter(function: Function, name: str) -> bool:
    """Tell whether a function takes a keyword."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # one without a signature to read
        return True
    return any(
        p.kind is p.VAR_KEYWORD or (p.name == name and p.kind is not p.POSITIONAL_ONLY)
        for p in parameters
    )


def takes_value(load: Function, name: str) -> bool:
    """Tell whether a loader gets a value of the URL, by its name or by its place."""
    parameters = inspect.signature(load).parameters.values()
    return has_parameter(load, name) or any(
        p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL) for p in parameters
    )
