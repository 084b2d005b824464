"""Put the guarded routes into a description that is there already."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from ..exceptions import SetupError
from .components import Json
from .components import components
from .operations import add
from .operations import additions_of
from .operations import policy_of
from .operations import rewritten_in
from .operations import shape_of


def apply(spec: Json, app: Flask, *, required: bool = True) -> Json:
    """Describe what the guarded routes take and answer.

    Operations that the description leaves out stay out. A component, parameter or response
    that is there already stays as it is, so your own can take the place of any of these.

    :param spec: the description, OpenAPI 3.0 or 3.1 as nested dicts; it is changed.
    :param required: whether If-Match is a required parameter where the policy asks for it.
        Generated clients then take it as an argument. A validator in front of the
        application would answer a request without it by a 400 or 422 of its own, and
        nobody ever see the 428: pass ``False`` there.
    :return: the same description.
    :raises SetupError: when it is no description of OpenAPI 3.
    """
    if not str(spec.get("openapi", "")).startswith("3."):
        raise SetupError("apply() takes OpenAPI 3.0 or 3.1; this has no openapi: 3.… member")
    sections = spec.setdefault("components", {})
    named = components(policy_of(app).problem_base_url, rewritten_in(app))
    for section, parts in named.items():
        sections[section] = {**parts, **sections.get(section, {})}

    def resolve(value: Any) -> Any:
        return resolve_pointer(spec, value)

    items = _items_by_shape(spec)
    for route, method, additions in additions_of(app, required=required):
        for item in items.get(shape_of(route.rule), []):
            names = ("get", "head") if method == "GET" else (method.lower(),)
            for name in names:
                if name in item:
                    add(item[name], item.get("parameters", []), additions, reference, resolve)
    return spec


def reference(section: str, name: str) -> dict[str, str]:
    """Write a reference to a component."""
    return {"$ref": f"#/components/{section}/{name}"}


def resolve_pointer(spec: Json, value: Any) -> Any:
    """Give what a reference within a description stands for; ``None`` when there is nothing."""
    while isinstance(value, dict) and str(value.get("$ref", "")).startswith("#/"):
        found: Any = spec
        for part in value["$ref"][2:].split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            found = found.get(key) if isinstance(found, dict) else None
        value = found
    return None if isinstance(value, dict) and "$ref" in value else value


def _items_by_shape(spec: Json) -> dict[str, list[Json]]:
    """Sort the path items by their paths, whatever these call their variables."""
    bases = {urlsplit(server.get("url", "")).path.rstrip("/") for server in spec.get("servers", [])}
    shapes: dict[str, list[Json]] = {}
    for path, item in spec.get("paths", {}).items():
        for base in {"", *bases}:
            shapes.setdefault(base + shape_of(path), []).append(item)
    return shapes
