"""What stands around a guarded view: decorators, and the classes of frameworks."""

import inspect
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.views import View
from werkzeug.routing import Rule

from ..core import SAFE_METHODS
from ..exceptions import SetupError

Function = Callable[..., Any]


def method_of(view: object, method: str) -> Function | None:
    """Find the method of a class-based view that answers, if the view is one."""
    view_class = getattr(view, "view_class", None)
    names = [method.lower(), *(["get"] if method == "HEAD" else []), "dispatch_request"]
    found = (getattr(view_class, name, None) for name in names)
    return next((answers for answers in found if answers is not None), None)


def named_methods(rule: Rule) -> list[str]:
    """List the methods of a route without those that Flask adds: HEAD beside GET, and OPTIONS."""
    methods = (rule.methods or set()) - {"OPTIONS"}
    return sorted(methods - {"HEAD"} if "GET" in methods else methods)


def layers_above(outermost: Function | None, wrapper: Function | None) -> list[Function]:
    """List the decorators above a guard, the outermost first."""
    layers = []
    while outermost is not None and outermost is not wrapper:
        layers.append(outermost)
        outermost = getattr(outermost, "__wrapped__", None)
    return layers if outermost is not None else []


def anchor_of(function: Function) -> object:
    """Give what stays the same of a function that is wrapped anew at every request."""
    function = inspect.unwrap(function)
    function = getattr(function, "__func__", function)
    return getattr(function, "__code__", function)


def hands_on(outermost: Function | None, method: Function | None, wrapper: Function | None) -> bool:
    """Tell whether a decorator or a framework gets what a guarded view returns.

    It may want the data as the view gave it. What Flask itself gets, or a view that calls
    the guarded one as a function, is a response.
    """
    if outermost is None or wrapper is None or wrapper in (outermost, method):
        view_class = getattr(outermost, "view_class", None)
        if view_class is None or wrapper is outermost:
            return False
        return bool(view_class.decorators) or _serializes(view_class)
    if method is not None and anchor_of(method) is anchor_of(wrapper):
        return True
    return anchor_of(outermost) is anchor_of(wrapper)


def _serializes(view_class: type[View]) -> bool:
    return view_class.dispatch_request.__module__ != View.__module__


def only_reads(app: Flask, wrapper: Function | None) -> bool:
    """Tell whether a guarded view has routes, and none of them takes a write."""
    if wrapper is None:
        return False
    own = anchor_of(wrapper)
    methods = {
        method
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        for view in [app.view_functions.get(rule.endpoint)]
        if view is not None and anchor_of(method_of(view, method) or view) is own
    }
    return bool(methods) and methods <= SAFE_METHODS


def check_order(outermost: Function | None, wrapper: Function | None) -> None:
    """Refuse the one decorator of a framework that takes no response, such as a 304.

    :raises SetupError: when it stands above the guard.
    """
    for layer in layers_above(outermost, wrapper):
        code = getattr(layer, "__code__", None)
        module = getattr(layer, "__globals__", {}).get("__name__")
        if module == "apifairy.decorators" and code and code.co_name == "_response":
            raise SetupError(
                f"@response of APIFairy stands above the guard of {layer.__name__}() and takes no "
                "304; put @require_match above @response and below @authenticate"
            )
