"""The names that content can call, and the modules they come from."""

from collections.abc import Callable
from collections.abc import Mapping
from inspect import isfunction
from types import ModuleType

from . import api
from . import application
from . import audit
from . import changes
from . import clients
from . import clouds
from . import code
from . import conditions
from . import conflict
from . import constants
from . import contention
from . import debugging
from . import decision
from . import engines
from . import evaluation
from . import exchanges
from . import faq
from . import frameworks
from . import hazards
from . import inspector
from . import interop
from . import lab
from . import matrix
from . import monitoring
from . import performance
from . import playground
from . import problems
from . import reference
from . import sequences
from . import snippets
from . import tools
from . import vectors
from . import ways
from .slot import Slot

MODULES: tuple[ModuleType, ...] = (
    api,
    application,
    audit,
    changes,
    clients,
    clouds,
    code,
    conditions,
    conflict,
    constants,
    contention,
    debugging,
    decision,
    engines,
    evaluation,
    exchanges,
    faq,
    frameworks,
    hazards,
    inspector,
    interop,
    lab,
    matrix,
    monitoring,
    performance,
    playground,
    problems,
    reference,
    sequences,
    snippets,
    tools,
    vectors,
    ways,
)
"""Every public function that one of these modules defines is a block of the same name."""


def find_functions() -> Mapping[str, Callable[..., Slot]]:
    """List the functions of all modules by name."""
    found: dict[str, Callable[..., Slot]] = {}
    for module in MODULES:
        for name, function in vars(module).items():
            is_own = isfunction(function) and function.__module__ == module.__name__
            if not is_own or name.startswith("_"):
                continue
            if name in found:
                raise TypeError(f"{module.__name__} and {found[name].__module__} both have {name}")
            found[name] = function
    return found
