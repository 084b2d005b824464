"""The description of an API in OpenAPI: its own, with what the guards add to it."""

import json
from collections.abc import Callable
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from flask import Flask

from flask_preconditions import openapi
from flask_preconditions.openapi.operations import shape_of

from .errors import BuildError
from .errors import display_path

Description = dict[str, Any]


def read_setting(value: object, root: Path) -> Callable[[], Description]:
    """Read ``DOCGEN_OPENAPI``: a mapping, a function that gives one, or a file in JSON.

    :raises ValueError: when it is none of them.
    """
    if callable(value):
        return value
    if isinstance(value, Mapping):
        return lambda: dict(value)
    if isinstance(value, str | Path) and (root / value).is_file():
        return lambda: _read_file(root / value)
    raise ValueError("it must be a description of OpenAPI 3: a dict, a function, or a JSON file")


def describe(app: Flask, title: str | None, own: Callable[[], Description] | None) -> Description:
    """Describe an API, by its own description where there is one.

    :param title: what it is called in a description that is made here.
    :param own: gives its own description, where a setting names it.
    :raises BuildError: when that is none of OpenAPI 3.
    """
    found = own() if own else _by_extension(app)
    if found is None:
        made: Description = openapi.document(app)
        made["info"]["title"] = title or app.name
        return made
    # Through JSON it is what the file holds: without the objects of a generator.
    plain = json.loads(json.dumps(deepcopy(found), default=str))
    if not str(plain.get("openapi", "")).startswith("3."):
        raise BuildError(Path("DOCGEN_OPENAPI"), None, "this is no description of OpenAPI 3")
    return openapi.apply(plain, app)


def summary_of(description: Description, path: str, method: str) -> str:
    """Give the summary of an operation, whatever its path calls the variables."""
    for known, item in description.get("paths", {}).items():
        if shape_of(known) == shape_of(path):
            operation = item.get(method.lower(), {})
            return str(operation.get("summary") or "")
    return ""


def server_of(description: Description, app: Flask) -> str:
    """Give where the API is: its first server, where the app says it is, or an example."""
    servers = description.get("servers") or [{}]
    url = str(servers[0].get("url", "")).rstrip("/")
    if url.startswith(("http://", "https://")):
        return url
    name = app.config["SERVER_NAME"]
    host = f"{app.config['PREFERRED_URL_SCHEME']}://{name}" if name else "https://api.example"
    return host + (url if url.startswith("/") else root_of(app))


def root_of(app: Flask) -> str:
    """Give the path below which the app is mounted, without a slash at its end."""
    root = (app.config["APPLICATION_ROOT"] or "").strip("/")
    return f"/{root}" if root else ""


def _by_extension(app: Any) -> Description | None:
    """Find the description that APIFlask or flask-smorest makes."""
    for held in app.extensions.get("flask-smorest", {}).get("apis", {}).values():
        return dict(held["ext_obj"].spec.to_dict())
    if any(base.__name__ == "APIFlask" for base in type(app).__mro__):
        return dict(app.spec) if isinstance(app.spec, Mapping) else None
    return None


def _read_file(path: Path) -> Description:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        message = f"DOCGEN_OPENAPI takes JSON, and {display_path(path)} is none: {error}"
        raise BuildError(path, None, message) from None
    return dict(found) if isinstance(found, dict) else {}
