"""A plugin for apispec, and thereby for flask-smorest."""

from collections.abc import Iterable
from typing import Any

from apispec import APISpec
from apispec import BasePlugin
from flask import Flask

from .apply import resolve_pointer
from .components import RESPONSES
from .components import REWRITTEN
from .components import components
from .components import rewritten_response
from .operations import add
from .operations import additions_of
from .operations import policy_of
from .operations import shape_of


class PreconditionsPlugin(BasePlugin):
    """Describe the guarded routes while apispec collects paths.

    :param app: the application whose guards are described.
    :param required: see :func:`.openapi.apply`.
    """

    def __init__(self, app: Flask, *, required: bool = True) -> None:
        self.app = app
        self.required = required
        self.spec: APISpec | None = None

    def init_spec(self, spec: APISpec) -> None:
        """Register the components."""
        self.spec = spec
        parts = components(policy_of(self.app).problem_base_url)
        for name, schema in parts["schemas"].items():
            spec.components.schema(name, schema)
        for name, header in parts["headers"].items():
            spec.components.header(name, header)
        for name, parameter in parts["parameters"].items():
            spec.components.parameter(name, "header", parameter)
        for name, response in parts["responses"].items():
            spec.components.response(name, response)

    def operation_helper(
        self, path: str | None = None, operations: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Add what a guard takes and answers to the operations of a path."""
        shape = shape_of(path or "")
        for route, method, additions in additions_of(self.app, required=self.required):
            operation = (operations or {}).get(method.lower())
            if operation is not None and shape_of(route.rule) == shape:
                self._register(additions.responses.values())
                add(operation, [], additions, lambda section, name: name, self._resolve)

    def _register(self, names: Iterable[str]) -> None:
        """Register what only shows once the application has its error handlers."""
        assert self.spec is not None
        missing = set(names) - self.spec.components.responses.keys()
        for outcome, (_, name) in RESPONSES.items():
            if REWRITTEN + name in missing:
                self.spec.components.response(REWRITTEN + name, rewritten_response(outcome))

    def _resolve(self, value: Any) -> Any:
        """Give what a reference, or the bare name that apispec takes for one, stands for."""
        assert self.spec is not None
        known = self.spec.components
        if not isinstance(value, str):
            return resolve_pointer({"components": known.to_dict()}, value)
        sections = (known.parameters, known.parameters_lazy, known.responses, known.responses_lazy)
        return next((section[value] for section in sections if value in section), None)
