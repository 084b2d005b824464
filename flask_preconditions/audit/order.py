"""What stands around a guard: other decorators, a second guard, a cache, and what the view does."""

import re
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from http import HTTPStatus

from ..request.plan import MARK
from .findings import Finding
from .functions import Function
from .functions import chain_of
from .functions import constants_in
from .functions import module_of
from .functions import name_of
from .functions import names_in
from .functions import reached_from
from .handlers import Handler
from .handlers import guard_place
from .handlers import hides_guard
from .handlers import inside_guard
from .rules import Severity

# What the names of decorators, and of the packages they come from, tell of them.
_ASKS = re.compile(
    r"auth|login|permission|role|token|jwt|admin|scope|acl\b|access|protect|secur|owner|"
    r"privilege|requir",
    re.IGNORECASE,
)
_ASKING_PACKAGE = re.compile(r"auth|login|jwt|security|principal", re.IGNORECASE)
_READS_BODY = re.compile(
    r"json|body|form|payload|schema|content|args|argument|input", re.IGNORECASE
)
_CACHING_PACKAGES = {"flask_caching", "flask_cache", "cachetools", "aiocache", "cashews", "dogpile"}
_CACHES = re.compile(r"\b(cached|memoi[sz]ed?|cache_(page|view|response|result))\b", re.IGNORECASE)
_REFUSALS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_REFUSAL_NAMES = {"FORBIDDEN", "UNAUTHORIZED", "Forbidden", "Unauthorized", "unauthorized"}


def find_decorators(handlers: list[Handler]) -> Iterator[Finding]:
    """Find decorators that hide a guard, or run after it and should not."""
    for handler in handlers:
        if handler.guarded is None:
            continue
        if (hiding := hides_guard(handler)) is not None:
            message = f"@{name_of(hiding)} lacks functools.wraps and hides the guard below it"
            yield handler.finding("hidden-guard", message)
        for decorator in inside_guard(handler):
            name = name_of(decorator)
            package = module_of(decorator).partition(".")[0]
            if _READS_BODY.search(name) or _is_cache(decorator):
                continue  # §13.2.1: the check comes before the content is looked at
            asks = _ASKS.search(name) or _ASKING_PACKAGE.search(package)
            rule = "guard-outside-auth" if asks else "decorator-inside"
            yield handler.finding(rule, f"@{name} runs after the check")


def find_two_guards(handlers: list[Handler]) -> Iterator[Finding]:
    """Find views that are guarded as a class and on a method."""
    for handler in handlers:
        if hasattr(handler.view, MARK) and hasattr(handler.method, MARK):
            message = f"{handler.endpoint} is guarded as a class and on its method"
            yield handler.finding("two-guards", message)


def find_caches(handlers: list[Handler]) -> Iterator[Finding]:
    """Find caches above and below guards, and of loaders."""
    for handler in handlers:
        place = guard_place(handler)
        if handler.guarded is None or place is None:
            continue
        layers = handler.layers
        messages = {
            "answers in place of the guard: clients are told old tags": layers[:place],
            "keeps the text, while the guard above it tells the new tag": layers[place + 1 :],
            "keeps the target, and old tags are compared": _loader_layers(handler),
        }
        if handler.writes:
            what = "answers in place of the view, and nothing is written"
            messages |= {f"{what}; the guard is below it": layers[:place]}
            messages |= {f"{what}; the guard is above it": layers[place + 1 :]}
        for what, stack in reversed(messages.items()):
            caches = [layer for layer in stack if _is_cache(layer)]
            if caches:
                message = f"@{_cache_name(caches[0])} {what}"
                certain = _package_of(caches[0]) in {*_CACHING_PACKAGES, "functools"}
                yield handler.finding("cached-view", message, None if certain else Severity.WARNING)
                break


def _loader_layers(handler: Handler) -> list[Function]:
    load = getattr(handler.guarded and handler.guarded.source, "load", None)
    if isinstance(load, str):
        load = getattr(handler.view_class, load, None)
    return chain_of(load) if callable(load) else []


def _is_cache(layer: Function) -> bool:
    if isinstance(layer, _lru_cache_wrapper):
        return True
    return _package_of(layer) in _CACHING_PACKAGES or bool(_CACHES.search(name_of(layer)))


def _package_of(layer: Function) -> str:
    return module_of(layer).partition(".")[0]


def _cache_name(layer: Function) -> str:
    return "lru_cache" if isinstance(layer, _lru_cache_wrapper) else name_of(layer)


def find_decisions_inside(handlers: list[Handler]) -> Iterator[Finding]:
    """Find guarded views that decide by themselves who may do this."""
    for handler in handlers:
        if handler.guarded is None:
            continue
        for function in reached_from(handler.function, handler.view_class, depth=1):
            refusals = _refusals_in(function)
            if refusals:
                called = getattr(function, "__name__", handler.endpoint)
                message = f"{called}() answers {' and '.join(refusals)} after the check"
                yield handler.finding("authorisation-inside", message)
                break


def _refusals_in(function: Function) -> list[str]:
    numbers = {int(c) for c in constants_in(function) if type(c) is int or type(c) is HTTPStatus}
    names = names_in(function) & _REFUSAL_NAMES
    found = {str(int(status)) for status in _REFUSALS if int(status) in numbers}
    found |= {"403" for name in names if name.lower() == "forbidden"}
    found |= {"401" for name in names if name.lower() == "unauthorized"}
    return sorted(found)
